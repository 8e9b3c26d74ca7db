//! R1: every item of every signal meets exactly one fate, whatever the collector does, and the collector agrees.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::export::periodic::{Periodic, Source};
use crate::export::testing::{balanced, resource, span, spans};
use crate::export::{HistogramAggregation, Temporality, Worker};
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point, Record};

const THREADS: u64 = 4;
const ITEMS: u64 = 250_000;

/// Items of a burst; between two of them a thread looks whether the pipeline keeps up.
const BURST: u64 = 1_000;

/// Faults after which both sides know what became of a request.
const KNOWN: [(Fault, u32); 9] = [
    (Fault::Ok, 16),
    (Fault::Partial(3), 4),
    (Fault::TooManyRequests { retry_after: None }, 1),
    (Fault::Unavailable { retry_after: None }, 2),
    (Fault::BadGateway, 1),
    (Fault::BadRequest, 1),
    (Fault::Reset, 2),
    (Fault::ResetEarly, 2),
    (Fault::Garbage, 1),
];

/// As many series of a counter, every one of which grows.
struct Series(usize);

impl MetricSource for Series {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        visitor.family(&Family { name: "many_total", help: "", unit: "", kind: MetricKind::Counter });
        for at in 0..self.0 {
            visitor.point(&[("n", &at.to_string())], Point::Counter(at as u64 + 1));
        }
    }
}

/// Traces and metrics, both on their way to one collector.
struct Both {
    worker: Worker,
    ledger: Arc<Ledger>,
}

impl Both {
    fn new(collector: &FaultyCollector, timeout: Duration) -> Self {
        let ledger = Arc::new(Ledger::default());
        let quiet: Notices = Arc::new(|_, _| {});
        let traces = OtlpConfig { timeout, schedule_delay: Duration::from_millis(20), ..to(collector) };
        let endpoint = format!("{}/v1/metrics", collector.endpoint()).parse().unwrap();
        let metrics = OtlpConfig { endpoint, max_batch_bytes: 8_000, ..traces.clone() };
        let shape = (Temporality::Cumulative, HistogramAggregation::Explicit);
        let traces = super::super::Otlp::new(traces, &ledger, Arc::clone(&quiet)).unwrap();
        let metrics = OtlpMetrics::new(metrics, shape, resource("shop"), 1, &ledger, quiet).unwrap();
        let source = Source::default();
        source.provide(vec![Arc::new(Series(400))]);
        let metrics = Periodic::new(metrics, &source, Duration::from_millis(5), &ledger);
        let exporters: Vec<Arc<dyn Exporter>> = vec![Arc::new(traces), Arc::new(metrics)];
        Both { worker: Worker::start(exporters, Arc::clone(&ledger)).unwrap(), ledger }
    }

    /// Puts all items; two threads at the pace of the pipeline, one by one, and two without regard, many at once.
    fn put(&self) {
        let waits = || account(&self.ledger, Signal::Traces).queued > BURST;
        std::thread::scope(|threads| {
            for thread in 0..THREADS {
                let sink = self.worker.sink();
                threads.spawn(move || {
                    for _ in 0..ITEMS / BURST {
                        if thread % 2 == 0 {
                            (0..BURST).for_each(|_| sink.put(Record::Span(span("work"))));
                            super::super::collector::wait_until(|| !waits());
                        } else {
                            sink.put_spans(&mut spans(BURST as usize));
                        }
                    }
                });
            }
        });
    }
}

/// Sends everything through these faults, and checks what both sides say about it.
fn run(seed: u64, faults: &[(Fault, u32)], timeout: Duration, all_answers_arrive: bool) {
    let collector = FaultyCollector::start().unwrap();
    collector.mix(seed, faults);
    let both = Both::new(&collector, timeout);
    both.put();
    let ended = both.worker.shutdown(SOON);
    balanced(&both.ledger, 0);
    let engine = both.ledger.account(Signal::Traces, "engine", &[]).snapshot();
    assert_eq!(engine.accepted, THREADS * ITEMS, "seed {seed}: {engine:?}");
    for signal in [Signal::Traces, Signal::Metrics] {
        let ours = account(&both.ledger, signal);
        let theirs = (collector.items(signal), collector.rejected(signal));
        let told = (ours.exported, ours.rejected);
        let context = format!("seed {seed}: {theirs:?} of {ours:?}, {ended:?}");
        assert!(ours.exported > 0 && ours.rejected > 0 && ours.dropped_total() > 0, "{context}");
        assert!(ours.dropped(Reason::ResponseInvalid) > 0 && ours.dropped(Reason::Refused) > 0, "{context}");
        if all_answers_arrive {
            assert_eq!(theirs, told, "{context}");
        } else {
            // An answer that came too late was given all the same; nothing is sent again after it.
            let late = ours.dropped(Reason::Timeout) + ours.dropped(Reason::Shutdown);
            assert!(ours.dropped(Reason::Timeout) > 0, "{context}");
            assert!(theirs.0 >= told.0 && theirs.1 >= told.1, "{context}");
            assert!(theirs.0 + theirs.1 <= told.0 + told.1 + late, "{context}");
        }
    }
    assert_eq!(account(&both.ledger, Signal::Traces).accepted, engine.exported, "seed {seed}");
    collector.read(|received| {
        let mut once = HashSet::new();
        let twice = received.spans().iter().filter(|span| !once.insert(span.span_id)).count();
        assert_eq!((twice, received.malformed()), (0, 0), "seed {seed}");
        for (fault, _) in faults {
            assert!(
                received.requests().iter().any(|r| r.fault == *fault),
                "seed {seed}: {fault:?} never came"
            );
        }
    });
}

/// R1. `OBS_SEEDS=100` for as many seeds; 5 otherwise.
#[test]
fn exact_accounting() {
    let seeds = std::env::var("OBS_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(5);
    for seed in 0..seeds {
        if seed % 2 == 0 {
            run(seed, &KNOWN, SOON, true);
        } else {
            let mut faults = KNOWN.to_vec();
            faults.extend([(Fault::Hang, 1), (Fault::Truncated, 1)]);
            run(seed, &faults, Duration::from_millis(300), false);
        }
    }
}
