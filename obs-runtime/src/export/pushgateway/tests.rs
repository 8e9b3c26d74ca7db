#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;
use crate::export::otlp::tests::SOON;
use crate::export::otlp::tests::collector::{Collector, Reply, nobody};
use crate::export::testing::balanced;
use crate::export::{AccountSnapshot, Periodic, Reason, Worker};
use crate::record::{MetricKind, Severity};

const NEVER: Duration = Duration::from_secs(3_600);

/// Shows two counters.
struct Orders;

impl MetricSource for Orders {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        let kind = MetricKind::Counter;
        visitor.family(&Family { name: "orders_total", help: "Orders.", unit: "", kind });
        visitor.point(&[("region", "eu")], Point::Counter(1));
        visitor.point(&[("region", "us")], Point::Counter(2));
    }
}

struct Pipeline {
    worker: Worker,
    ledger: Arc<Ledger>,
    notices: Receiver<(Severity, String)>,
}

impl Pipeline {
    fn new(group: &Pushgateway, interval: Duration) -> Self {
        let (ledger, source) = (Arc::new(Ledger::default()), Source::default());
        let (sender, notices) = channel();
        let notify: Notices = Arc::new(move |severity, line| drop(sender.send((severity, line))));
        let gateway = Gateway::new(group, &ledger, &notify).unwrap();
        source.provide(vec![Arc::new(Orders)]);
        let exporter = Arc::new(Periodic::new(gateway, &source, interval, &ledger));
        let worker = Worker::start(vec![exporter], Arc::clone(&ledger)).unwrap();
        Pipeline { worker, ledger, notices }
    }

    fn push(&self) -> AccountSnapshot {
        self.worker.flush(SOON).unwrap();
        balanced(&self.ledger, 0);
        self.ledger.account(Signal::Metrics, NAME, &[]).snapshot()
    }
}

fn group(collector: &Collector) -> Pushgateway {
    Pushgateway::new(format!("http://{}", collector.address)).job("nightly")
}

#[test]
fn a_flush_replaces_the_group_by_what_there_is() {
    let collector = Collector::start([]);
    let pipeline = Pipeline::new(&group(&collector).grouping("shard", "3"), NEVER);
    assert_eq!(pipeline.push().exported, 2);
    let arrived = collector.next();
    assert_eq!((arrived.method.as_str(), arrived.path.as_str()), ("PUT", "/metrics/job/nightly/shard/3"));
    let header = |name: &str| arrived.headers.get(name).and_then(|v| v.to_str().ok());
    assert_eq!(header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(header("content-encoding"), None);
    let text = String::from_utf8(arrived.plain()).unwrap();
    assert!(text.ends_with("orders_total{region=\"eu\"} 1\norders_total{region=\"us\"} 2\n"), "{text}");
}

#[test]
fn others_are_kept_where_that_is_asked_for() {
    let collector = Collector::start([Reply::status(202)]);
    assert_eq!(Pipeline::new(&group(&collector).keep_others(), NEVER).push().exported, 2);
    assert_eq!(collector.next().method.as_str(), "POST");
}

#[test]
fn an_interval_and_a_shutdown_push_too() {
    let collector = Collector::start([]);
    let pipeline = Pipeline::new(&group(&collector), Duration::from_millis(5));
    drop((collector.next(), collector.next()));
    drop(pipeline);
    let late = Pipeline::new(&group(&collector).job("late"), NEVER);
    late.worker.shutdown(SOON).unwrap();
    while collector.next().path != "/metrics/job/late" {}
    balanced(&late.ledger, 0);
}

#[test]
fn a_refusal_is_counted_and_told_with_what_the_gateway_says_and_what_to_do() {
    let kind = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
    let said = b"pushed metrics are invalid\nor inconsistent\n".to_vec();
    let collector = Collector::start([Reply::With(400, kind, said)]);
    let pipeline = Pipeline::new(&group(&collector), NEVER);
    assert_eq!(pipeline.push().dropped(Reason::Refused), 2);
    let (severity, line) = pipeline.notices.try_recv().unwrap();
    assert_eq!(severity, Severity::Warn);
    assert!(line.contains("it answered 400: pushed metrics are invalid\\nor inconsistent; "), "{line}");
    assert!(line.contains("`OBS_PUSHGATEWAY` must name a Pushgateway"), "{line}");
    assert_eq!(pipeline.push().exported, 2, "the next push has everything");
}

#[test]
fn a_gateway_that_is_away_costs_the_push_alone() {
    let address = nobody();
    let group = Pushgateway::new(format!("http://{address}/")).job("nightly");
    let pipeline = Pipeline::new(&group, NEVER);
    assert_eq!(pipeline.push().dropped(Reason::RetryExhausted), 2);
    let collector = Collector::start_on(&address, []);
    assert_eq!(pipeline.push().exported, 2);
    assert_eq!(collector.arrived.try_iter().count(), 1);
}

#[test]
fn addresses_that_cannot_be_are_refused_with_their_remedy() {
    let notices: Notices = Arc::new(|_, _| {});
    let error = |url: &str| {
        let group = Pushgateway::new(url).job("a");
        Gateway::new(&group, &Arc::default(), &notices).unwrap_err()
    };
    assert!(error("gateway:9091").contains("write one as `http://"));
    #[cfg(not(feature = "tls"))]
    assert!(error("https://gateway").contains("feature `tls`"));
    let secret = error("http://user:hunter2@gateway");
    assert!(secret.contains("leave them away") && !secret.contains("hunter2"), "{secret}");
}

#[cfg(feature = "tls")]
#[test]
fn a_gateway_by_tls_is_told_nothing_before_it_is_trusted() {
    use crate::export::otlp::tests::authority::{Authority, BOTH, door};

    let collector = Collector::behind(door(&Authority::new().local(), BOTH, None, &[b"http/1.1"]), []);
    let group = Pushgateway::new(format!("https://localhost:{}", collector.address.port())).job("nightly");
    let pipeline = Pipeline::new(&group, NEVER);
    assert_eq!(pipeline.push().dropped(Reason::RetryExhausted), 2);
    assert_eq!((collector.entered() > 0, collector.arrived.try_iter().count()), (true, 0));
}
