//! The handles of another's recorder.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use ::metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Unit, with_recorder};

use super::{Change, Series, recorder};
use crate::hostile::guarded;
use crate::record::MetricKind;
use crate::service::Service;

/// A series of the other's.
#[derive(Clone)]
enum Handle {
    Counter(Counter),
    Gauge(Gauge),
    Histogram(Histogram),
}

/// Cells, slot and service.
type Place = (usize, usize, usize);

/// The handles of the process' recorder, with its address.
static HANDLES: LazyLock<RwLock<HashMap<Place, (usize, Handle)>>> = LazyLock::new(RwLock::default);

thread_local! {
    /// Whether this thread is telling: a recorder that is annotated itself would be told of what it is told.
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

/// Tells the current recorder. Its panics stay here.
pub(super) fn tell(series: &Series<'_>, change: Change) {
    if matches!(change, Change::Observe(value) if value.is_nan()) {
        return; // as in our own cells
    }
    let Some(address) = recorder::current() else { return };
    if TELLING.try_with(|telling| telling.replace(true)) != Ok(false) {
        return;
    }
    let _done = guarded(|| handle(series, address).change(change));
    let _gone = TELLING.try_with(|telling| telling.set(false));
}

fn handle(series: &Series<'_>, address: usize) -> Handle {
    if !recorder::is_global(address) {
        return make(series);
    }
    let place = (series.cells, series.slot, series.service.index());
    let known = HANDLES.read().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
    if let Some((_, handle)) = known.filter(|(from, _)| *from == address) {
        return handle;
    }
    let handle = make(series);
    let mut handles = HANDLES.write().unwrap_or_else(PoisonError::into_inner);
    handles.insert(place, (address, handle.clone()));
    handle
}

/// Registers a series, and says what its metric is.
fn make(series: &Series<'_>) -> Handle {
    static METADATA: Metadata<'static> = Metadata::new("obs", Level::INFO, None);
    let (family, service) = (series.family, series.service);
    let mut labels: Vec<Label> = Vec::new();
    if service != Service::PROCESS {
        labels.push(Label::new("service_name", service.name()));
    }
    labels.extend((series.labels)().into_iter().map(|(key, value)| Label::new(key, value)));
    let key = Key::from_parts(family.name, labels);
    let (name, help) = (key.name_shared(), family.help.into());
    let unit = Unit::from_string(family.unit);
    with_recorder(|recorder| match family.kind {
        MetricKind::Counter => {
            recorder.describe_counter(name, unit, help);
            Handle::Counter(recorder.register_counter(&key, &METADATA))
        }
        MetricKind::Gauge | MetricKind::Info => {
            recorder.describe_gauge(name, unit, help);
            Handle::Gauge(recorder.register_gauge(&key, &METADATA))
        }
        MetricKind::Histogram => {
            recorder.describe_histogram(name, unit, help);
            Handle::Histogram(recorder.register_histogram(&key, &METADATA))
        }
    })
}

impl Handle {
    fn change(&self, change: Change) {
        match (self, change) {
            (Handle::Counter(counter), Change::Count(n)) => counter.increment(n),
            (Handle::Gauge(gauge), Change::Set(value)) => gauge.set(value),
            (Handle::Gauge(gauge), Change::Add(value)) => gauge.increment(value),
            (Handle::Histogram(histogram), Change::Observe(value)) => histogram.record(value),
            _ => {} // no kind has another's changes
        }
    }
}
