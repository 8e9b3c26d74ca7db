//! A test's own telemetry: captured, and drawn as a tree. And a collector that misbehaves, for tests of what is sent.

mod catalog;
mod collector;
mod current;
mod tree;

use std::ops::AsyncFnOnce;
use std::sync::{Arc, LazyLock};

#[cfg(test)]
use tracing::subscriber::DefaultGuard;
use tracing::subscriber::NoSubscriber;
use tracing_core::Dispatch;
use tracing_subscriber::Layer;

use crate::engine::collector::{Collector, CollectorSettings};
use crate::engine::limits::Limits;
use crate::engine::sampler::{Sampler, SamplerSettings};
use crate::engine::shadow::{Spans, Stacked};
use crate::engine::subscriber::{Engine, Parts, Wanted};
use crate::metrics::{Captured, Counter, Gauge, Histogram, LabelSet};
use crate::outcome::Outcome;
use crate::record::{LogRecord, SpanRecord};

pub use self::catalog::{assert_catalog, catalog_snapshot};
pub use self::collector::{Fault, FaultyCollector, Received, ReceivedRequest, ReceivedSpan, RetryAfter};
pub use crate::export::Memory;
pub use crate::metrics::Summary;
pub(crate) use current::{Current, Inside};
#[cfg(test)]
pub(crate) use tree::draw;

/// While there is only one dispatcher, `tracing` asks the default of whichever thread meets a callsite first; that of a
/// parallel test without one says `never`, for everybody. A second dispatcher makes it ask all of them.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// Everything that was recorded inside [`capture`]. Values of several services are added up.
#[derive(Debug)]
pub struct Telemetry {
    recorded: Recorded,
    metrics: Captured,
}

/// Runs `test` with a pipeline of its own: spans, logs and metrics that are made inside are seen by `test` alone,
/// whatever other tests do at the same time.
///
/// Inside is what this thread does, and what [`spawn`](crate::spawn), [`spawn_blocking`](crate::spawn_blocking),
/// [`spawn_thread`](crate::spawn_thread) and [`carry`](crate::carry) take along from it. What is spawned otherwise, as by
/// `tokio::spawn`, is outside on any other thread: its spans and numbers go where they go without a capture. Async code
/// runs on a current-thread runtime inside, or under [`capture_async`]. Needs no `init()` and starts no thread.
pub fn capture<R>(test: impl FnOnce(&Telemetry) -> R) -> R {
    let (telemetry, current) = Telemetry::new(Dispatch::new);
    let _inside = current.enter();
    test(&telemetry)
}

/// Runs an asynchronous `test` as [`capture`] does, on the runtime that polls it, of whichever kind: what else runs on
/// its threads is outside.
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// obs::testing::capture_async(async |t| {
///     obs::spawn(async { tracing::info!("elsewhere") }).await.unwrap();
///     assert_eq!(t.logs().len(), 1);
/// })
/// .await;
/// # });
/// ```
pub async fn capture_async<R>(test: impl AsyncFnOnce(&Telemetry) -> R) -> R {
    let (telemetry, current) = Telemetry::new(Dispatch::new);
    current::Polled::new(current, test(&telemetry)).await
}

/// Runs an asynchronous `test` as [`capture`] does, on a current-thread runtime with timers and I/O; what `#[obs::test]`
/// makes of an `async fn`.
///
/// # Panics
///
/// Where the system gives no such runtime, and inside of another one.
#[allow(clippy::expect_used)] // a test fails by panicking
pub fn block_on<R>(test: impl AsyncFnOnce(&Telemetry) -> R) -> R {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("the system gives a runtime").block_on(capture_async(test))
}

/// Runs `test` as [`capture`] does, with a `tracing_subscriber` layer on top, as
/// [`Builder::layer`](crate::Builder::layer) puts it.
pub fn capture_with_layer<R>(
    layer: impl Layer<Spans> + Send + Sync,
    test: impl FnOnce(&Telemetry) -> R,
) -> R {
    let (telemetry, current) = Telemetry::new(|engine| Dispatch::new(Stacked::new(engine, Box::new(layer))));
    let _inside = current.enter();
    test(&telemetry)
}

/// Records this thread's spans and events until the guard is dropped.
#[cfg(test)]
pub(crate) fn record() -> (Recorded, DefaultGuard) {
    LazyLock::force(&SECOND);
    let (recorded, engine) = Recorded::new(Limits::default(), SamplerSettings::default(), Wanted::all());
    (recorded, tracing::subscriber::set_default(engine))
}

/// What a subscriber of its own recorded.
pub(crate) struct Recorded {
    memory: Memory,
    collector: Arc<Collector>,
}

impl std::fmt::Debug for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.memory.fmt(f)
    }
}

impl Recorded {
    /// Makes a subscriber that keeps what it records.
    pub(crate) fn new(limits: Limits, sampler: SamplerSettings, wanted: Wanted) -> (Self, Engine) {
        let memory = Memory::default();
        let sink = Arc::new(memory.clone());
        let settings = CollectorSettings { limits, ..CollectorSettings::default() };
        let collector = Collector::inline(Arc::clone(&sink) as _, settings);
        let parts = Parts {
            collector: Arc::clone(&collector),
            sampler: Arc::new(Sampler::new(sampler)),
            sink,
            limits,
            log_limits: Default::default(),
            wanted,
        };
        (Recorded { memory, collector }, Engine::new(parts))
    }

    /// Returns the spans that have ended so far.
    pub(crate) fn spans(&self) -> Vec<Arc<SpanRecord>> {
        self.collector.collect();
        self.memory.spans()
    }

    /// Draws them.
    pub(crate) fn tree(&self) -> String {
        tree::draw(&self.spans())
    }

    /// Returns the log records so far.
    pub(crate) fn logs(&self) -> Vec<Arc<LogRecord>> {
        self.memory.logs()
    }
}

impl Telemetry {
    /// Makes the pipeline of one test, and what is current for those inside.
    fn new(dispatch: impl FnOnce(Engine) -> Dispatch) -> (Telemetry, Current) {
        LazyLock::force(&SECOND);
        let (recorded, engine) = Recorded::new(Limits::default(), SamplerSettings::default(), Wanted::all());
        let metrics = Captured::default();
        let current = Current::new(dispatch(engine), metrics.clone());
        (Telemetry { recorded, metrics }, current)
    }

    /// Returns the spans that have ended, in the order in which they did.
    pub fn spans(&self) -> Vec<Arc<SpanRecord>> {
        self.recorded.spans()
    }

    /// Returns the log records, oldest first.
    pub fn logs(&self) -> Vec<Arc<LogRecord>> {
        self.recorded.logs()
    }

    /// Draws the spans that have ended as trees, children in the order in which they began.
    ///
    /// A span is a line: name, kind unless internal, outcome, attributes; an event is a line under its span. A span
    /// whose parent is not among them is a root.
    ///
    /// ```text
    /// place_order ok order.id=7
    /// |- charge error error.type=app::Declined
    /// |  * card declined level=WARN
    /// `- publish (producer) ok messaging.destination.name=orders.placed
    /// ```
    pub fn tree(&self) -> String {
        self.recorded.tree()
    }

    /// Returns a series of a counter; where it has an `outcome` label, the outcomes are added up.
    pub fn counter<L: LabelSet>(&self, metric: &'static Counter<L>, labels: L) -> u64 {
        self.metrics.counter(metric, labels, None)
    }

    /// Returns a series of a counter with an `outcome` label.
    pub fn counter_with<L: LabelSet>(&self, metric: &'static Counter<L>, labels: L, outcome: Outcome) -> u64 {
        self.metrics.counter(metric, labels, Some(outcome))
    }

    /// Returns a series of a histogram; where it has an `outcome` label, the outcomes are added up.
    pub fn histogram<L: LabelSet>(&self, metric: &'static Histogram<L>, labels: L) -> Summary {
        self.metrics.histogram(metric, labels, None)
    }

    /// Returns a series of a histogram with an `outcome` label.
    pub fn histogram_with<L: LabelSet>(
        &self,
        metric: &'static Histogram<L>,
        labels: L,
        outcome: Outcome,
    ) -> Summary {
        self.metrics.histogram(metric, labels, Some(outcome))
    }

    /// Returns the series of a counter that have these labels, added up; for counters that an attribute declares, and for
    /// one `error_type`.
    pub fn counter_named(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        self.metrics.counter_named(name, labels)
    }

    /// Returns the series of a histogram that have these labels, added up; for those that an attribute declares, and for
    /// one `error_type`.
    pub fn histogram_named(&self, name: &str, labels: &[(&str, &str)]) -> Summary {
        self.metrics.histogram_named(name, labels)
    }

    /// Returns a series of a gauge; `None` where it was never set.
    pub fn gauge<L: LabelSet>(&self, metric: &'static Gauge<L>, labels: L) -> Option<f64> {
        self.metrics.gauge(metric, labels)
    }

    /// Returns how often an annotated function, `function` or `Type::method`, ended like this.
    pub fn calls(&self, function: &str, outcome: Outcome) -> u64 {
        self.metrics.calls(function, outcome)
    }

    /// Returns how long the calls of an annotated function took that ended like this, in seconds.
    pub fn durations(&self, function: &str, outcome: Outcome) -> Summary {
        self.metrics.durations(function, outcome)
    }

    /// Returns how many calls of an annotated function have begun and not ended.
    pub fn in_flight(&self, function: &str) -> i64 {
        self.metrics.in_flight(function)
    }
}
