#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::*;

const SMALL: Size = Size { segment: 64, bound: 256 };

fn plenty() -> StdArc<Pool> {
    StdArc::new(Pool::new(1 << 30))
}

fn small() -> (Producer, Consumer) {
    ring(SMALL, StdArc::new(|| {}), plenty())
}

fn push(producer: &mut Producer, bytes: &[u8]) -> bool {
    producer.push(Kind::Span, bytes.len(), |to| to.copy_from_slice(bytes))
}

fn drain(consumer: &mut Consumer) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    assert!(consumer.drain(consumer.mark(), |record, _| {
        out.push(record.to_vec());
        true
    }));
    out
}

#[test]
fn records_of_any_length_come_out_as_they_went_in() {
    let (mut producer, mut consumer) = small();
    for round in 0..100usize {
        let records: Vec<_> = (0..3).map(|i| vec![(round + i) as u8; (round * 7 + i) % 57]).collect();
        for record in &records {
            assert!(push(&mut producer, record));
        }
        assert_eq!(drain(&mut consumer), records);
    }
    assert_eq!(consumer.take_lost(Kind::Span), 0);
}

#[test]
fn records_begin_at_whole_words() {
    let (mut producer, mut consumer) = small();
    for len in [1, 7, 8, 9] {
        assert!(producer.push(Kind::Span, len, |to| assert_eq!(to.as_ptr().addr() % 8, 0)));
    }
    consumer.drain(consumer.mark(), |record, _| {
        assert_eq!(record.as_ptr().addr() % 8, 0);
        true
    });
}

#[test]
fn what_does_not_fit_is_counted_by_kind_and_what_was_there_stays() {
    let (mut producer, mut consumer) = small();
    let fit = (0..100).take_while(|i| push(&mut producer, &[*i; 8])).count();
    assert_eq!(fit, SMALL.bound / 16);
    assert!(!producer.push(Kind::Event, 8, |_| unreachable!("nothing is written to a full ring")));
    assert_eq!(drain(&mut consumer).len(), fit);
    assert_eq!((consumer.take_lost(Kind::Span), consumer.take_lost(Kind::Event)), (1, 1));
    assert_eq!((consumer.take_lost(Kind::Span), consumer.take_lost(Kind::Event)), (0, 0));
    assert!(push(&mut producer, &[1; 8]), "what was drained made room");
}

#[test]
fn a_record_larger_than_a_segment_gets_one_of_its_own() {
    let (mut producer, mut consumer) = ring(Size { segment: 64, bound: 4096 }, StdArc::new(|| {}), plenty());
    let large = vec![7; 1000];
    assert!(push(&mut producer, &[1]) && push(&mut producer, &large) && push(&mut producer, &[2]));
    assert_eq!(drain(&mut consumer), [vec![1], large, vec![2]]);
    assert_eq!(producer.largest(), 1024);
    assert!(!push(&mut producer, &[0; 1025]), "one record must not take the room of many");
    assert!(push(&mut producer, &[3]));
    assert_eq!(drain(&mut consumer), [vec![3]]);
    assert_eq!(consumer.held(), 128, "the large one is freed");
}

#[test]
fn memory_grows_under_a_burst_and_goes_when_idle() {
    let (mut producer, mut consumer) =
        ring(Size { segment: 64, bound: 64 * 64 }, StdArc::new(|| {}), plenty());
    assert_eq!(consumer.held(), 64);
    let fill = |producer: &mut Producer| (0..100).for_each(|i| assert!(push(producer, &[i; 16])));
    for _ in 0..2 {
        fill(&mut producer);
        drain(&mut consumer);
    }
    let burst = consumer.held();
    assert!(burst > 64 * 40, "{burst}");
    consumer.trim();
    assert_eq!(consumer.held(), burst, "what was used lately may be used again");
    fill(&mut producer);
    assert_eq!(consumer.held(), burst, "nothing was allocated");
    drain(&mut consumer);
    for _ in 0..100 {
        consumer.trim();
    }
    assert_eq!(consumer.held(), 64, "an idle ring is one segment");
}

#[test]
fn the_collector_is_woken_once_at_half() {
    let woken = StdArc::new(AtomicUsize::new(0));
    let wake = StdArc::clone(&woken);
    let (mut producer, mut consumer) = ring(
        SMALL,
        StdArc::new(move || {
            wake.fetch_add(1, Relaxed);
        }),
        plenty(),
    );
    let counts = |producer: &mut Producer| -> Vec<_> {
        (0..3)
            .map(|_| {
                assert!(push(producer, &[0; 56]));
                woken.swap(0, Relaxed)
            })
            .collect()
    };
    assert_eq!(counts(&mut producer), [0, 1, 0]);
    drain(&mut consumer);
    assert_eq!(counts(&mut producer), [1, 0, 0], "the last segment stays in the chain");
}

#[test]
fn a_ring_that_is_filled_while_it_is_drained_says_so() {
    let (mut producer, mut consumer) = small();
    assert!(!consumer.is_pressed());
    while push(&mut producer, &[0; 56]) {}
    assert!(consumer.is_pressed());
    let mark = consumer.mark();
    let mut refilled = false;
    assert!(consumer.drain(mark, |_, _| {
        refilled |= push(&mut producer, &[0; 56]); // in what was given back
        true
    }));
    assert!(refilled && consumer.is_pressed(), "nobody was woken for these");
    drain(&mut consumer);
    assert!(!consumer.is_pressed());
}

#[test]
fn a_record_that_is_not_taken_stays_with_all_behind_it() {
    let (mut producer, mut consumer) = small();
    for i in 0..10 {
        assert!(push(&mut producer, &[i]));
    }
    let mut seen = Vec::new();
    let until_five = |record: &[u8], _: bool| {
        record[0] < 5 && {
            seen.push(record[0]);
            true
        }
    };
    assert!(!consumer.drain(consumer.mark(), until_five));
    assert_eq!(seen, [0, 1, 2, 3, 4]);
    assert_eq!(drain(&mut consumer), (5..10).map(|i| vec![i]).collect::<Vec<_>>());
}

#[test]
fn a_mark_is_where_draining_ends() {
    let (mut producer, mut consumer) = small();
    assert!(push(&mut producer, &[1]) && push(&mut producer, &[2]));
    let mark = consumer.mark();
    assert!(push(&mut producer, &[3]));
    let mut seen = Vec::new();
    assert!(consumer.drain(mark, |record, _| {
        seen.push(record[0]);
        true
    }));
    assert_eq!(seen, [1, 2]);
    assert_eq!(drain(&mut consumer), [vec![3]]);
}

#[test]
fn looking_ahead_shows_each_record_once_and_takes_none() {
    let (mut producer, mut consumer) = small();
    let ahead = |consumer: &mut Consumer| {
        let mut seen = Vec::new();
        consumer.look_ahead(|record| seen.push(record[0]));
        seen
    };
    (0..6).for_each(|i| assert!(push(&mut producer, &[i])));
    assert_eq!(ahead(&mut consumer), [0, 1, 2, 3, 4, 5]);
    (6..9).for_each(|i| assert!(push(&mut producer, &[i])));
    assert_eq!(ahead(&mut consumer), [6, 7, 8]);
    assert!(push(&mut producer, &[9]));
    let mut seen = Vec::new();
    consumer.drain(consumer.mark(), |record, looked| {
        seen.push((record[0], looked));
        true
    });
    assert_eq!(seen, (0..10).map(|i| (i, i < 9)).collect::<Vec<_>>());
}

#[test]
fn a_writer_that_panics_leaves_nothing() {
    let (mut producer, mut consumer) = small();
    assert!(push(&mut producer, &[1]));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        producer.push(Kind::Span, 8, |_| std::panic::resume_unwind(Box::new(())))
    }));
    assert!(panicked.is_err() && push(&mut producer, &[2]));
    assert_eq!(drain(&mut consumer), [vec![1], vec![2]]);
}

#[test]
fn a_ring_is_over_when_its_thread_is_gone_and_it_is_empty() {
    let (mut producer, mut consumer) = small();
    assert!(push(&mut producer, &[1]));
    drop(producer);
    assert!(!consumer.is_over());
    drain(&mut consumer);
    assert!(consumer.is_over());
}

#[test]
fn an_abandoned_ring_grows_no_more_and_outlives_its_consumer() {
    let (mut producer, mut consumer) = small();
    assert!(push(&mut producer, &[1]));
    drain(&mut consumer);
    consumer.abandon();
    drop(consumer);
    let more = (0..100).take_while(|_| push(&mut producer, &[0; 8])).count();
    assert_eq!(more, 3, "what is left of the one segment");
}

/// Every record is a number and as many bytes as it says; whatever happens, they come out in order, and those that do
/// not come out are counted.
#[test]
fn two_threads_lose_nothing_uncounted() {
    const RECORDS: u64 = if cfg!(miri) { 300 } else { 300_000 };
    for size in [SMALL, Size { segment: 256, bound: 1 << 14 }] {
        let (mut producer, mut consumer) = ring(size, StdArc::new(|| {}), plenty());
        let writer = thread::spawn(move || {
            let mut refused = 0;
            for number in 0..RECORDS {
                let len = 8 + (number % 41) as usize;
                let pushed = producer.push(Kind::Span, len, |to| {
                    let (head, rest) = to.split_at_mut(8);
                    head.copy_from_slice(&number.to_le_bytes());
                    rest.fill(number as u8);
                });
                refused += u64::from(!pushed);
                if !pushed {
                    thread::yield_now();
                }
            }
            refused
        });
        let (mut next, mut came, mut lost) = (0, 0, 0);
        while !consumer.is_over() {
            let before = came;
            consumer.drain(consumer.mark(), |record, _| {
                let number = u64::from_le_bytes(record[..8].try_into().unwrap());
                assert!(number >= next, "{number} after {next}");
                assert_eq!(record.len(), 8 + (number % 41) as usize);
                assert!(record[8..].iter().all(|byte| *byte == number as u8));
                next = number + 1;
                came += 1;
                true
            });
            lost += consumer.take_lost(Kind::Span);
            assert!(consumer.held() <= size.bound);
            consumer.trim();
            if came == before {
                thread::yield_now(); // where threads take turns, as under valgrind
            }
        }
        lost += consumer.take_lost(Kind::Span);
        assert_eq!((came + lost, lost), (RECORDS, writer.join().unwrap()));
    }
}

#[test]
fn many_rings_together_hold_no_more_than_the_pool_and_what_each_has() {
    const RINGS: usize = 50;
    const POOL: usize = 10 * 64;
    let (pool, woken) = (StdArc::new(Pool::new(POOL)), StdArc::new(AtomicUsize::new(0)));
    let wakes = || {
        let woken = StdArc::clone(&woken);
        StdArc::new(move || {
            woken.fetch_add(1, Relaxed);
        })
    };
    let mut rings: Vec<_> = (0..RINGS).map(|_| ring(SMALL, wakes(), StdArc::clone(&pool))).collect();
    let fill = |rings: &mut [(Producer, Consumer)]| -> usize {
        rings.iter_mut().map(|(producer, _)| (0..4).filter(|_| push(producer, &[0; 56])).count()).sum()
    };
    assert_eq!(fill(&mut rings), RINGS + POOL / 64, "a segment each, and the pool's");
    assert_eq!(rings.iter().map(|(_, consumer)| consumer.held()).sum::<usize>(), RINGS * 64 + POOL);
    assert!(woken.load(Relaxed) > 0, "somebody drains before the pool is empty");
    let lost: u64 = rings.iter_mut().map(|(_, consumer)| consumer.take_lost(Kind::Span)).sum();
    assert_eq!(lost as usize, 4 * RINGS - (RINGS + POOL / 64), "what found no room is counted");
    rings.truncate(0);
    let mut again: Vec<_> = (0..RINGS).map(|_| ring(SMALL, wakes(), StdArc::clone(&pool))).collect();
    assert_eq!(fill(&mut again), RINGS + POOL / 64, "who is gone has given everything back");
}
