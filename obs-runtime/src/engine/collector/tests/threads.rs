//! The collector beside the threads that it serves.

use std::thread;
use std::time::Instant;

use super::*;

/// Waits for a condition, for longer than anybody would.
#[track_caller]
fn eventually(condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(20), "it did not happen");
        thread::yield_now();
    }
}

fn started(tail: Option<TailRule>) -> (Arc<Kept>, Arc<Collector>) {
    let kept = Arc::new(Kept::default());
    let collector = Collector::start(Arc::clone(&kept) as _, settings(tail)).unwrap();
    (kept, collector)
}

#[test]
fn a_record_arrives_by_itself_and_a_thread_stops() {
    let (kept, collector) = started(None);
    let mut ring = collector.producer();
    assert!(Item::span(1, 1, "span").sampled().push(&mut ring));
    eventually(|| kept.drawn() == ["span"]);
    assert!(Item::span(2, 2, "last").sampled().push(&mut ring));
    collector.stop(Duration::from_secs(20));
    assert_eq!(kept.drawn(), ["span", "last"]);
    while Item::span(3, 3, "after").sampled().push(&mut ring) {}
    collector.collect();
    let after = kept.drawn().len() - 2;
    assert!(after < 16, "{after}: the ring grew when nobody drained it any more");
}

#[test]
fn a_thread_without_a_collector_ends() {
    let (kept, collector) = started(None);
    drop(collector);
    eventually(|| Arc::strong_count(&kept) == 1);
}

/// Events are pushed by one thread to spans that another one closes; everything is joined, in order, or counted.
#[test]
fn nothing_is_lost_uncounted_between_threads() {
    const SPANS: u64 = 20_000;
    let (kept, collector) = started(None);
    let workers: Vec<_> = (0..2u64)
        .map(|worker| {
            let (mut own, mut other) = (collector.producer(), collector.producer());
            thread::spawn(move || {
                let (mut spans, mut events) = (0, 0u64);
                for n in 0..SPANS {
                    let id = 1 + worker * SPANS + n;
                    let event = Item::event(id, id, "event").sampled().push(&mut other);
                    events += u64::from(event);
                    spans +=
                        u64::from(Item::span(id, id, "span").sampled().events(event.into()).push(&mut own));
                }
                (spans, events)
            })
        })
        .collect();
    let flusher = Arc::clone(&collector);
    let flusher = thread::spawn(move || (0..50).for_each(|_| flusher.collect()));
    let pushed: Vec<_> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
    flusher.join().unwrap();
    collector.stop(Duration::from_secs(20));
    let spans = kept.spans.lock().unwrap();
    assert_eq!(spans.len() as u64, pushed.iter().map(|(spans, _)| spans).sum::<u64>());
    assert_eq!(spans.len() as u64 + kept.lost(Loss::RingFull), 2 * SPANS);
    assert_eq!(spans.iter().map(|s| s.dropped_events).sum::<u32>(), 0, "an event came after its span");
    for worker in 0..2 {
        let ids = spans.iter().map(|s| s.context.span_id.get() - 1).filter(|id| id / SPANS == worker);
        assert!(ids.is_sorted());
    }
}

#[test]
fn a_sink_that_panics_costs_its_record_and_no_other() {
    struct Touchy(Kept);
    impl Sink for Touchy {
        fn put(&self, record: Record) {
            if let Record::Span(span) = &record
                && span.name == "touchy"
            {
                std::panic::resume_unwind(Box::new(()));
            }
            self.0.put(record);
        }
    }
    let sink = Arc::new(Touchy(Kept::default()));
    let collector = Collector::start(Arc::clone(&sink) as _, settings(None)).unwrap();
    let mut ring = collector.producer();
    for name in ["a", "touchy", "b"] {
        assert!(Item::span(1, 1, name).sampled().push(&mut ring));
    }
    eventually(|| sink.0.drawn() == ["a", "b"]);
}
