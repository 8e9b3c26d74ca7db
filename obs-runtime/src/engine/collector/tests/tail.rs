//! Which traces that were not sampled are kept.

use super::*;
use crate::engine::tick;

fn rule() -> TailRule {
    TailRule::default()
}

/// So many ticks as make that many milliseconds.
fn ticks(millis: u64) -> u64 {
    let (start, nanos) = (tick::now().raw(), millis * 1_000_000);
    let mut ticks = 1;
    while tick::nanos_between(Tick::from_raw(start), Tick::from_raw(start + ticks)) < nanos {
        ticks *= 2;
    }
    ticks
}

#[test]
fn an_unsampled_trace_is_nobody_s_without_the_rule_and_sampled_ones_need_none() {
    for tail in [None, Some(rule())] {
        let (kept, collector) = pipeline(tail);
        let mut ring = collector.producer();
        assert!(Item::span(1, 2, "child").push(&mut ring) && Item::span(1, 1, "root").push(&mut ring));
        assert!(Item::span(3, 3, "sampled").sampled().push(&mut ring));
        collector.collect();
        assert_eq!((kept.drawn(), kept.lost.lock().unwrap().len()), (vec!["sampled".to_owned()], 0));
    }
}

#[test]
fn an_error_or_a_panic_anywhere_keeps_the_whole_trace() {
    for flag in [Flags::WANTED, Flags::PANICKED] {
        let (kept, collector) = pipeline(Some(rule()));
        let (mut one, mut two) = (collector.producer(), collector.producer());
        assert!(Item::event(1, 2, "event").push(&mut two));
        assert!(Item::span(1, 2, "child").events(1).push(&mut one));
        assert!(Item::span(1, 3, "failed").with(flag).push(&mut two));
        assert!(Item::span(9, 9, "other").push(&mut two));
        assert!(Item::span(1, 1, "root").push(&mut one));
        collector.collect();
        let mut drawn = kept.drawn();
        drawn.sort();
        assert_eq!(drawn, ["child event", "failed", "root"]);
    }
}

#[test]
fn an_event_that_is_an_error_keeps_the_trace() {
    let (kept, collector) = pipeline(Some(rule()));
    let mut ring = collector.producer();
    assert!(Item::event(1, 1, "error").with(Flags::WANTED).push(&mut ring));
    assert!(Item::span(1, 1, "root").events(1).push(&mut ring));
    collector.collect();
    assert_eq!(kept.drawn(), ["root error"]);
}

#[test]
fn a_slow_root_keeps_the_trace_and_a_slow_child_does_not() {
    let slow = Some(Duration::from_millis(100));
    let (kept, collector) = pipeline(Some(TailRule { slow, ..rule() }));
    let mut ring = collector.producer();
    for (root, root_ticks, child_ticks) in [(1, ticks(100), 0), (2, ticks(1), ticks(100))] {
        assert!(Item::span(root, root + 10, "child").took(child_ticks).push(&mut ring));
        assert!(Item::span(root, root, "root").took(root_ticks).push(&mut ring));
    }
    collector.collect();
    assert_eq!(kept.drawn(), ["child", "root"]);
    assert!(kept.spans.lock().unwrap().iter().all(|span| span.context.trace_id.get() == 1));
}

/// The root may close before spans of its trace on other threads do, and before they are drained.
#[test]
fn what_comes_after_the_decision_follows_it() {
    let (kept, collector) = pipeline(Some(rule()));
    let mut ring = collector.producer();
    assert!(
        Item::span(1, 1, "good").push(&mut ring)
            && Item::span(2, 2, "bad").with(Flags::WANTED).push(&mut ring)
    );
    collector.collect();
    assert!(Item::span(1, 11, "late").push(&mut ring) && Item::span(2, 12, "late").push(&mut ring));
    assert!(
        Item::event(2, 13, "event").push(&mut ring) && Item::span(2, 13, "later").events(1).push(&mut ring)
    );
    collector.collect();
    assert_eq!(kept.drawn(), ["bad", "late", "later event"]);
    assert!(Item::span(1, 14, "late error").with(Flags::WANTED).push(&mut ring));
    assert!(Item::span(1, 15, "later").push(&mut ring));
    collector.collect();
    assert_eq!(kept.drawn()[3..], ["late error", "later"], "an error is kept also where its trace is gone");
    assert!(kept.lost.lock().unwrap().is_empty(), "no bound cost anything");
}

#[test]
fn too_many_bytes_cost_the_oldest_traces_unless_they_failed() {
    let (kept, collector) = pipeline(Some(TailRule { bytes: 4_000, ..rule() }));
    let mut ring = collector.producer();
    assert!(Item::span(1, 101, "first").push(&mut ring));
    assert!(Item::span(2, 102, "failed").with(Flags::WANTED).push(&mut ring));
    for root in 3..40 {
        assert!(Item::span(root, root + 100, "child").push(&mut ring));
    }
    // In one pass: what failed would be kept after it anyway.
    collector.collect();
    assert_eq!(kept.drawn(), ["failed"]);
    let lost = kept.lost(Loss::TailBytes);
    assert!(lost > 20 && lost < 38, "{lost}");
    for root in 3..40 {
        assert!(Item::span(root, root, "root").with(Flags::WANTED).push(&mut ring));
    }
    collector.collect();
    let drawn = kept.drawn();
    let count = |name: &str| drawn.iter().filter(|drawn| *drawn == name).count() as u64;
    assert_eq!((count("root"), count("child")), (37, 38 - lost), "every root, and what was not lost");
}

#[test]
fn too_many_spans_in_one_trace_cost_those_beyond() {
    let (kept, collector) = pipeline(Some(TailRule { spans: 5, ..rule() }));
    let mut ring = collector.producer();
    (0..8).for_each(|n| assert!(Item::span(1, 10 + n, "child").push(&mut ring)));
    assert!(Item::span(1, 1, "root").with(Flags::WANTED).push(&mut ring));
    collector.collect();
    assert_eq!(kept.lost(Loss::TailSpans), 3);
    assert_eq!(kept.drawn(), ["child", "child", "child", "child", "child", "root"]);
}

#[test]
fn a_trace_that_failed_is_not_cut() {
    let (kept, collector) = pipeline(Some(TailRule { spans: 5, ..rule() }));
    let mut ring = collector.producer();
    assert!(Item::span(1, 2, "failed").with(Flags::WANTED).push(&mut ring));
    (0..8).for_each(|n| assert!(Item::span(1, 10 + n, "child").push(&mut ring)));
    assert!(Item::span(1, 1, "root").push(&mut ring));
    collector.collect();
    assert_eq!((kept.drawn().len(), kept.lost(Loss::TailSpans)), (10, 0));
}

#[test]
fn a_trace_that_does_not_end_in_time_is_lost_unless_it_failed() {
    let (kept, collector) = pipeline(Some(TailRule { age: Duration::ZERO, ..rule() }));
    let mut ring = collector.producer();
    assert!(Item::span(1, 2, "child").push(&mut ring) && Item::span(1, 3, "child").push(&mut ring));
    assert!(Item::span(2, 4, "failed").with(Flags::WANTED).push(&mut ring));
    collector.collect();
    assert_eq!((kept.drawn(), kept.lost(Loss::TailAge)), (vec!["failed".to_owned()], 2));
}

/// Nothing counted what came after a bound had cost its trace, and the trace was exported with holes if it failed later.
#[test]
fn a_trace_that_costs_too_many_bytes_has_every_span_exported_or_counted() {
    let (kept, collector) = pipeline(Some(TailRule { bytes: 4_000, ..rule() }));
    let mut ring = collector.producer();
    for n in 0..1000 {
        assert!(Item::event(1, 10 + n, "event").push(&mut ring));
        assert!(Item::span(1, 10 + n, "child").events(1).push(&mut ring));
        if n % 20 == 0 {
            collector.collect();
        }
    }
    assert!(Item::span(1, 2, "failed").with(Flags::WANTED).push(&mut ring));
    assert!(Item::span(1, 1, "root").with(Flags::WANTED).push(&mut ring));
    collector.collect();
    assert_eq!(
        (kept.drawn(), kept.lost(Loss::TailBytes)),
        (vec!["failed".to_owned(), "root".to_owned()], 1000)
    );
    assert!(kept.lost.lock().unwrap().iter().all(|(why, _)| *why == Loss::TailBytes));
}

#[test]
fn a_trace_that_does_not_end_in_time_has_every_span_exported_or_counted() {
    let (kept, collector) = pipeline(Some(TailRule { age: Duration::ZERO, ..rule() }));
    let mut ring = collector.producer();
    (0..5).for_each(|n| assert!(Item::span(1, 10 + n, "child").push(&mut ring)));
    collector.collect();
    (5..12).for_each(|n| assert!(Item::span(1, 10 + n, "child").push(&mut ring)));
    assert!(Item::span(1, 2, "failed").with(Flags::WANTED).push(&mut ring));
    assert!(Item::span(1, 20, "child").push(&mut ring) && Item::span(1, 1, "root").push(&mut ring));
    collector.collect();
    assert_eq!(kept.drawn(), ["failed", "child", "root"]);
    assert_eq!(*kept.lost.lock().unwrap(), [(Loss::TailAge, 5), (Loss::TailAge, 7)], "once a pass");
}

#[test]
fn a_trace_that_does_not_end_in_time_is_slow_where_that_is_slow() {
    let slow = Some(Duration::ZERO);
    let (kept, collector) = pipeline(Some(TailRule { age: Duration::ZERO, slow, ..rule() }));
    let mut ring = collector.producer();
    assert!(Item::span(1, 2, "child").push(&mut ring));
    collector.collect();
    assert_eq!((kept.drawn(), kept.lost(Loss::TailAge)), (vec!["child".to_owned()], 0));
}

/// The promise: of a thousand traces every one with an error, a panic or a slow root, and no other.
#[test]
fn every_trace_worth_keeping_is_kept_and_no_other() {
    let slow = Some(Duration::from_millis(50));
    let (kept, collector) = pipeline(Some(TailRule { slow, ..rule() }));
    let (mut one, mut two) = (collector.producer(), collector.producer());
    let (mut expected, long) = (0, ticks(50));
    for root in 1..=1000 {
        let child = Item::span(root, root + 10_000, "child");
        let (child, took) = match root % 50 {
            0 => (child.with(Flags::WANTED), 0),
            1 => (child.with(Flags::PANICKED), 0),
            2 => (child, long),
            _ => (child, 0),
        };
        expected += u64::from(root % 50 < 3);
        assert!(child.push(&mut two) && Item::span(root, root, "root").took(took).push(&mut one));
        if root % 7 == 0 {
            collector.collect();
        }
    }
    collector.collect();
    let spans = kept.spans.lock().unwrap();
    assert_eq!(spans.len() as u64, 2 * expected);
    assert!(spans.iter().all(|span| span.context.trace_id.get() % 50 < 3));
    assert!(kept.lost.lock().unwrap().is_empty());
}

#[test]
fn what_waits_at_the_end_is_counted_or_kept() {
    let (kept, collector) = pipeline(Some(TailRule::default()));
    let mut ring = collector.producer();
    for id in [2, 3] {
        assert!(Item::span(1, id, "waits").push(&mut ring));
    }
    assert!(Item::span(11, 12, "fails").with(Flags::WANTED).push(&mut ring));
    collector.stop(Duration::ZERO);
    assert_eq!(kept.drawn(), ["fails"]);
    assert_eq!(kept.lost(Loss::Shutdown), 2);
    assert!(Item::span(1, 1, "root").push(&mut ring));
    collector.settle();
    assert_eq!(kept.lost(Loss::Shutdown), 3, "it is lost with its trace");
}
