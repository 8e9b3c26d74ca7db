//! One family: its series, and the one that takes what is too much.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use super::cell::{Count, Distribution, Level};
use super::limits;
use super::name::Labels;
use crate::metrics;
use crate::record::MetricKind;

/// The numbers of a series.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Count(Arc<Count>),
    Level(Arc<Level>),
    Distribution(Arc<Distribution>),
}

/// A series: what it is called, and where its numbers are.
pub(super) type Series = (Arc<Labels>, Cell);

/// All series of one name.
pub(super) struct Family {
    pub(super) name: String,
    pub(super) kind: MetricKind,
    /// A histogram's.
    bounds: &'static [f64],
    series: RwLock<Known>,
    /// Registrations that were too much.
    overflowed: AtomicU64,
}

#[derive(Default)]
struct Known {
    by_labels: HashMap<Arc<Labels>, usize>,
    list: Vec<Series>,
    overflow: Option<Cell>,
}

impl Family {
    pub(super) fn new(name: String, kind: MetricKind, bounds: &'static [f64]) -> Self {
        Family { name, kind, bounds, series: RwLock::default(), overflowed: AtomicU64::new(0) }
    }

    /// Returns the cell of a series, made while there is room: here, and in `total` for all families together.
    ///
    /// The second value tells whether it is the series' own.
    pub(super) fn cell(&self, labels: Option<Labels>, total: &AtomicUsize) -> (Cell, bool) {
        let mut known = self.series.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(labels) = labels {
            let place = known.by_labels.get(&labels).and_then(|place| known.list.get(*place));
            if let Some((_, cell)) = place {
                return (cell.clone(), true);
            }
            if known.list.len() < limits::SERIES_PER_FAMILY && take_one(total) && metrics::take_series() {
                let (labels, cell) = (Arc::new(labels), self.make());
                let place = known.list.len();
                known.by_labels.insert(Arc::clone(&labels), place);
                known.list.push((labels, cell.clone()));
                return (cell, true);
            }
        }
        self.overflowed.fetch_add(1, Relaxed);
        (known.overflow.get_or_insert_with(|| self.make()).clone(), false)
    }

    fn make(&self) -> Cell {
        match self.kind {
            MetricKind::Counter => Cell::Count(Arc::default()),
            MetricKind::Histogram => Cell::Distribution(Arc::new(Distribution::new(self.bounds))),
            MetricKind::Gauge | MetricKind::Info => Cell::Level(Arc::default()),
        }
    }

    /// Returns how many registrations were too much.
    pub(super) fn overflowed(&self) -> u64 {
        self.overflowed.load(Relaxed)
    }

    /// Returns the series of a number, the shared one last. Whoever reads them all holds no lock meanwhile.
    pub(super) fn series(&self, number: usize) -> Option<Series> {
        let known = self.series.read().unwrap_or_else(PoisonError::into_inner);
        known.list.get(number).cloned().or_else(|| {
            let others = || Arc::new(vec![("otel_metric_overflow".to_owned(), "true".to_owned())]);
            let cell = known.overflow.clone().filter(|_| number == known.list.len())?;
            Some((others(), cell))
        })
    }
}

/// Takes one of what all families have together.
fn take_one(total: &AtomicUsize) -> bool {
    let next = |taken| (taken < limits::SERIES).then_some(taken + 1);
    total.fetch_update(Relaxed, Relaxed, next).is_ok()
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}
