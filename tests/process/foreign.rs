//! The `metrics` facade in a process where another recorder is installed: it gets what is declared with `obs`.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // a test fails by panicking, and its name says what holds

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit, with_local_recorder,
};

obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "foreign_orders_total" { region: Region, outcome: obs::Outcome };
    /// Level.
    static LEVEL: Gauge = "foreign_level";
    /// Sizes.
    static SIZES: Histogram = "foreign_size_bytes" buckets = [1.0, 10.0];
}

#[derive(obs::Label, Clone, Copy)]
enum Region {
    Eu,
}

#[obs::observed]
fn work() {}

#[obs::observed]
async fn wait() {
    std::future::pending::<()>().await;
}

fn poll(call: std::pin::Pin<&mut impl Future<Output = ()>>) {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(call.poll(&mut context).is_pending());
}

/// Keeps the sum of every series, under `name{labels}`.
#[derive(Clone, Default)]
struct Other {
    seen: Arc<Mutex<BTreeMap<String, f64>>>,
    registered: Arc<Mutex<Vec<String>>>,
    described: Arc<Mutex<Vec<String>>>,
}

struct Series(Other, String);

impl Other {
    fn series(&self, key: &Key) -> Arc<Series> {
        let labels: Vec<String> = key.labels().map(|l| format!("{}={}", l.key(), l.value())).collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        self.registered.lock().unwrap().push(name.clone());
        Arc::new(Series(self.clone(), name))
    }

    fn describe(&self, name: &KeyName, unit: Option<Unit>, help: &str) {
        let unit = unit.map_or("", |unit| unit.as_str());
        self.described.lock().unwrap().push(format!("{} [{unit}] {help}", name.as_str()));
    }

    #[track_caller]
    fn has(&self, series: &str, value: f64) {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.get(series), Some(&value), "{series} in {seen:#?}");
    }
}

impl Series {
    fn change(&self, next: impl Fn(f64) -> f64) {
        let Series(Other { seen, .. }, name) = self;
        let mut seen = seen.lock().unwrap();
        let value = seen.entry(name.clone()).or_default();
        *value = next(*value);
    }
}

impl CounterFn for Series {
    fn increment(&self, value: u64) {
        assert!(!self.1.contains("region=eu,outcome=panicked"), "as told");
        work(); // annotated itself: it must not be told of what it is told
        self.change(|sum| sum + value as f64);
    }
    fn absolute(&self, value: u64) {
        self.change(|_| value as f64);
    }
}

impl GaugeFn for Series {
    fn increment(&self, value: f64) {
        self.change(|level| level + value);
    }
    fn decrement(&self, value: f64) {
        self.change(|level| level - value);
    }
    fn set(&self, value: f64) {
        self.change(|_| value);
    }
}

impl HistogramFn for Series {
    fn record(&self, value: f64) {
        self.change(|sum| sum + if self.1.contains("bytes") { value } else { 1.0 });
    }
}

impl Recorder for Other {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(&key, unit, &help);
    }
    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(&key, unit, &help);
    }
    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(&key, unit, &help);
    }
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.series(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.series(key))
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.series(key))
    }
}

fn order(outcome: obs::Outcome) {
    ORDERS.with(ORDERS { region: Region::Eu }).outcome(outcome).inc();
}

const OK: &str = "foreign_orders_total{region=eu,outcome=ok}";

#[test]
fn our_updates_reach_the_recorder_of_another() {
    // Before there is one: a handle made now must not be used for ever.
    order(obs::Outcome::Ok);
    LEVEL.set(1.0);

    // One of this thread alone, twice at one place.
    for _ in 0..2 {
        let local = Other::default();
        with_local_recorder(&local, || order(obs::Outcome::Ok));
        local.has(OK, 1.0);
    }

    // Without `init()`, as in a library whose program knows nothing of `obs`.
    let other = Other::default();
    metrics::set_global_recorder(other.clone()).map_err(|_| "taken").unwrap();
    order(obs::Outcome::Ok);
    order(obs::Outcome::Ok);
    other.has(OK, 2.0);

    let guard = obs::builder().admin_off().log("off").init().unwrap();
    order(obs::Outcome::Ok);
    order(obs::Outcome::Error);
    LEVEL.set(4.0);
    LEVEL.add(-1.5);
    SIZES.observe(7.0);
    SIZES.observe(f64::NAN);
    obs::service("foreign-api").in_scope(|| SIZES.observe(3.0));
    std::thread::spawn(work).join().unwrap();
    other.has(OK, 3.0);
    other.has("foreign_orders_total{region=eu,outcome=error}", 1.0);
    other.has("foreign_level{}", 2.5);
    other.has("foreign_size_bytes{}", 7.0);
    other.has("foreign_size_bytes{service_name=foreign-api}", 3.0);
    other.has("function_calls_total{module=foreign,function=work,outcome=ok}", 1.0);
    other.has("function_duration_seconds{module=foreign,function=work,outcome=ok}", 1.0);
    other.has("function_calls_in_flight{module=foreign,function=work}", 0.0);
    let registered = other.registered.lock().unwrap().clone();
    assert_eq!(
        registered.iter().filter(|series| *series == OK).count(),
        1,
        "handles are kept: {registered:?}"
    );
    let described = other.described.lock().unwrap().clone();
    assert!(described.contains(&"foreign_size_bytes [bytes] Sizes.".to_owned()), "{described:?}");

    // A call is told under the service that it began under, wherever it ends.
    let mut call = Box::pin(wait());
    obs::service("foreign-api").in_scope(|| poll(call.as_mut()));
    other.has("function_calls_in_flight{service_name=foreign-api,module=foreign,function=wait}", 1.0);
    drop(call);
    other.has("function_calls_in_flight{service_name=foreign-api,module=foreign,function=wait}", 0.0);

    // What is turned off is told to nobody.
    guard.set_metrics_filter("off").unwrap();
    order(obs::Outcome::Ok);
    LEVEL.set(9.0);
    SIZES.observe(5.0);
    work();
    other.has(OK, 3.0);
    other.has("foreign_level{}", 2.5);
    other.has("foreign_size_bytes{}", 7.0);
    other.has("function_calls_total{module=foreign,function=work,outcome=ok}", 1.0);
    guard.set_metrics_filter("trace").unwrap();

    // Its own metrics stay its own, and its panics too.
    metrics::counter!("its_own").increment(1);
    other.has("its_own{}", 1.0);
    order(obs::Outcome::Panicked);

    let text = guard.metrics_text();
    let has = |line: &str| assert!(text.lines().any(|l| l == line), "{line}\nin\n{text}");
    // Ours count from `init()` on.
    has("foreign_orders_total{region=\"eu\",outcome=\"ok\"} 1");
    has("foreign_orders_total{region=\"eu\",outcome=\"panicked\"} 1");
    has("foreign_level 2.5");
    has("obs_observations_invalid_total 1");
    assert!(!text.contains("its_own"));
}
