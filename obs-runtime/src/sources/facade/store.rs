//! All families, by name; and the handles that were given out, by key.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ::metrics::{Key, Unit};

use super::cell::{Count, Distribution, Level};
use super::family::{Cell, Family};
use super::{bounds, limits, name};
use crate::metrics::{PARTS, base, whole};
use crate::record::MetricKind;
use crate::sources::lock;

/// What the facade's macros made.
pub(super) struct Store {
    pub(super) counters: Handles<Count>,
    pub(super) gauges: Handles<Level>,
    pub(super) histograms: Handles<Distribution>,
    is_taken: fn(&str) -> bool,
    /// By the name without its suffix: exposition formats take names that differ in it for one.
    families: RwLock<BTreeMap<String, Arc<Family>>>,
    described: Mutex<BTreeMap<String, Described>>,
    /// Series of all families.
    series: AtomicUsize,
    /// Registrations that came to nothing.
    pub(super) refused: [AtomicU64; Refusal::ALL.len()],
}

/// What a `describe_*` macro said.
#[derive(Clone, Debug, Default)]
pub(super) struct Described {
    pub(super) unit: Option<Unit>,
    pub(super) help: String,
}

/// Why a registration comes to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// `obs` shows a metric of that name.
    NameTaken,
    /// The name is that of a metric of another kind.
    OtherKind,
    /// There are too many families.
    TooManyFamilies,
}

impl Refusal {
    pub(super) const ALL: [Refusal; 3] = [Refusal::NameTaken, Refusal::OtherKind, Refusal::TooManyFamilies];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Refusal::NameTaken => "name_taken",
            Refusal::OtherKind => "other_kind",
            Refusal::TooManyFamilies => "too_many_families",
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Refusal::NameTaken => {
                "obs shows a metric of that name itself; rename the one of the `metrics` macro"
            }
            Refusal::OtherKind => "the name is that of a metric of another kind; rename one",
            Refusal::TooManyFamilies => "there are too many names; put what differs into a label",
        }
    }
}

impl Store {
    /// Makes an empty one; `is_taken` tells the names that others show.
    pub(super) fn new(is_taken: fn(&str) -> bool) -> Self {
        Store {
            counters: Handles::default(),
            gauges: Handles::default(),
            histograms: Handles::default(),
            is_taken,
            families: RwLock::default(),
            described: Mutex::default(),
            series: AtomicUsize::new(0),
            refused: [const { AtomicU64::new(0) }; Refusal::ALL.len()],
        }
    }

    /// Keeps help and unit of a family, which may be made later.
    pub(super) fn describe(&self, kind: MetricKind, name: &str, unit: Option<Unit>, help: &str) {
        let name = name::of_family(kind, name);
        let mut described = lock(&self.described);
        let key = base(&name);
        if described.len() < limits::FAMILIES || described.contains_key(key) {
            let help = name::cut(help, limits::HELP).to_owned();
            described.insert(key.to_owned(), Described { unit, help });
        }
    }

    pub(super) fn described(&self, name: &str) -> Described {
        lock(&self.described).get(base(name)).cloned().unwrap_or_default()
    }

    pub(super) fn count(&self, key: &Key) -> Option<(Arc<Count>, bool)> {
        match self.cell(MetricKind::Counter, key)? {
            (Cell::Count(cell), own) => Some((cell, own)),
            _ => None,
        }
    }

    pub(super) fn level(&self, key: &Key) -> Option<(Arc<Level>, bool)> {
        match self.cell(MetricKind::Gauge, key)? {
            (Cell::Level(cell), own) => Some((cell, own)),
            _ => None,
        }
    }

    pub(super) fn distribution(&self, key: &Key) -> Option<(Arc<Distribution>, bool)> {
        match self.cell(MetricKind::Histogram, key)? {
            (Cell::Distribution(cell), own) => Some((cell, own)),
            _ => None,
        }
    }

    fn cell(&self, kind: MetricKind, key: &Key) -> Option<(Cell, bool)> {
        let family = match self.family(kind, name::of_family(kind, key.name())) {
            Ok(family) => family,
            Err(refusal) => {
                self.refuse(refusal, key.name());
                return None;
            }
        };
        let (cell, own) = family.cell(name::labels(key), &self.series);
        if !own && family.overflowed() == 1 {
            tracing::warn!(
                target: "obs",
                metric = family.name,
                "more series by a `metrics` macro than there may be; the others are counted together, under \
                 otel_metric_overflow=\"true\"",
            );
        }
        Some((cell, own))
    }

    fn family(&self, kind: MetricKind, name: String) -> Result<Arc<Family>, Refusal> {
        let of_kind = |family: &Arc<Family>| {
            if family.kind == kind { Ok(Arc::clone(family)) } else { Err(Refusal::OtherKind) }
        };
        if let Some(family) = self.families.read().unwrap_or_else(PoisonError::into_inner).get(base(&name)) {
            return of_kind(family);
        }
        if (self.is_taken)(&name) {
            return Err(Refusal::NameTaken);
        }
        let bounds = bounds::of(&name, self.described(&name).unit);
        let mut families = self.families.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(family) = families.get(base(&name)) {
            return of_kind(family);
        }
        if is_part(&families, kind, &name) {
            return Err(Refusal::OtherKind);
        }
        if families.len() >= limits::FAMILIES {
            return Err(Refusal::TooManyFamilies);
        }
        let key = base(&name).to_owned();
        let family = Arc::new(Family::new(name, kind, bounds));
        families.insert(key, Arc::clone(&family));
        Ok(family)
    }

    /// Counts it, and says so the first time that the reason occurs.
    fn refuse(&self, refusal: Refusal, name: &str) {
        let before = self.refused.get(refusal as usize).map(|count| count.fetch_add(1, Relaxed));
        if before == Some(0) {
            let (metric, remedy) = (name::cut(name, limits::NAME), refusal.remedy());
            tracing::warn!(target: "obs", metric, "a metric of a `metrics` macro is not shown: {remedy}");
        }
    }

    /// Returns the families there are, by name.
    pub(super) fn families(&self) -> Vec<Arc<Family>> {
        self.families.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

/// Tells whether the samples of a histogram and those of a family would have one name.
fn is_part(families: &BTreeMap<String, Arc<Family>>, kind: MetricKind, name: &str) -> bool {
    let is_histogram = |family: &Arc<Family>| family.kind == MetricKind::Histogram;
    let has = |part| families.contains_key(&format!("{}{part}", base(name)));
    whole(name).and_then(|whole| families.get(whole)).is_some_and(is_histogram)
        || kind == MetricKind::Histogram && PARTS.into_iter().any(has)
}

/// The cells of keys that were registered before: macros register at every update.
pub(super) struct Handles<C>(RwLock<HashMap<Key, Arc<C>>>);

impl<C> Default for Handles<C> {
    fn default() -> Self {
        Handles(RwLock::default())
    }
}

impl<C> Handles<C> {
    /// Returns the cell of a key; `find` returns one and whether the key may be kept: those that share a cell may be any
    /// number.
    pub(super) fn get(&self, key: &Key, find: impl FnOnce() -> Option<(Arc<C>, bool)>) -> Option<Arc<C>> {
        if let Some(cell) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Some(Arc::clone(cell));
        }
        let (cell, own) = find()?;
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Keys that differ may become one series, so that series are no bound of theirs; neither are long keys kept.
        if own && known.len() < limits::SERIES && is_short(key) {
            known.insert(key.to_retained(), Arc::clone(&cell));
        }
        Some(cell)
    }
}

fn is_short(key: &Key) -> bool {
    let fits = |l: &::metrics::Label| l.key().len() <= limits::NAME && l.value().len() <= limits::VALUE;
    key.name().len() <= limits::NAME && key.labels().len() <= limits::LABELS && key.labels().all(fits)
}
