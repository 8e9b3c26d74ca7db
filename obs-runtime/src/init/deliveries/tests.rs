//! Real exporters, a collector that never answers, and the check that looks at them.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::config::Config;
use crate::config::Overrides;
use crate::config::destination::{Destination, To, ZipkinTo};
use crate::export::testing::span;
use crate::export::{Notices, Signal, Worker};
use crate::health::{CheckReport, Monitor, Probe, Standing, States, exporters};
use crate::init::destinations;
use crate::record::Record;

/// Spans to a Zipkin at `address`, of which ten may wait, and the check on them.
struct Pipeline {
    ledger: Arc<Ledger>,
    worker: Worker,
    monitor: Arc<Monitor>,
}

impl Pipeline {
    fn new(endpoint: String) -> Self {
        let mut config = Config::read(Overrides::default(), &|_| None, false).unwrap();
        let to = To::Zipkin(ZipkinTo { endpoint, timeout: Duration::from_secs(60) });
        config.traces.destinations =
            vec![Destination { option: "OTEL_TRACES_EXPORTER", name: "zipkin".to_owned(), to }];
        config.traces.batch.queue_items = 10;
        config.traces.batch.batch_items = Some(1);
        config.traces.batch.export_timeout = Duration::from_secs(60);
        let (ledger, notices): (Arc<Ledger>, Notices) = (Arc::default(), Arc::new(|_, _| {}));
        let mut exporting = Vec::new();
        destinations::exporters(&config, (&ledger, &notices), &mut exporting).unwrap();
        let worker = Worker::start(exporting, Arc::clone(&ledger)).unwrap();
        let states = States::default();
        states.provide(of(&ledger, worker.filled()));
        let monitor = Monitor::new(None, &states);
        let (interval, timeout) = (Duration::from_millis(20), Duration::from_millis(15));
        monitor.add(exporters("telemetry").interval(interval).timeout(timeout).into()).unwrap();
        Pipeline { ledger, worker, monitor }
    }

    fn put(&self, spans: usize) {
        let sink = self.worker.sink();
        (0..spans).for_each(|_| sink.put(Record::Span(span("work"))));
    }

    /// Waits for a reason.
    fn until(&self, condition: impl Fn(&CheckReport, &str) -> bool) -> CheckReport {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let report = self.monitor.report(&Probe::Ready.into()).checks.remove(0);
            let reason = report.reason.clone().unwrap_or_default();
            if condition(&report, &reason) {
                return report;
            }
            assert!(Instant::now() < deadline, "{}, {reason}", report.standing);
            thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn a_queue_that_fills_up_and_what_it_loses_is_seen() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap(); // accepts, and nobody answers
    let it = Pipeline::new(format!("http://{}/api/v2/spans", silent.local_addr().unwrap()));
    it.until(|report, _| report.standing == Standing::Healthy);
    it.put(100);
    let lost = || it.ledger.account(Signal::Traces, "zipkin", &[]).snapshot().dropped(Reason::QueueItems);
    let report = it.until(|report, reason| {
        let counted =
            report.details.iter().any(|d| d.key == "zipkin.traces.lost" && d.value == lost().into());
        counted && lost() > 0 && reason.starts_with("the queue of zipkin for traces is filled by 100.0 %")
    });
    assert_eq!(report.standing, Standing::Degraded);
    it.put(7);
    it.until(|_, reason| {
        reason.starts_with("zipkin lost 7 spans (queue_items); the queue of zipkin for traces")
    });
}

#[test]
fn an_exporter_that_reaches_nobody_is_told_with_where_and_why() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let it = Pipeline::new(format!("http://{gone}/api/v2/spans"));
    it.put(1);
    let says = format!("zipkin does not get rid of traces: http://{gone}/api/v2/spans: no connection");
    let report = it.until(|_, reason| reason.starts_with(&says));
    assert_eq!(report.standing, Standing::Degraded);
}
