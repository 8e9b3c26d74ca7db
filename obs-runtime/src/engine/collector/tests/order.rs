//! What comes out, in which order, with which events.

use super::*;

#[test]
fn spans_come_in_the_order_in_which_their_thread_closed_them() {
    let (kept, collector) = pipeline(None);
    let (mut one, mut two) = (collector.producer(), collector.producer());
    for (root, name) in [(1, "a"), (2, "b"), (3, "c")] {
        assert!(Item::span(root, root, name).sampled().push(&mut one));
        assert!(Item::span(root + 10, root + 10, &name.to_uppercase()).sampled().push(&mut two));
    }
    assert!(kept.drawn().is_empty());
    collector.collect();
    let only = |upper: bool| -> String {
        kept.drawn().concat().chars().filter(|c| c.is_uppercase() == upper).collect()
    };
    assert_eq!((only(false).as_str(), only(true).as_str()), ("abc", "ABC"));
}

#[test]
fn an_event_joins_its_span_from_any_thread() {
    let (kept, collector) = pipeline(None);
    let (mut early, mut own, mut late) = (collector.producer(), collector.producer(), collector.producer());
    assert!(Item::event(1, 1, "second").sampled().at(2).push(&mut own));
    assert!(Item::event(1, 1, "third").sampled().at(3).push(&mut late));
    assert!(Item::event(1, 1, "first").sampled().at(1).push(&mut early));
    assert!(Item::span(1, 1, "root").sampled().events(3).push(&mut own));
    collector.collect();
    assert_eq!(kept.drawn(), ["root first second third"]);
}

#[test]
fn an_event_waits_for_its_span_over_many_passes() {
    let (kept, collector) = pipeline(None);
    let mut ring = collector.producer();
    for name in ["a", "b"] {
        assert!(Item::event(1, 1, name).sampled().push(&mut ring));
        collector.collect();
    }
    assert!(kept.drawn().is_empty());
    assert!(Item::span(1, 1, "root").sampled().events(2).push(&mut ring));
    collector.collect();
    assert_eq!(kept.drawn(), ["root a b"]);
}

#[test]
fn an_event_that_was_lost_is_counted_and_holds_nobody_up() {
    let (kept, collector) = pipeline(None);
    let mut ring = collector.producer();
    assert!(Item::event(1, 1, "came").sampled().push(&mut ring));
    assert!(Item::span(1, 1, "root").sampled().events(3).push(&mut ring));
    assert!(Item::span(2, 2, "next").sampled().push(&mut ring));
    collector.collect();
    assert_eq!(kept.drawn(), ["root came -2", "next"]);
}

/// The rings are drained from the first to the last: each span waits for an event that stands behind another span.
#[test]
fn events_behind_spans_that_wait_themselves_are_found() {
    let (kept, collector) = pipeline(None);
    let (mut first, mut second, mut third) =
        (collector.producer(), collector.producer(), collector.producer());
    assert!(Item::event(2, 2, "for b").sampled().push(&mut third));
    assert!(Item::span(2, 2, "b").sampled().events(1).push(&mut second));
    assert!(Item::event(1, 1, "for a").sampled().push(&mut second));
    assert!(Item::span(1, 1, "a").sampled().events(1).push(&mut first));
    assert!(Item::span(3, 3, "behind a").sampled().push(&mut first));
    collector.collect();
    assert_eq!(kept.drawn(), ["a for a", "behind a", "b for b"]);
}

#[test]
fn a_full_ring_loses_spans_and_says_exactly_how_many() {
    let (kept, collector) = pipeline(None);
    let mut ring = collector.producer();
    let pushed = (1..1000).filter(|id| Item::span(*id, *id, "span").sampled().push(&mut ring)).count();
    assert!(pushed < 999);
    collector.collect();
    assert_eq!((kept.drawn().len(), kept.lost(Loss::RingFull)), (pushed, 999 - pushed as u64));
    assert!(Item::event(5000, 5000, "event").sampled().push(&mut ring), "what was drained made room");
}

#[test]
fn events_that_a_full_ring_refused_are_no_lost_spans() {
    let (kept, collector) = pipeline(None);
    let mut ring = collector.producer();
    while Item::event(1, 1, "event").sampled().push(&mut ring) {}
    collector.collect();
    assert_eq!(kept.lost(Loss::RingFull), 0);
}

#[test]
fn a_thread_that_ends_takes_nothing_with_it() {
    let (kept, collector) = pipeline(None);
    let handle = std::thread::spawn({
        let mut ring = collector.producer();
        move || {
            assert!(Item::span(1, 1, "last").sampled().push(&mut ring));
            while Item::span(2, 2, "more").sampled().push(&mut ring) {}
        }
    });
    handle.join().unwrap();
    collector.collect();
    assert_eq!(kept.drawn()[0], "last");
    assert_eq!(kept.lost(Loss::RingFull), 1, "also what a ring lost before its thread ended");
}
