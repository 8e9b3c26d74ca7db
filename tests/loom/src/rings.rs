//! The ring between a thread and the collector.

use std::sync::Arc;

use loom::thread;

use crate::ring::{Consumer, Pool, Producer, Size, ring};
use crate::wire::Kind;

/// Room for one record of a word per segment, so that every push goes on to the next.
const TINY: Size = Size { segment: 16, bound: 48 };

fn push(producer: &mut Producer, number: u64) -> bool {
    producer.push(Kind::Span, 8, |to| to.copy_from_slice(&number.to_le_bytes()))
}

fn drain(consumer: &mut Consumer, seen: &mut Vec<u64>) {
    consumer.drain(consumer.mark(), |record, _| {
        seen.push(u64::from_le_bytes(record.try_into().unwrap()));
        true
    });
}

#[test]
fn records_arrive_whole_in_order_or_are_counted() {
    loom::model(|| {
        let (mut producer, mut consumer) = ring(TINY, Arc::new(|| {}), Arc::new(Pool::new(1 << 20)));
        let writer = thread::spawn(move || (0..4).map(|n| push(&mut producer, n)).collect::<Vec<_>>());
        let mut seen = Vec::new();
        drain(&mut consumer, &mut seen);
        let pushed = writer.join().unwrap();
        drain(&mut consumer, &mut seen);
        let kept: Vec<u64> = (0..).zip(&pushed).filter(|(_, pushed)| **pushed).map(|(n, _)| n).collect();
        assert_eq!(seen, kept);
        let refused = pushed.iter().filter(|pushed| !**pushed).count() as u64;
        assert_eq!(consumer.take_lost(Kind::Span), refused);
        assert!(consumer.is_over());
    });
}

#[test]
fn memory_that_is_trimmed_is_not_written_to() {
    loom::model(|| {
        let (mut producer, mut consumer) = ring(TINY, Arc::new(|| {}), Arc::new(Pool::new(1 << 20)));
        assert!(push(&mut producer, 0) && push(&mut producer, 1));
        let writer = thread::spawn(move || {
            push(&mut producer, 2);
            push(&mut producer, 3);
        });
        let mut seen = Vec::new();
        drain(&mut consumer, &mut seen);
        consumer.trim();
        consumer.trim();
        writer.join().unwrap();
        drain(&mut consumer, &mut seen);
        assert!(seen.starts_with(&[0, 1]) && seen.is_sorted());
        assert_eq!(seen.len() as u64 + consumer.take_lost(Kind::Span), 4);
    });
}

#[test]
fn who_looks_ahead_sees_published_records_only() {
    loom::model(|| {
        let (mut producer, mut consumer) = ring(TINY, Arc::new(|| {}), Arc::new(Pool::new(1 << 20)));
        let writer = thread::spawn(move || (0..2).for_each(|n| assert!(push(&mut producer, n))));
        let mut ahead = Vec::new();
        consumer.look_ahead(|record| ahead.push(u64::from_le_bytes(record.try_into().unwrap())));
        let mut drained = Vec::new();
        let mark = consumer.mark();
        consumer.drain(mark, |record, looked| {
            drained.push((u64::from_le_bytes(record.try_into().unwrap()), looked));
            true
        });
        writer.join().unwrap();
        assert!(ahead.iter().copied().eq(drained.iter().filter(|d| d.1).map(|d| d.0)));
        assert!(drained.iter().map(|d| d.0).eq(0..mark));
    });
}

#[test]
fn either_end_may_go_first() {
    loom::model(|| {
        let (mut producer, consumer) = ring(TINY, Arc::new(|| {}), Arc::new(Pool::new(1 << 20)));
        let writer = thread::spawn(move || {
            push(&mut producer, 0);
            push(&mut producer, 1);
        });
        consumer.abandon();
        drop(consumer);
        writer.join().unwrap();
    });
}
