//! The same accounts under the names of OpenTelemetry ("Semantic conventions for OpenTelemetry SDK metrics").

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Account, AccountSnapshot, Reason, Signal};
use crate::record::{Family, MetricKind, MetricVisitor, Point};

/// An exporter with its queue: in the words of OpenTelemetry, a processor and an exporter.
pub(in crate::export) struct Component {
    pub(super) account: Arc<Account>,
    /// `otel.component.type` of the exporter, as in `otlp_http_span_exporter`.
    kind: String,
    /// Where it is, as people are told.
    pub(super) place: String,
    /// How the last attempt failed, unless one has succeeded since.
    trouble: Mutex<Option<String>>,
    /// `server.address` and `server.port`, where it is in a network.
    server: Option<(String, String)>,
    /// What waits.
    waiting: Box<dyn Fn() -> Waiting + Send + Sync>,
    /// How many may.
    capacity: usize,
    /// Exports, by what went wrong; an empty text where nothing did.
    durations: Mutex<BTreeMap<&'static str, Durations>>,
    /// Looks at all metrics.
    collections: Mutex<Durations>,
}

/// What waits in a queue.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::export) struct Waiting {
    pub(in crate::export) items: usize,
    /// Of what may, items or bytes, whichever is nearer to its bound: from 0 to 1.
    pub(in crate::export) filled: f64,
}

/// The usual bounds of durations, in seconds.
const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// How long something took, often.
#[derive(Clone, Debug, Default)]
struct Durations {
    buckets: [u64; BOUNDS.len() + 1],
    sum: f64,
}

impl Durations {
    fn add(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let at = BOUNDS.partition_point(|bound| *bound < seconds);
        if let Some(bucket) = self.buckets.get_mut(at) {
            *bucket += 1;
        }
        self.sum += seconds;
    }

    fn point(&self) -> Point<'_> {
        let (buckets, sum) = (&self.buckets[..], self.sum);
        Point::Histogram { bounds: &BOUNDS, buckets, sum, exemplars: &[], exponential: None }
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Component {
    /// Describes an exporter of `family` (`otlp_http`, `zipkin_http`, ..) and its queue.
    pub(in crate::export) fn new(
        account: Arc<Account>,
        family: &str,
        (place, server): (String, Option<(String, u16)>),
        capacity: usize,
        waiting: impl Fn() -> Waiting + Send + Sync + 'static,
    ) -> Arc<Self> {
        let kind = format!("{family}_{}_exporter", of_signal(account.signal).0);
        Arc::new(Component {
            account,
            kind,
            place,
            trouble: Mutex::default(),
            server: server.map(|(address, port)| (address, port.to_string())),
            waiting: Box::new(waiting),
            capacity,
            // What goes well is shown from the start.
            durations: Mutex::new(BTreeMap::from([("", Durations::default())])),
            collections: Mutex::default(),
        })
    }

    /// Returns how full the queue is, from 0 to 1.
    pub(super) fn filled(&self) -> f64 {
        (self.waiting)().filled
    }

    /// Notes how an attempt failed, in words that are harmless; `None` where it did not.
    pub(in crate::export) fn troubled(&self, how: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = how;
    }

    /// Returns how the last attempt failed, unless one has succeeded since.
    pub(in crate::export) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes how long it took to look at all metrics.
    pub(in crate::export) fn collected(&self, duration: Duration) {
        self.collections.lock().unwrap_or_else(PoisonError::into_inner).add(duration);
    }

    /// Notes how long an export took, from its first attempt to the fate of its items, and what went wrong.
    pub(in crate::export) fn took(&self, duration: Duration, error: Option<Reason>) {
        let mut durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        durations.entry(error.map_or("", Reason::as_str)).or_default().add(duration);
    }
}

/// Returns how items of a signal are called in names: that of the exporter, and those of metrics.
fn of_signal(signal: Signal) -> (&'static str, &'static str) {
    match signal {
        Signal::Traces => ("span", "span"),
        Signal::Logs => ("log", "log"),
        Signal::Metrics => ("metric", "metric_data_point"),
    }
}

/// One component at one moment, with its names.
struct Seen {
    component: Arc<Component>,
    account: AccountSnapshot,
    waiting: u64,
    exporter: String,
    processor: String,
}

impl Seen {
    /// All components; those of one type are numbered.
    fn all(components: &[Arc<Component>]) -> Vec<Seen> {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut number = |of| {
            let next = numbers.entry(of).or_default();
            *next += 1;
            *next - 1
        };
        let mut all = Vec::with_capacity(components.len());
        for component in components {
            let exporter = format!("{}/{}", component.kind, number(&component.kind));
            let processor = processor(component.account.signal);
            let processor = format!("{processor}/{}", number(processor));
            // Before the account: what waits is in it.
            let waiting = (component.waiting)().items as u64;
            let (account, component) = (component.account.snapshot(), Arc::clone(component));
            let waiting = waiting.min(account.queued);
            all.push(Seen { component, account, waiting, exporter, processor });
        }
        all
    }

    /// What a batching processor did not hand on to the exporter.
    fn refused(&self) -> [(&'static str, u64); 2] {
        let full = [Reason::QueueItems, Reason::QueueBytes].iter().map(|r| self.account.dropped(*r)).sum();
        [("queue_full", full), (Reason::TooLarge.as_str(), self.account.dropped(Reason::TooLarge))]
    }

    /// Items of which the exporter knows the fate, by what went wrong.
    fn exported(&self) -> Vec<(&'static str, u64)> {
        let mut fates = vec![("", self.account.exported)];
        fates.extend((self.account.rejected > 0).then_some(("rejected", self.account.rejected)));
        let of_queue = [Reason::QueueItems, Reason::QueueBytes, Reason::TooLarge];
        for reason in Reason::ALL.iter().filter(|reason| !of_queue.contains(reason)) {
            let count = self.account.dropped(*reason);
            fates.extend((count > 0).then_some((reason.as_str(), count)));
        }
        fates
    }

    fn of_exporter(&self) -> Vec<(&str, &str)> {
        let mut labels = vec![
            ("otel_component_name", self.exporter.as_str()),
            ("otel_component_type", self.component.kind.as_str()),
        ];
        if let Some((address, port)) = &self.component.server {
            labels.extend([("server_address", address.as_str()), ("server_port", port.as_str())]);
        }
        labels
    }

    fn of_processor(&self) -> Vec<(&str, &str)> {
        let kind = processor(self.account.signal);
        vec![("otel_component_name", self.processor.as_str()), ("otel_component_type", kind)]
    }
}

fn processor(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "batching_span_processor",
        Signal::Logs => "batching_log_processor",
        Signal::Metrics => "periodic_metric_reader",
    }
}

/// Adds what went wrong; nothing where nothing did.
fn with_error<'a>(mut labels: Vec<(&'a str, &'a str)>, error: &'a str) -> Vec<(&'a str, &'a str)> {
    labels.extend((!error.is_empty()).then_some(("error_type", error)));
    labels
}

/// Shows all components, metric by metric.
pub(super) fn visit(components: &[Arc<Component>], visitor: &mut dyn MetricVisitor) {
    let seen = Seen::all(components);
    for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
        let seen: Vec<&Seen> = seen.iter().filter(|seen| seen.account.signal == signal).collect();
        if seen.is_empty() {
            continue;
        }
        if signal != Signal::Metrics {
            processors(&seen, of_signal(signal).1, visitor);
        }
        exporters(&seen, of_signal(signal).1, visitor);
    }
    if !seen.is_empty() {
        let help = "Time from the first attempt to export a batch until its fate is known.";
        let name = "otel_sdk_exporter_operation_duration_seconds";
        visitor.family(&Family { name, help, unit: "seconds", kind: MetricKind::Histogram });
    }
    for seen in &seen {
        let durations = seen.component.durations.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (error, durations) in &durations {
            visitor.point(&with_error(seen.of_exporter(), error), durations.point());
        }
    }
    readers(&seen, visitor);
}

fn readers(seen: &[Seen], visitor: &mut dyn MetricVisitor) {
    let mut seen = seen.iter().filter(|seen| seen.account.signal == Signal::Metrics).peekable();
    if seen.peek().is_none() {
        return;
    }
    let name = "otel_sdk_metric_reader_collection_duration_seconds";
    let help = "Time that looking at all metrics took.";
    visitor.family(&Family { name, help, unit: "seconds", kind: MetricKind::Histogram });
    for one in seen {
        let collections = one.component.collections.lock().unwrap_or_else(PoisonError::into_inner).clone();
        visitor.point(&one.of_processor(), collections.point());
    }
}

fn processors(seen: &[&Seen], items: &str, visitor: &mut dyn MetricVisitor) {
    let family = |visitor: &mut dyn MetricVisitor, what: &str, help: &str, kind| {
        let name = format!("otel_sdk_processor_{items}_{what}");
        visitor.family(&Family { name: &name, help, unit: "", kind });
    };
    family(visitor, "queue_size", "Items that wait for an exporter.", MetricKind::Gauge);
    for one in seen {
        visitor.point(&one.of_processor(), Point::Gauge(one.waiting as f64));
    }
    family(visitor, "queue_capacity", "Items that may wait for an exporter.", MetricKind::Gauge);
    for one in seen {
        visitor.point(&one.of_processor(), Point::Gauge(one.component.capacity as f64));
    }
    let help = "Items handed to an exporter, or lost before.";
    family(visitor, "processed_total", help, MetricKind::Counter);
    for one in seen {
        let refused = one.refused();
        let lost: u64 = refused.iter().map(|(_, count)| count).sum();
        let handed = one.account.accepted.saturating_sub(one.waiting + lost);
        visitor.point(&one.of_processor(), Point::Counter(handed));
        for (error, count) in refused.iter().filter(|(_, count)| *count > 0) {
            visitor.point(&with_error(one.of_processor(), error), Point::Counter(*count));
        }
    }
}

fn exporters(seen: &[&Seen], items: &str, visitor: &mut dyn MetricVisitor) {
    let name = format!("otel_sdk_exporter_{items}_inflight");
    let help = "Items whose export runs.";
    visitor.family(&Family { name: &name, help, unit: "", kind: MetricKind::Gauge });
    for one in seen {
        let running = one.account.queued - one.waiting;
        visitor.point(&one.of_exporter(), Point::Gauge(running as f64));
    }
    let name = format!("otel_sdk_exporter_{items}_exported_total");
    let help = "Items whose export has ended, well or with an error.";
    visitor.family(&Family { name: &name, help, unit: "", kind: MetricKind::Counter });
    for one in seen {
        for (error, count) in one.exported() {
            visitor.point(&with_error(one.of_exporter(), error), Point::Counter(count));
        }
    }
}
