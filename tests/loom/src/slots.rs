//! The arena's return stack and generations.

use std::ptr;
use std::sync::Arc;

use loom::sync::atomic::{AtomicPtr, AtomicU64, Ordering::Relaxed};
use loom::thread;

use crate::arena::returned::Returned;
use crate::arena::state::{Release, State};

/// Stands for a slot: nobody looks behind the pointer.
fn pointer(slot: usize) -> *mut () {
    ptr::without_provenance_mut(slot + 1)
}

/// Follows a chain of slots.
fn chain(mut at: *mut (), links: &[AtomicPtr<()>]) -> Vec<usize> {
    let mut slots = Vec::new();
    while !at.is_null() {
        let slot = at.addr() - 1;
        slots.push(slot);
        at = links[slot].load(Relaxed);
    }
    slots
}

#[test]
fn slots_that_are_returned_come_back_once_with_what_was_written_to_them() {
    loom::model(|| {
        let returned = Arc::new(Returned::new());
        let links: Arc<Vec<_>> = Arc::new((0..2).map(|_| AtomicPtr::new(ptr::null_mut())).collect());
        let words: Arc<Vec<AtomicU64>> = Arc::new((0..2).map(|_| AtomicU64::new(0)).collect());
        let closers: Vec<_> = [vec![0], vec![1]]
            .into_iter()
            .map(|slots| {
                let (returned, links, words) =
                    (Arc::clone(&returned), Arc::clone(&links), Arc::clone(&words));
                thread::spawn(move || {
                    for slot in slots {
                        words[slot].store(7, Relaxed);
                        returned.push(pointer(slot), &links[slot]);
                    }
                })
            })
            .collect();
        let owner = {
            let (returned, links) = (Arc::clone(&returned), Arc::clone(&links));
            thread::spawn(move || {
                let back = chain(returned.take(), &links);
                back.iter().for_each(|slot| assert_eq!(words[*slot].load(Relaxed), 7));
                back
            })
        };
        let mut back = owner.join().unwrap();
        closers.into_iter().for_each(|closer| closer.join().unwrap());
        back.extend(chain(returned.take(), &links));
        back.sort_unstable();
        assert_eq!(back, [0, 1]);
    });
}

/// A slot with one thing in it, in two words that belong together.
struct Slot {
    state: State,
    words: [AtomicU64; 2],
}

impl Slot {
    fn open(value: u64) -> (Arc<Slot>, u32) {
        let slot = Slot { state: State::new(), words: [AtomicU64::new(0), AtomicU64::new(0)] };
        let generation = slot.fill(value);
        (Arc::new(slot), generation)
    }

    fn fill(&self, value: u64) -> u32 {
        let generation = self.state.open();
        self.words.iter().for_each(|word| word.store(value, Relaxed));
        generation
    }

    fn read(&self, generation: u32) -> Option<[u64; 2]> {
        self.state.read(generation, || [self.words[0].load(Relaxed), self.words[1].load(Relaxed)])
    }
}

#[test]
fn who_reads_by_an_old_id_sees_the_old_span_or_nothing() {
    loom::model(|| {
        let (slot, old) = Slot::open(1);
        let reader = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || {
                if let Some(read) = slot.read(old) {
                    assert_eq!(read, [1, 1]);
                }
            })
        };
        assert_eq!(slot.state.release(old), Release::Last);
        slot.state.retire(old);
        let new = slot.fill(2);
        assert_eq!(slot.read(new), Some([2, 2]));
        reader.join().unwrap();
    });
}

#[test]
fn the_last_handle_is_the_last_once_and_sees_what_the_others_did() {
    loom::model(|| {
        let (slot, generation) = Slot::open(0);
        assert!(slot.state.retain(generation));
        let release = move |slot: &Slot, word: usize| {
            slot.words[word].store(7, Relaxed);
            let last = slot.state.release(generation) == Release::Last;
            if last {
                assert_eq!([slot.words[0].load(Relaxed), slot.words[1].load(Relaxed)], [7, 7]);
            }
            last
        };
        let other = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || release(&slot, 0))
        };
        let (mine, others) = (release(&slot, 1), other.join().unwrap());
        assert!(mine ^ others);
        assert_eq!(slot.state.release(generation), Release::Stale);
    });
}

#[test]
fn a_handle_that_is_copied_keeps_the_span_open() {
    loom::model(|| {
        let (slot, generation) = Slot::open(0);
        assert!(slot.state.retain(generation));
        let other = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || {
                assert!(slot.state.retain(generation), "it holds a handle itself");
                [slot.state.release(generation), slot.state.release(generation)]
            })
        };
        let mine = slot.state.release(generation);
        let theirs = other.join().unwrap();
        let last = [mine, theirs[0], theirs[1]].iter().filter(|r| **r == Release::Last).count();
        assert_eq!((last, theirs[0]), (1, Release::Kept));
    });
}
