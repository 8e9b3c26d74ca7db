//! The `metrics` facade: what other crates count by its macros is shown beside ours.
//!
//! Memory is bounded, whatever names and labels they make up: see [`limits`]. Histograms keep buckets and no samples.
//! Series are those of the process: handles are kept by those who update them, wherever they run.

mod bounds;
mod cell;
mod family;
mod limits;
mod name;
mod show;
mod store;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use ::metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit, set_global_recorder,
};

use self::store::Store;
use crate::callsite::{CATALOG, Entry};
use crate::metrics::{base, found_foreign_recorder, found_own_recorder, is_reserved, whole};
use crate::record::{MetricKind, MetricSource};

/// What becomes of the facade in this process.
pub(crate) enum Installed {
    /// It is ours, and shown by this.
    Ours(Arc<dyn MetricSource>),
    /// Another recorder was there first: it keeps what it gets, and gets ours.
    Foreign,
}

/// Makes our recorder that of the process, unless there is one.
pub(crate) fn install() -> Installed {
    static OURS: OnceLock<Arc<Store>> = OnceLock::new();
    if let Some(store) = OURS.get() {
        return Installed::Ours(Arc::clone(store) as _); // an `init()` that failed afterwards
    }
    let store = Arc::new(Store::new(is_taken));
    if set_global_recorder(Facade(Arc::clone(&store))).is_err() {
        found_foreign_recorder();
        return Installed::Foreign;
    }
    found_own_recorder();
    Installed::Ours(Arc::clone(OURS.get_or_init(|| store)) as _)
}

/// Tells whether a family of this name, or one that it would be taken for a part of, is shown by others of this program.
fn is_taken(name: &str) -> bool {
    is_shown(name) || whole(name).is_some_and(is_shown)
}

fn is_shown(name: &str) -> bool {
    let declared = |entry: &Entry| match entry {
        Entry::Metric(metric) => base(metric.descriptor().name()) == base(name),
        Entry::Function(_) | Entry::Health(_) => false,
    };
    is_reserved(name) || CATALOG.iter().any(declared)
}

/// The recorder.
struct Facade(Arc<Store>);

impl Recorder for Facade {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.0.describe(MetricKind::Counter, key.as_str(), unit, &help);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.0.describe(MetricKind::Gauge, key.as_str(), unit, &help);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.0.describe(MetricKind::Histogram, key.as_str(), unit, &help);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.0.counters.get(key, || self.0.count(key)).map_or(Counter::noop(), Counter::from_arc)
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.0.gauges.get(key, || self.0.level(key)).map_or(Gauge::noop(), Gauge::from_arc)
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.0.histograms.get(key, || self.0.distribution(key)).map_or(Histogram::noop(), Histogram::from_arc)
    }
}
