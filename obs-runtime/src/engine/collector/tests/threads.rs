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

/// Panics when it is given a span of that name.
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

    fn lost(&self, why: Loss, spans: u64) {
        Sink::lost(&self.0, why, spans);
    }
}

#[test]
fn a_sink_that_panics_costs_its_record_and_no_other() {
    let sink = Arc::new(Touchy(Kept::default()));
    let collector = Collector::start(Arc::clone(&sink) as _, settings(None)).unwrap();
    let mut ring = collector.producer();
    for name in ["a", "touchy", "b"] {
        assert!(Item::span(1, 1, name).sampled().push(&mut ring));
    }
    eventually(|| sink.0.drawn() == ["a", "b"]);
    assert_eq!(sink.0.lost(Loss::Panicked), 1);
}

/// All spans of a trace that the tail rule keeps come at once.
#[test]
fn a_sink_that_panics_costs_none_of_the_spans_that_come_with_its_record() {
    let (kept, collector) = {
        let kept = Arc::new(Touchy(Kept::default()));
        let collector = Collector::inline(Arc::clone(&kept) as _, settings(Some(TailRule::default())));
        (kept, collector)
    };
    let mut ring = collector.producer();
    for (id, name) in [(2, "a"), (3, "touchy"), (4, "b")] {
        assert!(Item::span(1, id, name).with(Flags::WANTED).push(&mut ring));
    }
    assert!(Item::span(1, 1, "root").push(&mut ring));
    collector.collect();
    assert_eq!(kept.0.drawn(), ["a", "b", "root"]);
    assert_eq!(kept.0.lost(Loss::Panicked), 1);
}

#[test]
fn what_closes_after_the_end_is_handed_over_when_somebody_asks() {
    let (kept, collector) = started(None);
    let mut ring = collector.producer();
    collector.settle();
    assert!(Item::span(1, 1, "before").sampled().push(&mut ring));
    collector.stop(Duration::from_secs(20));
    let (mut pushed, mut refused) = (0, 0);
    for n in 2..200 {
        match Item::span(n, n, "after").sampled().push(&mut ring) {
            true => pushed += 1,
            false => refused += 1,
        }
    }
    assert!(pushed > 0 && refused > 0);
    collector.settle();
    assert_eq!(kept.drawn().len(), 1 + pushed);
    assert_eq!((kept.lost(Loss::Shutdown), kept.lost(Loss::RingFull)), (refused, 0));
}

/// Each thread has a ring: those that begin when everything is over must not heap up.
#[test]
fn rings_of_threads_that_begin_after_the_end_are_given_back() {
    let (kept, collector) = started(None);
    collector.stop(Duration::from_secs(20));
    for n in 1..100 {
        assert!(Item::span(n, n, "after").sampled().push(&mut collector.producer()));
    }
    let waiting = collector.arrived.lock().unwrap().len();
    assert!(waiting < 2, "{waiting} rings wait");
    assert!(kept.drawn().len() >= 98);
}

#[test]
fn a_flush_waits_no_longer_than_it_may() {
    /// Takes a span for as long as the test wants.
    struct Slow(Kept, Mutex<std::sync::mpsc::Receiver<()>>);
    impl Sink for Slow {
        fn put(&self, record: Record) {
            self.1.lock().unwrap().recv().unwrap();
            self.0.put(record);
        }
    }
    let (go, wait) = std::sync::mpsc::channel();
    let sink = Arc::new(Slow(Kept::default(), Mutex::new(wait)));
    let collector = Collector::start(Arc::clone(&sink) as _, settings(None)).unwrap();
    let mut ring = collector.producer();
    assert!(Item::span(1, 1, "slow").sampled().push(&mut ring));
    let began = Instant::now();
    assert!(!collector.collect_within(Duration::from_millis(50)), "the sink has not taken it");
    assert!(began.elapsed() < Duration::from_secs(10));
    go.send(()).unwrap();
    assert!(collector.collect_within(Duration::from_secs(20)));
    assert_eq!(sink.0.drawn(), ["slow"]);
    go.send(()).unwrap();
    assert!(Item::span(2, 2, "last").sampled().push(&mut ring));
    assert!(collector.collect_within(Duration::from_secs(20)));
    assert_eq!(sink.0.drawn(), ["slow", "last"]);
    collector.stop(Duration::from_secs(20));
    assert!(collector.collect_within(Duration::ZERO), "without a thread it is done here");
}
