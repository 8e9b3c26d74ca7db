//! Real exporters, a collector that never answers, and the check that looks at them.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::config::Config;
use crate::config::Overrides;
use crate::config::destination::{Destination, To, ZipkinTo};
use crate::export::testing::span;
use crate::export::{Notices, Signal, Worker};
use crate::health::{self, Check, CheckReport, Monitor, Probe, Standing, States, exporters};
use crate::init::destinations;
use crate::record::Record;

/// Spans to a Zipkin at `address`, of which a few may wait, and the check on them.
struct Pipeline {
    ledger: Arc<Ledger>,
    worker: Worker,
    monitor: Arc<Monitor>,
}

impl Pipeline {
    fn new(address: SocketAddr, (items, bytes): (usize, usize)) -> Self {
        let endpoint = format!("http://{address}/api/v2/spans");
        let mut config = Config::read(Overrides::default(), &|_| None, false).unwrap();
        let to = To::Zipkin(ZipkinTo { endpoint, timeout: Duration::from_secs(60) });
        config.traces.destinations =
            vec![Destination { option: "OTEL_TRACES_EXPORTER", name: "zipkin".to_owned(), to }];
        (config.traces.batch.queue_items, config.traces.batch.queue_bytes) = (items, bytes);
        config.traces.batch.batch_items = Some(1);
        config.traces.batch.export_timeout = Duration::from_secs(60);
        let (ledger, notices): (Arc<Ledger>, Notices) = (Arc::default(), Arc::new(|_, _| {}));
        let mut exporting = Vec::new();
        destinations::exporters(&config, (&ledger, &notices), &mut exporting).unwrap();
        let worker = Worker::start(exporting, Arc::clone(&ledger)).unwrap();
        let states = States::default();
        states.provide(of(&ledger, worker.filled()));
        let monitor = Monitor::new(None, &states);
        let (interval, timeout) = (Duration::from_millis(300), Duration::from_millis(250));
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
    let it = Pipeline::new(silent.local_addr().unwrap(), (10, 1 << 20));
    it.until(|report, _| report.standing == Standing::Healthy);
    // Some leave the queue: as many as there may be requests on their way.
    it.until(|_, reason| {
        it.put(10);
        reason.contains("the queue of zipkin for traces is filled by 100.0 %")
    });
    let lost = || it.ledger.account(Signal::Traces, "zipkin", &[]).snapshot().dropped(Reason::QueueItems);
    let report = it.until(|report, reason| {
        let told = report.details.iter().any(|d| d.key == "zipkin.traces.lost" && d.value == lost().into());
        told && reason == "the queue of zipkin for traces is filled by 100.0 %"
    });
    assert!(lost() > 0);
    assert_eq!(report.standing, Standing::Degraded);
    // A run may come between the losses of one moment, so that they are told in parts.
    it.until(|_, reason| {
        it.put(1);
        reason.starts_with("zipkin lost ")
            && reason.contains(" (queue_items); the queue of zipkin for traces is filled")
    });
    it.until(|report, _| {
        report.details.iter().any(|d| d.key == "zipkin.traces.lost" && d.value == lost().into())
    });
}

#[test]
fn a_queue_is_full_of_bytes_however_few_spans_they_are() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let it = Pipeline::new(silent.local_addr().unwrap(), (1_000_000, 4_096));
    let report = it.until(|_, reason| {
        it.put(10);
        reason.contains("the queue of zipkin for traces is filled by ") && reason.contains("(queue_bytes)")
    });
    assert_eq!(report.standing, Standing::Degraded);
}

#[test]
fn an_exporter_that_reaches_nobody_is_told_with_where_and_why() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let it = Pipeline::new(gone, (10, 1 << 20));
    it.put(1);
    let says = format!("zipkin does not get rid of traces: http://{gone}/api/v2/spans: no connection");
    let report = it.until(|_, reason| reason.starts_with(&says));
    assert_eq!(report.standing, Standing::Degraded);
}

/// What the test below runs in a process of its own, as a process starts once.
const CHILD: &str = "OBS_TEST_STARTED";

#[test]
fn a_program_that_started_is_looked_at_by_one_line_each() {
    if std::env::var_os(CHILD).is_some() {
        return started();
    }
    let test = thread::current().name().unwrap().to_owned();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", &test, "--test-threads", "1"])
        .env(CHILD, "1")
        .env("OTEL_BSP_SCHEDULE_DELAY", "10");
    let child = child.output().unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

fn started() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _entered = runtime.enter();
    // Its port is nobody else's, and refuses until it listens.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let gone = socket.local_addr().unwrap();
    let there = TcpListener::bind("127.0.0.1:0").unwrap();
    let quick = |check: Check| check.interval(Duration::from_millis(300)).timeout(Duration::from_millis(250));
    let guard = crate::builder()
        .admin_off()
        .zipkin(format!("http://{gone}/api/v2/spans"))
        .shutdown_timeout(Duration::ZERO)
        .health_check(health::exporters("telemetry").interval(Duration::from_secs(2)))
        .health_check(health::event_loop_lag("loop"))
        .health_check(health::memory("memory").degraded_above(1.0).unhealthy_above(1.0))
        .health_check(quick(health::tcp("there", there.local_addr().unwrap().to_string())))
        .health_check(quick(health::tcp("gone", gone.to_string()).critical()))
        .health_check(health::works("sum", || async { Ok::<_, std::io::Error>(40 + 2) }, 42))
        .init()
        .unwrap();
    let refused = guard.add_health_check(health::http("search", "search:9200")).unwrap_err();
    assert!(refused.to_string().contains("it is no URL with a host"), "{refused}");
    tracing::info_span!("work").in_scope(|| {});
    let until = |wanted: &[(&str, Standing, &str)]| {
        let deadline = Instant::now() + Duration::from_secs(20);
        let is = |(name, standing, reason): &(&str, Standing, &str)| {
            let report = guard.health(Probe::All);
            let one = report.checks().iter().find(|check| check.name() == *name).unwrap().clone();
            one.standing == *standing && one.reason.as_deref().unwrap_or_default().starts_with(reason)
        };
        while !wanted.iter().all(is) {
            assert!(Instant::now() < deadline, "{:#?}", guard.health(Probe::All));
            thread::sleep(Duration::from_millis(5));
        }
    };
    let says = format!("zipkin does not get rid of traces: http://{gone}/api/v2/spans: no connection");
    until(&[
        ("telemetry", Standing::Degraded, &says),
        ("loop", Standing::Healthy, ""),
        ("memory", Standing::Healthy, ""),
        ("there", Standing::Healthy, ""),
        ("gone", Standing::Unhealthy, &format!("{gone} refused the connection")),
        ("sum", Standing::Healthy, ""),
    ]);
    assert!(!guard.health(Probe::Ready).passes());
    let _back = socket.listen(1_024).unwrap();
    until(&[("gone", Standing::Healthy, "")]);
    assert!(guard.health(Probe::Ready).passes());
}
