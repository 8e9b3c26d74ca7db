//! What is known of a declared metric, and its cells.

use std::fmt;

use super::dictionary::Dictionary;
use super::ending::Endings;
use super::foreign::{self, Change};
use super::info::ToldFacts;
use super::label::LabelSet;
use super::observed::Observers;
use super::values::{self, LabelValues, Text};
use crate::context::Witness;
use crate::engine::cells::{Cells, Layout, Parts};
use crate::record::{Family, MetricKind};
use crate::service::Service;

/// What a declaration in `metrics!` says.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// The name, as in `orders_total`.
    pub name: &'static str,
    /// The doc comment.
    pub help: &'static str,
    /// The base unit, as in `seconds`; empty where there is none.
    pub unit: &'static str,
    /// The upper bounds of a histogram's buckets, ascending, without infinity; empty for the other kinds.
    pub buckets: &'static [f64],
    /// The file.
    pub file: &'static str,
    /// The line.
    pub line: u32,
}

/// A declared metric, whatever its kind and labels.
pub trait Metric: Sync {
    /// Returns what is known of it.
    fn descriptor(&'static self) -> &'static Descriptor;
}

/// A declared metric: what was declared, and its cells.
pub struct Descriptor {
    pub(super) declared: Declared,
    pub(super) kind: MetricKind,
    pub(super) keys: &'static [&'static str],
    pub(super) endings: Endings,
    /// How many cells a series has: one an ending.
    per_series: usize,
    pub(super) values: &'static [LabelValues],
    /// Gives the name of its label struct.
    pub(super) path: fn() -> &'static str,
    pub(super) cells: Cells,
    pub(super) observers: Observers,
    pub(super) told: ToldFacts,
}

impl Descriptor {
    /// Returns what its declaration says.
    pub fn declared(&self) -> &Declared {
        &self.declared
    }

    pub(super) const fn new<L: LabelSet>(declared: Declared, kind: MetricKind) -> Self {
        let series = values::numbers(L::VALUES);
        let endings = Endings::of::<L>();
        let slots = series.saturating_mul(endings.count());
        let layout = match kind {
            MetricKind::Counter => Layout::Sums { slots },
            MetricKind::Histogram => Layout::Rows { rows: slots, bounds: declared.buckets },
            MetricKind::Gauge | MetricKind::Info => Layout::Levels { slots },
        };
        Descriptor {
            declared,
            kind,
            keys: L::KEYS,
            endings,
            per_series: endings.count(),
            values: L::VALUES,
            path: std::any::type_name::<L>,
            cells: Cells::new(layout),
            observers: Observers::new(),
            told: ToldFacts::new(),
        }
    }

    /// Returns the name as declared.
    pub const fn name(&self) -> &'static str {
        self.declared.name
    }

    pub(super) fn family(&self) -> Family<'static> {
        Family {
            name: self.declared.name,
            help: self.declared.help,
            unit: self.declared.unit,
            kind: self.kind,
        }
    }

    /// Visits every series whose label values have been met: its number, and the values in the order of `keys`.
    pub(super) fn walk(&self, visit: &mut impl FnMut(usize, &[Text])) {
        values::walk(self.values, visit);
    }

    /// The dictionaries of its labels.
    pub(super) fn dictionaries(&self) -> impl Iterator<Item = &'static Dictionary> {
        self.values.iter().filter_map(|values| match values {
            LabelValues::Dynamic { met, .. } => Some(*met),
            LabelValues::Fixed(_) => None,
        })
    }

    /// How many series one more value of a label makes, with the values that the others have so far.
    pub(super) fn series_per_value(&self, of: &Dictionary) -> usize {
        let others = self.values.iter().map(|values| match values {
            LabelValues::Fixed(values) => values.len(),
            LabelValues::Dynamic { met, .. } if std::ptr::eq(*met, of) => 1,
            LabelValues::Dynamic { met, .. } => met.known().max(1),
        });
        others.fold(self.endings.count(), usize::saturating_mul)
    }

    /// The series that has these label values.
    pub(super) fn find(&self, texts: &[Text]) -> Option<usize> {
        values::find(self.values, texts)
    }

    /// The cell of a series and the number of an ending.
    #[inline]
    pub(super) fn slot(&self, series: usize, ending: usize) -> usize {
        series * self.per_series + ending
    }

    /// The blocks of now; what the closures of a gauge tell stands before what was set.
    pub(super) fn parts(&self) -> Parts {
        let mut parts = self.cells.parts();
        for told in self.observers.ask(self.declared.name) {
            parts.put_first(&self.cells, told.service, told.slot, told.level);
        }
        parts
    }

    #[inline(always)]
    pub(super) fn add(&self, slot: usize, n: u64) {
        self.add_under(Service::current(), slot, n);
    }

    #[inline(always)]
    pub(super) fn add_under(&self, service: Service, slot: usize, n: u64) {
        if !cfg!(feature = "off") {
            self.cells.add(service, slot, n);
            foreign::declared(self, service, slot, Change::Count(n));
        }
    }

    #[inline(always)]
    pub(super) fn observe(&self, slot: usize, value: f64, context: impl Fn() -> Option<Witness>) {
        self.observe_under(Service::current(), slot, value, Some(context));
    }

    #[inline(always)]
    pub(super) fn observe_under(
        &self,
        service: Service,
        slot: usize,
        value: f64,
        context: Option<impl Fn() -> Option<Witness>>,
    ) {
        if !cfg!(feature = "off") {
            self.cells.observe(service, slot, value, context);
            foreign::declared(self, service, slot, Change::Observe(value));
        }
    }
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descriptor")
            .field("declared", &self.declared)
            .field("kind", &self.kind)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
