#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

mod accounts;
mod deltas;
mod sums;
mod wire;

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Proto;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric::Data, number_data_point};
use prost::Message;

use super::*;
use crate::export::delivery::{Retry, Settings};
use crate::export::otlp::tests::collector::{Arrived, Collector, Reply};
use crate::export::otlp::tests::{SOON, with};
use crate::export::otlp::{NAME, OtlpConfig};
use crate::export::periodic::Periodic;
use crate::export::testing::{balanced, resource};
use crate::export::{AccountSnapshot, Worker};
use crate::record::{Exponential, Family, MetricKind, MetricSource, MetricVisitor, Point, Severity};

/// Longer than a test takes.
const NEVER: Duration = Duration::from_secs(3_600);

type Show = Box<dyn Fn(&mut dyn MetricVisitor) + Send>;

/// A source that shows what a test wants.
#[derive(Clone)]
struct Shelf(Arc<Mutex<Show>>);

impl Shelf {
    fn new(show: impl Fn(&mut dyn MetricVisitor) + Send + 'static) -> Self {
        Shelf(Arc::new(Mutex::new(Box::new(show))))
    }

    fn put(&self, show: impl Fn(&mut dyn MetricVisitor) + Send + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(show);
    }
}

impl MetricSource for Shelf {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)(visitor);
    }
}

/// Shows one counter with one series.
fn orders(total: u64) -> impl Fn(&mut dyn MetricVisitor) + Send {
    move |visitor| {
        family(visitor, "orders_total", "", MetricKind::Counter);
        visitor.point(&[("region", "eu")], Point::Counter(total));
    }
}

fn family(visitor: &mut dyn MetricVisitor, name: &str, unit: &str, kind: MetricKind) {
    visitor.family(&Family { name, help: "Help.", unit, kind });
}

/// A worker that pushes what is on a shelf.
struct Pipeline {
    worker: Worker,
    ledger: Arc<Ledger>,
    shelf: Shelf,
    notices: Receiver<(Severity, String)>,
}

/// Settings with waits of milliseconds.
fn config(address: &str) -> OtlpConfig {
    let millis = Duration::from_millis;
    let settings = Settings {
        retry: Retry { initial: millis(1), max: millis(4), attempts: 3 },
        reconnect_delay: millis(2),
        ..Settings::default()
    };
    OtlpConfig { settings, ..OtlpConfig::new(format!("http://{address}/v1/metrics")) }
}

fn local(collector: &Collector) -> OtlpConfig {
    config(&collector.address.to_string())
}

impl Pipeline {
    fn new(config: OtlpConfig, temporality: Temporality, interval: Duration) -> Self {
        Pipeline::with(config, (temporality, HistogramAggregation::Explicit), interval)
    }

    fn with(config: OtlpConfig, shape: (Temporality, HistogramAggregation), interval: Duration) -> Self {
        let (ledger, source) = (Arc::new(Ledger::default()), Source::default());
        let (sender, notices) = channel();
        let notify: Notices = Arc::new(move |severity, line| drop(sender.send((severity, line))));
        let push = OtlpMetrics::new(config, shape, resource("shop"), 1_000, &ledger, &notify).unwrap();
        let shelf = Shelf::new(orders(1));
        source.provide(vec![Arc::new(shelf.clone())]);
        let periodic = Periodic::new(push, &source, interval, &ledger);
        let worker = Worker::start(vec![Arc::new(periodic)], Arc::clone(&ledger)).unwrap();
        Pipeline { worker, ledger, shelf, notices }
    }

    /// Pushes what there is now, and returns the account.
    fn push(&self) -> AccountSnapshot {
        self.worker.flush(SOON).unwrap();
        balanced(&self.ledger, 0);
        self.account()
    }

    fn account(&self) -> AccountSnapshot {
        self.ledger.account(Signal::Metrics, NAME, LIKELY).snapshot()
    }
}

fn request(arrived: &Arrived) -> ExportMetricsServiceRequest {
    ExportMetricsServiceRequest::decode(arrived.plain().as_slice()).unwrap()
}

fn metrics(arrived: &Arrived) -> Vec<Metric> {
    let scopes = request(arrived).resource_metrics.into_iter().flat_map(|r| r.scope_metrics);
    scopes.flat_map(|s| s.metrics).collect()
}

/// Returns the points of all sums: name, start, end and value.
fn sums(arrived: &Arrived) -> Vec<(String, u64, u64, f64)> {
    let mut points = Vec::new();
    for metric in metrics(arrived) {
        let Some(Data::Sum(sum)) = metric.data else { continue };
        points.extend(sum.data_points.into_iter().map(|p| {
            let value = match p.value.unwrap() {
                number_data_point::Value::AsInt(value) => value as f64,
                number_data_point::Value::AsDouble(value) => value,
            };
            (metric.name.clone(), p.start_time_unix_nano, p.time_unix_nano, value)
        }));
    }
    points
}

fn attributes(attributes: &[KeyValue]) -> Vec<(&str, Proto)> {
    let value = |value: &Option<AnyValue>| value.clone().unwrap().value.unwrap();
    attributes.iter().map(|a| (a.key.as_str(), value(&a.value))).collect()
}

fn text(value: &str) -> Proto {
    Proto::StringValue(value.to_owned())
}
