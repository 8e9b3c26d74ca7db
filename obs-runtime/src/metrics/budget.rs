//! How many series the process may have.

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::descriptor::Descriptor;
use super::values;
use crate::callsite::{CATALOG, Entry, Signals};
use crate::outcome::Outcome;

/// What it may have unless the configuration says otherwise.
pub(crate) const MAX_SERIES: usize = 100_000;

/// The budget of the process.
pub(super) static SERIES: Budget = Budget::new(MAX_SERIES);

/// Series that there may be, and those that there are or may come to be by labels that are known.
#[derive(Debug)]
pub(super) struct Budget {
    limit: AtomicUsize,
    taken: AtomicUsize,
}

impl Budget {
    pub(super) const fn new(limit: usize) -> Self {
        Budget { limit: AtomicUsize::new(limit), taken: AtomicUsize::new(0) }
    }

    /// Takes so many; nothing, if there are not as many left.
    pub(super) fn take(&self, series: usize) -> bool {
        let limit = self.limit.load(Relaxed);
        let more = |taken: usize| taken.checked_add(series).filter(|sum| *sum <= limit);
        self.taken.fetch_update(Relaxed, Relaxed, more).is_ok()
    }
}

/// Takes one series for those who keep their own. False where there is no room.
#[cfg(feature = "metrics")]
pub(crate) fn take_series() -> bool {
    SERIES.take(1)
}

/// Sets the limit, and counts those whose labels the compiler knew: they are never refused.
pub(crate) fn set_max_series(limit: usize) {
    static COUNTED: Once = Once::new();
    SERIES.limit.store(limit, Relaxed);
    COUNTED.call_once(|| {
        SERIES.taken.fetch_add(CATALOG.iter().map(series).sum(), Relaxed);
    });
}

fn series(entry: &Entry) -> usize {
    match entry {
        Entry::Metric(metric) => metric.descriptor().fixed_series(),
        Entry::Function(callsite) => {
            let signals = callsite.site().signals;
            let by_outcome =
                [Signals::CALLS, Signals::DURATION].into_iter().filter(|s| signals.has(*s)).count();
            by_outcome * Outcome::ALL.len() + usize::from(signals.has(Signals::IN_FLIGHT))
        }
        Entry::Health(_) => 0,
    }
}

impl Descriptor {
    /// The series that there are whatever the program meets.
    fn fixed_series(&self) -> usize {
        if self.dictionaries().next().is_some() {
            0
        } else {
            values::numbers(self.values) * self.endings.count()
        }
    }
}
