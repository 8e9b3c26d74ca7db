//! The cheapest monotonic clock. Wall time is an anchor plus monotonic time.

mod anchor;
mod scale;
mod source;

use scale::Scale;

/// What the ticks of this process mean.
static SCALE: Scale = Scale::new();

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

/// Returns the present. Processors may be apart by some nanoseconds.
#[inline]
pub(crate) fn now() -> Tick {
    Tick(source::read())
}

/// Returns the time from `start` to `end`; 0 where `end` comes first.
#[inline]
pub(crate) fn nanos_between(start: Tick, end: Tick) -> u64 {
    SCALE.nanos(start, end)
}

/// Returns the same in seconds.
#[inline]
pub(crate) fn seconds_between(start: Tick, end: Tick) -> f64 {
    SCALE.seconds(start, end)
}

/// Returns wall time, nanoseconds since the Unix epoch.
#[inline]
pub(crate) fn unix_nanos(tick: Tick) -> u64 {
    SCALE.wall(tick)
}

/// Follows the wall clock when it was set, and drifts. Called every now and then, by the collector.
pub(crate) fn follow() {
    SCALE.follow();
}
