#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking

use std::collections::HashSet;
use std::sync::mpsc;
use std::thread;

use super::*;
use crate::callsite::{Callsite, Plan};

/// Something that has metadata.
fn callsite() -> &'static Callsite {
    static CALLSITE: Callsite = Callsite::new("arena", Plan::TRACED, None);
    &CALLSITE
}

fn close(home: &Home, key: Key) {
    let slot = find(key).unwrap();
    assert_eq!(slot.state.release(key.generation()), Release::Last);
    home.give_back(key, slot);
}

#[test]
fn open_slots_are_different_and_are_used_again() {
    let home = Home::adopt();
    let open: Vec<Key> = (0..1_000).map(|_| home.take().unwrap().0).collect();
    assert_eq!(open.iter().map(|k| k.get()).collect::<HashSet<_>>().len(), 1_000);
    let places = |keys: &[Key]| -> HashSet<u32> { keys.iter().map(|k| k.slot()).collect() };
    let before = places(&open);
    open.iter().for_each(|key| close(&home, *key));
    let again: Vec<Key> = (0..1_000).map(|_| home.take().unwrap().0).collect();
    assert_eq!(places(&again), before);
    again.iter().for_each(|key| close(&home, *key));
}

#[test]
fn an_id_that_outlived_its_span_finds_nothing() {
    let home = Home::adopt();
    let (old, slot) = home.take().unwrap();
    close(&home, old);
    let (new, same) = home.take().unwrap();
    same.fill(&Context::default(), callsite().metadata());
    same.fill_recording(new.generation(), 0, None);
    assert!(std::ptr::eq(slot, same) && old != new);
    let state = &slot.state;
    assert!(!state.retain(old.generation()) && !state.is_open(old.generation()));
    assert_eq!(state.release(old.generation()), Release::Stale);
    assert_eq!(state.read(old.generation(), || ()), None);
    assert!(slot.with_extra(old.generation(), |_| ()).is_none() && !slot.count_event(old.generation(), 9));
    assert_eq!(state.read(new.generation(), || ()), Some(()));
    close(&home, new);
}

#[test]
fn made_up_ids_find_nothing_or_another_generation() {
    assert!(find(Key::NOWHERE).is_none());
    for number in [1, 2, 1 << 21, u64::MAX - 1, 1 << 63, 0x0123_4567_89ab_cdef] {
        let key = Key::from_u64(number).unwrap();
        assert_eq!(Key::of(&key.id()), key);
        let _neither_panics_nor_reads_elsewhere = find(key).map(|s| s.state.is_open(key.generation()));
    }
}

#[test]
fn what_is_closed_elsewhere_comes_back() {
    let (keys, received) = mpsc::channel::<Key>();
    let (done, closed) = mpsc::channel::<()>();
    let other = thread::spawn(move || {
        let home = Home::adopt();
        for key in received {
            close(&home, key);
            done.send(()).unwrap();
        }
    });
    let home = Home::adopt();
    let mut places = HashSet::new();
    for _ in 0..10_000 {
        let (key, ..) = home.take().unwrap();
        places.insert(key.slot());
        keys.send(key).unwrap();
        closed.recv().unwrap();
    }
    // An adopted shard may bring the slots of another test.
    assert!(places.len() <= 2_048, "{} slots for one span at a time", places.len());
    drop(keys);
    other.join().unwrap();
}

#[test]
fn the_shard_of_a_thread_that_ended_is_adopted() {
    let shards: HashSet<u16> = (0..1_000)
        .map(|_| {
            thread::spawn(|| {
                let home = Home::adopt();
                let (key, ..) = home.take().unwrap();
                close(&home, key);
                key.shard()
            })
            .join()
            .unwrap()
        })
        .collect();
    assert!(shards.len() < 100, "{} shards for one thread at a time, and those of other tests", shards.len());
}

#[test]
fn fields_survive_the_slot() {
    let home = Home::adopt();
    let (key, slot) = home.take().unwrap();
    for length in [0, 1, 2, INLINE] {
        let words: Vec<u64> = (1..=length as u64).collect();
        slot.write_inline(&words);
        let mut out = vec![0; slot.inline_len()];
        slot.read_inline(&mut out);
        assert_eq!(out, words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>());
    }
    close(&home, key);
}

#[test]
fn events_beyond_the_limit_are_counted() {
    let home = Home::adopt();
    let (key, slot) = home.take().unwrap();
    let trace = Context { trace: 1, span: 2, ..Context::default() };
    slot.fill(&trace, callsite().metadata());
    slot.fill_recording(key.generation(), 0, None);
    assert_eq!(slot.context(), trace);
    let kept = (0..5).filter(|_| slot.count_event(key.generation(), 3)).count();
    assert_eq!((kept, slot.events()), (3, (3, 2)));
    slot.drop_event(key.generation());
    assert_eq!(slot.events(), (2, 3));
    close(&home, key);
}
