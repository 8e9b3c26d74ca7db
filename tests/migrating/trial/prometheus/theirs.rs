//! As it was.

use std::sync::{LazyLock, Once};

use lazy_static::lazy_static;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{
    Counter, Gauge, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, PullingGauge, Registry,
    TextEncoder, exponential_buckets, linear_buckets, opts, register_gauge, register_histogram,
    register_int_counter, register_int_counter_vec, register_int_gauge, register_int_gauge_vec,
};

lazy_static! {
    static ref ORDERS: IntCounter = register_int_counter!("orders_total", "Orders.").unwrap();
}
static ANSWERS: LazyLock<IntCounterVec> =
    LazyLock::new(|| register_int_counter_vec!("answers_total", "Answers.", &["region"]).unwrap());
static SPENT: LazyLock<IntCounterVec> =
    LazyLock::new(|| register_int_counter_vec!("spent_cents_total", "Spent.", &["customer"]).unwrap());
static WAITING: LazyLock<Gauge> =
    LazyLock::new(|| register_gauge!("orders_waiting", "Orders that wait.").unwrap());
static JOBS: LazyLock<IntGaugeVec> =
    LazyLock::new(|| register_int_gauge_vec!("jobs_waiting", "Jobs.", &["region"]).unwrap());
static ORDER_TIME: LazyLock<Histogram> =
    LazyLock::new(|| register_histogram!("order_duration_seconds", "Time.").unwrap());
static SIZE: LazyLock<Histogram> =
    LazyLock::new(|| register_histogram!("order_size_bytes", "Size.", vec![100.0, 1000.0]).unwrap());
static PAGE: LazyLock<Histogram> = LazyLock::new(|| {
    register_histogram!("page_bytes", "Pages.", exponential_buckets(1.0, 10.0, 3).unwrap()).unwrap()
});
static ROW: LazyLock<Histogram> = LazyLock::new(|| {
    register_histogram!("row_bytes", "Rows.", linear_buckets(10.0, 20.0, 3).unwrap()).unwrap()
});
static READ: LazyLock<Histogram> =
    LazyLock::new(|| register_histogram!("read_duration_seconds", "Reads.").unwrap());
static VISITS: LazyLock<IntCounter> = LazyLock::new(|| {
    register_int_counter!(opts!("visits_total", "Visits.").namespace("shop").subsystem("web")).unwrap()
});
static BUILD: LazyLock<IntGauge> = LazyLock::new(|| {
    register_int_gauge!(opts!("shop_build_info", "Build.").const_label("version", "1.2")).unwrap()
});

struct Idle(IntGauge);

impl Collector for Idle {
    fn desc(&self) -> Vec<&Desc> {
        self.0.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.0.set(5);
        self.0.collect()
    }
}

/// Does so once in the process.
pub(super) fn update() {
    static ONCE: Once = Once::new();
    ONCE.call_once(update_once);
}

fn update_once() {
    ORDERS.inc();
    ORDERS.inc_by(2);
    ANSWERS.with_label_values(&["eu"]).inc();
    let customer = String::from("acme");
    SPENT.with_label_values(&[&customer]).inc_by(47);
    WAITING.set(3.0);
    WAITING.inc();
    WAITING.dec();
    WAITING.add(1.0);
    WAITING.sub(2.0);
    JOBS.with_label_values(&["us"]).set(3);
    let workers = PullingGauge::new("workers", "Workers.", Box::new(|| 4.0)).unwrap();
    prometheus::register(Box::new(workers)).unwrap();
    let idle = IntGauge::new("idle_workers", "Idle workers.").unwrap();
    prometheus::register(Box::new(Idle(idle))).unwrap();
    ORDER_TIME.observe(0.25);
    ORDER_TIME.observe(0.25_f64.next_up());
    SIZE.observe(100.5);
    PAGE.observe(7.0);
    ROW.observe(25.0);
    let timer = READ.start_timer();
    timer.observe_duration();
    let timer = READ.start_timer();
    timer.stop_and_discard();
    READ.observe_closure_duration(|| ());
    let _timer = READ.start_timer();
    VISITS.inc();
    BUILD.set(1);
}

pub(super) fn shown() -> String {
    TextEncoder::new().encode_to_string(&prometheus::gather()).unwrap()
}

pub(super) fn constant() -> String {
    let orders = opts!("web_orders_total", "Orders.").const_label("channel", "web");
    let orders = IntCounter::with_opts(orders).unwrap();
    let registry = Registry::new();
    registry.register(Box::new(orders.clone())).unwrap();
    orders.inc();
    TextEncoder::new().encode_to_string(&registry.gather()).unwrap()
}

pub(super) fn custom() -> String {
    let labels = [("zone".to_owned(), "a".to_owned())].into();
    let registry = Registry::new_custom(Some("shop_web".to_owned()), Some(labels)).unwrap();
    let visits = IntCounter::new("visits_total", "Visits.").unwrap();
    registry.register(Box::new(visits)).unwrap();
    TextEncoder::new().encode_to_string(&registry.gather()).unwrap()
}

/// What ours has no counterpart of.
pub(super) fn without_counterpart() {
    let spent = Counter::new("spent_euros_total", "Spent.").unwrap();
    prometheus::register(Box::new(spent.clone())).unwrap();
    spent.inc_by(0.5);
    spent.local().inc_by(0.25);
    assert!((spent.get() - 0.5).abs() < 1e-9, "local until it is flushed");
    spent.reset();
    assert!(shown().contains("spent_euros_total 0"));
    prometheus::unregister(Box::new(spent)).unwrap();
    assert!(!shown().contains("spent_euros_total"));
    let calls = IntCounterVec::new(opts!("calls_total", "Calls."), &["region"]).unwrap();
    calls.with_label_values(&["eu"]).inc();
    calls.remove_label_values(&["eu"]).unwrap();
    assert!(calls.remove_label_values(&["eu"]).is_err());
}
