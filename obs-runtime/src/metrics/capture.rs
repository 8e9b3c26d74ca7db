//! A test's own view of its metrics.

use super::counter::Counter;
use super::descriptor::{Descriptor, Metric};
use super::function::FunctionCells;
use super::gauge::Gauge;
use super::histogram::Histogram;
use super::label::LabelSet;
use super::source;
use crate::callsite::{CATALOG, Entry};
use crate::engine::capture::{Capture, Inside};
use crate::engine::cells::{Cells, Distribution, Parts};
use crate::outcome::Outcome;

/// What was counted inside: no reader of the program's metrics sees it, and no update from outside is in it. Services
/// are added up. Clones are the same capture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captured(Capture);

/// How many values a histogram has, and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
}

impl Captured {
    /// Keeps this thread's updates apart, until the returned guard is dropped. Captures nest: an update belongs to the
    /// innermost.
    pub(crate) fn enter(&self) -> Inside {
        self.0.enter()
    }

    /// Returns how many blocks a metric has.
    #[cfg(test)]
    pub(super) fn blocks(&self, metric: &'static dyn Metric) -> usize {
        self.0.parts(&metric.descriptor().cells).blocks()
    }

    /// Returns a series' count; `None` adds the outcomes up, and the error types always are.
    pub(crate) fn counter<L: LabelSet>(
        &self,
        metric: &'static Counter<L>,
        labels: L,
        outcome: Option<Outcome>,
    ) -> u64 {
        let descriptor = metric.descriptor();
        slots(descriptor, labels.index(), outcome).map(|slot| self.sum(&descriptor.cells, slot)).sum()
    }

    /// Returns a series' observations; `None` adds the outcomes up, and the error types always are.
    pub(crate) fn histogram<L: LabelSet>(
        &self,
        metric: &'static Histogram<L>,
        labels: L,
        outcome: Option<Outcome>,
    ) -> Summary {
        let descriptor = metric.descriptor();
        let slots = slots(descriptor, labels.index(), outcome);
        self.summary(slots.map(|slot| (&descriptor.cells, slot)))
    }

    /// Returns a series' value; `None` where it was never set.
    pub(crate) fn gauge<L: LabelSet>(&self, metric: &'static Gauge<L>, labels: L) -> Option<f64> {
        let descriptor = metric.descriptor();
        let slot = descriptor.slot(labels.index(), 0);
        let parts = self.0.parts(&descriptor.cells);
        let levels = parts.services().into_iter().filter_map(|s| parts.level(s, slot));
        levels.reduce(|sum, level| sum + level)
    }

    /// Returns what all counters of this name have in the series with these labels; other labels are added up.
    pub(crate) fn counter_named(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        named(name, labels).map(|(metric, slot)| self.sum(&metric.cells, slot)).fold(0, u64::wrapping_add)
    }

    /// Returns what all histograms of this name have in the series with these labels; other labels are added up.
    pub(crate) fn histogram_named(&self, name: &str, labels: &[(&str, &str)]) -> Summary {
        self.summary(named(name, labels).map(|(metric, slot)| (&metric.cells, slot)))
    }

    /// Returns how often an annotated function ended like this, by `function` or `Type::method`.
    pub(crate) fn calls(&self, function: &str, outcome: Outcome) -> u64 {
        functions(function).map(|f| self.sum(&f.calls, outcome.index())).sum()
    }

    /// Returns the durations, in seconds, of an annotated function's calls that ended like this.
    pub(crate) fn durations(&self, function: &str, outcome: Outcome) -> Summary {
        self.summary(functions(function).map(|f| (&f.duration, outcome.index())))
    }

    /// Returns how many calls of an annotated function are in flight.
    pub(crate) fn in_flight(&self, function: &str) -> i64 {
        functions(function).map(|f| self.sum(&f.in_flight, 0)).fold(0, u64::wrapping_add).cast_signed()
    }

    fn sum(&self, cells: &Cells, slot: usize) -> u64 {
        let parts = self.0.parts(cells);
        let sums = parts.services().into_iter().map(|s| parts.sum(s, slot));
        sums.fold(0, u64::wrapping_add)
    }

    fn summary<'a>(&self, rows: impl Iterator<Item = (&'a Cells, usize)>) -> Summary {
        let mut total = Distribution::default();
        for (cells, row) in rows {
            let parts: Parts = self.0.parts(cells);
            for service in parts.services() {
                parts.distribution(service, row, &mut total);
            }
        }
        Summary { count: total.buckets.iter().sum(), sum: total.sum }
    }
}

fn slots(
    descriptor: &'static Descriptor,
    series: usize,
    outcome: Option<Outcome>,
) -> impl Iterator<Item = usize> {
    let wanted = move |own: Option<Outcome>| outcome.is_none() || own.is_none() || own == outcome;
    let endings = descriptor.endings.all().enumerate().filter(move |(_, ending)| wanted(ending.outcome));
    endings.map(move |(ending, _)| descriptor.slot(series, ending))
}

/// The slots of all metrics of this name whose series have these labels, `outcome` and `error_type` among them.
fn named(name: &str, labels: &[(&str, &str)]) -> impl Iterator<Item = (&'static Descriptor, usize)> {
    let mut found = Vec::new();
    for entry in CATALOG.iter() {
        let Entry::Metric(metric) = entry else { continue };
        let descriptor = metric.descriptor();
        if descriptor.name() != name {
            continue;
        }
        for series in 0..descriptor.series {
            let Some(texts) = descriptor.texts(series) else { continue };
            let own = source::labels(descriptor.keys, &texts);
            for (number, ending) in descriptor.endings.all().enumerate() {
                let has = |label| own.contains(label) || ending.labels().any(|own| own == *label);
                if labels.iter().all(has) {
                    found.push((descriptor, descriptor.slot(series, number)));
                }
            }
        }
    }
    found.into_iter()
}

fn functions(function: &str) -> impl Iterator<Item = &'static FunctionCells> {
    CATALOG.iter().filter_map(move |entry| match entry {
        Entry::Function(callsite) if callsite.site().signals.has_metrics() => {
            Some(callsite.cells()).filter(|cells| cells.function() == function)
        }
        _ => None,
    })
}
