//! The cheapest monotonic clock.

use std::sync::LazyLock;
use std::time::Instant;

static ANCHOR: LazyLock<(Instant, u64)> = LazyLock::new(|| (Instant::now(), crate::clock::unix_nanos()));

/// A point in monotonic time, in ticks of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(u64);

impl Tick {
    pub(crate) const fn from_raw(raw: u64) -> Self {
        Tick(raw)
    }

    pub(crate) const fn raw(self) -> u64 {
        self.0
    }
}

/// Returns the present.
#[inline]
pub(crate) fn now() -> Tick {
    Tick(u64::try_from(ANCHOR.0.elapsed().as_nanos()).unwrap_or(u64::MAX))
}

/// Returns the time from `start` to `end`; 0 where `end` comes first.
pub(crate) fn nanos_between(start: Tick, end: Tick) -> u64 {
    end.0.saturating_sub(start.0)
}

/// Returns wall time, nanoseconds since the Unix epoch.
pub(crate) fn unix_nanos(tick: Tick) -> u64 {
    ANCHOR.1.saturating_add(tick.0)
}
