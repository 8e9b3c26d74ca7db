//! R17: what panics on the I/O thread costs what it had at hand, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::export::Worker;
use crate::export::delivery::{Attempt, Body, Goods, Outbox, Place, Records, Transport, Verdict, Wire};
use crate::export::otlp::spans::Spans;
use crate::export::testing::{balanced, span};
use crate::record::Record;

/// A way on which every second request panics.
#[derive(Default)]
struct Breaking(AtomicUsize);

impl Transport for Breaking {
    fn send<'a>(&'a self, _: &'a Body) -> Attempt<'a> {
        Box::pin(async {
            assert!(self.0.fetch_add(1, Ordering::Relaxed) % 2 == 1, "broken on purpose");
            Verdict::Done { rejected: 0, message: String::new() }
        })
    }
}

#[test]
fn a_request_that_panics_is_counted_and_the_others_are_delivered() {
    let (ledger, notices): (Arc<Ledger>, Notices) = (Arc::default(), Arc::new(|_, _| {}));
    let goods = Goods { one: "span", many: "spans", advice: "" };
    let wire = Wire { exporter: NAME, signal: Signal::Traces, family: "otlp_http", goods, turn: None };
    let place = Place { shown: "a place".to_owned(), server: None };
    let settings = Settings {
        batch: 1,
        max_batch: 1,
        max_in_flight: 1,
        schedule_delay: Duration::ZERO,
        ..Settings::default()
    };
    let way = |_: &_| Arc::new(Breaking::default()) as Arc<dyn Transport>;
    let outbox = Outbox::new(settings, wire, place, (&ledger, &notices), way);
    let exporter = Records::new(outbox, Arc::new(Spans));
    let worker = Worker::start(vec![Arc::new(exporter)], Arc::clone(&ledger)).unwrap();
    for _ in 0..10 {
        worker.sink().put(Record::Span(span("work")));
    }
    worker.flush(SOON).unwrap();
    balanced(&ledger, 0);
    let account = account(&ledger, Signal::Traces);
    assert_eq!((account.exported, account.dropped(Reason::Panicked)), (5, 5), "{account:?}");
    let text = crate::export::rendered(
        &[ledger as Arc<dyn crate::record::MetricSource>],
        crate::export::Format::Text,
    );
    assert!(text.contains("obs_exporter_panics_total{exporter=\"otlp\"} 5\n"), "{text}");
}
