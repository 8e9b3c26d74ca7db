//! The peers, as their documentation has them.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{LazyLock, OnceLock};
use std::time::Instant;

use fastrace::local::LocalSpan;
use fastrace::prelude::{Span, SpanContext};
use measured::metric::histogram::Thresholds;
use measured::{CounterVec, HistogramVec};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{ManualReader, SdkMeterProvider};
use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::family::Family;

use super::{BOUNDS, CHILDREN, Kind, Region, Running, Subject, value, work};

const fn subject(case: &'static str, name: &'static str, start: fn() -> Running) -> Subject {
    Subject { case, name, start }
}

pub const SUBJECTS: [Subject; 15] = [
    subject("P6", "measured", || Running::new(measured_count, || Some(sum_measured()))),
    subject("P6", "prometheus", || Running::new(prometheus_count, || Some(sum_prometheus()))),
    subject("P6", "prometheus-client", || Running::new(client_count, || Some(sum_client()))),
    subject("P6", "metrics", || {
        Running::new(facade_count, || super::total(&facade().render(), "orders_total"))
    }),
    subject("P6", "opentelemetry_sdk", || Running::new(otel_count, || None)),
    subject("P7", "measured", || Running::new(measured_observe, || None)),
    subject("P7", "prometheus", || Running::new(prometheus_observe, || None)),
    subject("P7", "prometheus-client", || Running::new(client_observe, || None)),
    subject("P7", "metrics", || Running {
        flush: Box::new(|| facade().run_upkeep()), // what is recorded is kept until then
        ..Running::new(facade_observe, || super::total(&facade().render(), "order_seconds_count"))
    }),
    subject("P7", "opentelemetry_sdk", || Running::new(otel_observe, || None)),
    subject("P8a", "prometheus", || Running::new(|n| _ = prometheus_call(n), || Some(CALLS.get()))),
    subject("P8a", "measured", || Running::new(|n| _ = measured_call(n), || Some(sum_measured()))),
    subject("P8a", "prometheus-client", || Running::new(|n| _ = client_call(n), || Some(sum_client()))),
    subject("P8a", "autometrics", || {
        autometrics::prometheus_exporter::init();
        Running::new(
            |n| _ = auto_call(n),
            || {
                super::total(
                    &autometrics::prometheus_exporter::encode_to_string().ok()?,
                    "function_calls_total",
                )
            },
        )
    }),
    subject("P8b", "fastrace + prometheus", || {
        fastrace::set_reporter(Nowhere, fastrace::collector::Config::default());
        Running {
            flush: Box::new(fastrace::flush),
            ..Running::new(|n| _ = root(n, "eu-west-1", n), || Some(CALLS.get()))
        }
    }),
];

fn all() -> impl Iterator<Item = (Region, Kind)> {
    let kinds = [Kind::Card, Kind::Cash, Kind::Voucher];
    [Region::Eu, Region::Us, Region::Asia, Region::Africa]
        .into_iter()
        .flat_map(move |r| kinds.map(|k| (r, k)))
}

// measured

#[derive(Clone, Copy, measured::LabelGroup)]
#[label(set = OrderSet)]
struct Order {
    region: Region,
    kind: Kind,
}

fn order(n: u64) -> Order {
    Order { region: Region::of(n), kind: Kind::of(n) }
}

static M_ORDERS: LazyLock<CounterVec<OrderSet>> = LazyLock::new(CounterVec::new);
static M_TIMES: LazyLock<HistogramVec<OrderSet, 11>> =
    LazyLock::new(|| HistogramVec::with_metadata(Thresholds::with_buckets(BOUNDS)));

#[inline(never)]
fn measured_count(n: u64) {
    M_ORDERS.inc(order(n));
}

#[inline(never)]
fn measured_observe(n: u64) {
    M_TIMES.observe(order(n), value(n));
}

#[inline(never)]
fn measured_call(n: u64) -> u64 {
    let labels = Order { region: Region::Eu, kind: Kind::Card };
    let start = Instant::now();
    let result = work(n);
    M_TIMES.observe(labels, start.elapsed().as_secs_f64());
    M_ORDERS.inc(labels);
    result
}

fn sum_measured() -> u64 {
    all()
        .map(|(region, kind)| {
            M_ORDERS.get_metric(M_ORDERS.with_labels(Order { region, kind })).count.load(Relaxed)
        })
        .sum()
}

// prometheus

static P_ORDERS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    IntCounterVec::new(Opts::new("orders_total", "Orders."), &["region", "kind"]).expect("valid")
});
static P_TIMES: LazyLock<prometheus::HistogramVec> = LazyLock::new(|| {
    let options = HistogramOpts::new("order_seconds", "Times.").buckets(BOUNDS.to_vec());
    prometheus::HistogramVec::new(options, &["region", "kind"]).expect("valid")
});
static CALLS: LazyLock<IntCounter> =
    LazyLock::new(|| IntCounter::new("calls_total", "Calls.").expect("valid"));
static DURATION: LazyLock<Histogram> = LazyLock::new(|| {
    Histogram::with_opts(HistogramOpts::new("call_seconds", "Times.").buckets(BOUNDS.to_vec()))
        .expect("valid")
});
static IN_FLIGHT: LazyLock<IntGauge> = LazyLock::new(|| IntGauge::new("in_flight", "Calls.").expect("valid"));

#[inline(never)]
fn prometheus_count(n: u64) {
    P_ORDERS.with_label_values(&[Region::of(n).as_str(), Kind::of(n).as_str()]).inc();
}

#[inline(never)]
fn prometheus_observe(n: u64) {
    P_TIMES.with_label_values(&[Region::of(n).as_str(), Kind::of(n).as_str()]).observe(value(n));
}

#[inline(never)]
fn prometheus_call(n: u64) -> u64 {
    let start = Instant::now();
    let result = work(n);
    DURATION.observe(start.elapsed().as_secs_f64());
    CALLS.inc();
    result
}

fn sum_prometheus() -> u64 {
    all().map(|(r, k)| P_ORDERS.with_label_values(&[r.as_str(), k.as_str()]).get()).sum()
}

// prometheus-client

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    region: Region,
    kind: Kind,
}

impl EncodeLabelValue for Region {
    fn encode(&self, encoder: &mut prometheus_client::encoding::LabelValueEncoder<'_>) -> std::fmt::Result {
        EncodeLabelValue::encode(&self.as_str(), encoder)
    }
}

impl EncodeLabelValue for Kind {
    fn encode(&self, encoder: &mut prometheus_client::encoding::LabelValueEncoder<'_>) -> std::fmt::Result {
        EncodeLabelValue::encode(&self.as_str(), encoder)
    }
}

type ClientCounter = prometheus_client::metrics::counter::Counter;
type ClientHistogram = prometheus_client::metrics::histogram::Histogram;

static C_ORDERS: LazyLock<Family<Labels, ClientCounter>> = LazyLock::new(Family::default);
static C_TIMES: LazyLock<Family<Labels, ClientHistogram>> =
    LazyLock::new(|| Family::new_with_constructor(|| ClientHistogram::new(BOUNDS)));

fn labels(n: u64) -> Labels {
    Labels { region: Region::of(n), kind: Kind::of(n) }
}

#[inline(never)]
fn client_count(n: u64) {
    C_ORDERS.get_or_create(&labels(n)).inc();
}

#[inline(never)]
fn client_observe(n: u64) {
    C_TIMES.get_or_create(&labels(n)).observe(value(n));
}

#[inline(never)]
fn client_call(n: u64) -> u64 {
    let labels = Labels { region: Region::Eu, kind: Kind::Card };
    let start = Instant::now();
    let result = work(n);
    C_TIMES.get_or_create(&labels).observe(start.elapsed().as_secs_f64());
    C_ORDERS.get_or_create(&labels).inc();
    result
}

fn sum_client() -> u64 {
    all().map(|(region, kind)| C_ORDERS.get_or_create(&Labels { region, kind }).get()).sum()
}

// metrics

fn facade() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&BOUNDS).expect("valid");
        builder.install_recorder().expect("it starts")
    })
}

#[inline(never)]
fn facade_count(n: u64) {
    static READY: LazyLock<()> = LazyLock::new(|| _ = facade());
    LazyLock::force(&READY);
    metrics::counter!("orders_total", "region" => Region::of(n).as_str(), "kind" => Kind::of(n).as_str())
        .increment(1);
}

#[inline(never)]
fn facade_observe(n: u64) {
    static READY: LazyLock<()> = LazyLock::new(|| _ = facade());
    LazyLock::force(&READY);
    metrics::histogram!("order_seconds", "region" => Region::of(n).as_str(), "kind" => Kind::of(n).as_str())
        .record(value(n));
}

// opentelemetry_sdk

struct Otel {
    _provider: SdkMeterProvider,
    orders: opentelemetry::metrics::Counter<u64>,
    times: opentelemetry::metrics::Histogram<f64>,
}

static OTEL: LazyLock<Otel> = LazyLock::new(|| {
    let provider = SdkMeterProvider::builder().with_reader(ManualReader::builder().build()).build();
    let meter = provider.meter("benches");
    let times = meter.f64_histogram("order_seconds").with_boundaries(BOUNDS.to_vec()).build();
    Otel { orders: meter.u64_counter("orders_total").build(), times, _provider: provider }
});

fn attributes(n: u64) -> [KeyValue; 2] {
    [KeyValue::new("region", Region::of(n).as_str()), KeyValue::new("kind", Kind::of(n).as_str())]
}

#[inline(never)]
fn otel_count(n: u64) {
    OTEL.orders.add(1, &attributes(n));
}

#[inline(never)]
fn otel_observe(n: u64) {
    OTEL.times.record(value(n), &attributes(n));
}

// autometrics

#[inline(never)]
#[autometrics::autometrics]
fn auto_call(n: u64) -> u64 {
    work(n)
}

// fastrace with the handles of prometheus

struct Nowhere;

impl fastrace::collector::Reporter for Nowhere {
    fn report(&mut self, _: Vec<fastrace::collector::SpanRecord>) {}
}

type Property = (&'static str, std::borrow::Cow<'static, str>);

fn properties(a: u64, b: &'static str, c: u64) -> [Property; 3] {
    [("a", a.to_string().into()), ("b", b.into()), ("c", c.to_string().into())]
}

fn metered(call: impl FnOnce() -> u64) -> u64 {
    IN_FLIGHT.inc();
    let start = Instant::now();
    let result = call();
    DURATION.observe(start.elapsed().as_secs_f64());
    CALLS.inc();
    IN_FLIGHT.dec();
    result
}

#[inline(never)]
fn child(a: u64, b: &'static str, c: u64) -> u64 {
    let _span = LocalSpan::enter_with_local_parent("child").with_properties(|| properties(a, b, c));
    metered(|| work(a + c))
}

#[inline(never)]
fn root(a: u64, b: &'static str, c: u64) -> u64 {
    let span = Span::root("root", SpanContext::random()).with_properties(|| properties(a, b, c));
    let _parent = span.set_local_parent();
    metered(|| (0..CHILDREN).map(|n| child(a, b, n)).sum::<u64>() + c)
}
