//! The cheapest monotonic clock, and what its ticks mean.
//!
//! Wall time is an anchor plus monotonic time. The length of a tick is measured from the first calibration to the
//! latest, and again whenever twice as much time has passed: so it is never off by more than the reading of a clock
//! takes, over any duration that is measured.

mod source;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError, RwLock};
use std::time::Instant;

use crate::clock;

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
    if end.0 >= UNTIL.load(Ordering::Relaxed) {
        calibrate();
    }
    in_nanos(end.0.saturating_sub(start.0), SCALE.load(Ordering::Relaxed))
}

/// Returns wall time, nanoseconds since the Unix epoch.
pub(crate) fn unix_nanos(tick: Tick) -> u64 {
    if tick.0 >= UNTIL.load(Ordering::Relaxed) {
        calibrate();
    }
    anchor().wall(tick)
}

/// Follows the wall clock when it was set, and drifts. Called every now and then, by the collector.
pub(crate) fn follow() {
    let now = now();
    if clock::unix_nanos().abs_diff(unix_nanos(now)) > MOST_OFF {
        *ANCHOR.write().unwrap_or_else(PoisonError::into_inner) = None;
        calibrate();
    }
}

/// Begins to measure, at the first reading of the clock.
fn begin() {
    LazyLock::force(&BEGIN);
}

/// How far wall time may be off before it is set: times of one trace should not move among each other.
const MOST_OFF: u64 = 500_000;

/// Nanoseconds per tick, as a fraction of 2^32; 0 before the first calibration.
static SCALE: AtomicU64 = AtomicU64::new(0);

/// The tick from which on the scale must be measured again.
static UNTIL: AtomicU64 = AtomicU64::new(0);

/// What the length of a tick is measured from.
static BEGIN: LazyLock<Pair> = LazyLock::new(Pair::read);

static ANCHOR: RwLock<Option<Anchor>> = RwLock::new(None);

/// One calibration at a time. Who comes second waits, for what there is may be far too coarse for him.
static CALIBRATING: Mutex<()> = Mutex::new(());

/// Both clocks at one moment.
#[derive(Clone, Copy)]
struct Pair {
    tick: u64,
    instant: Instant,
}

impl Pair {
    /// Reads both; of some attempts the one that was interrupted least.
    fn read() -> Pair {
        let attempt = || {
            let before = source::read();
            let instant = Instant::now();
            let took = source::read().saturating_sub(before);
            (took, Pair { tick: before.saturating_add(took / 2), instant })
        };
        let first = attempt();
        (0..4).map(|_| attempt()).fold(first, |best, other| if other.0 < best.0 { other } else { best }).1
    }
}

/// A tick with its wall time, and the scale to go on from there.
#[derive(Clone, Copy)]
struct Anchor {
    tick: u64,
    unix_nanos: u64,
    scale: u64,
}

impl Anchor {
    fn wall(&self, tick: Tick) -> u64 {
        let after = in_nanos(tick.0.saturating_sub(self.tick), self.scale);
        let before = in_nanos(self.tick.saturating_sub(tick.0), self.scale);
        self.unix_nanos.saturating_add(after).saturating_sub(before)
    }
}

fn anchor() -> Anchor {
    let known = *ANCHOR.read().unwrap_or_else(PoisonError::into_inner);
    known.unwrap_or_else(|| Anchor {
        tick: source::read(),
        unix_nanos: clock::unix_nanos(),
        scale: SCALE.load(Ordering::Relaxed),
    })
}

fn in_nanos(ticks: u64, scale: u64) -> u64 {
    u64::try_from((u128::from(ticks) * u128::from(scale)) >> 32).unwrap_or(u64::MAX)
}

/// Measures a tick. Where the anchor is known, wall time goes on from where it was.
#[cold]
fn calibrate() {
    let _one = CALIBRATING.lock().unwrap_or_else(PoisonError::into_inner);
    let begin = *BEGIN;
    let now = Pair::read();
    let ticks = now.tick.saturating_sub(begin.tick);
    let nanos = now.instant.saturating_duration_since(begin.instant).as_nanos();
    let measured = u64::try_from((nanos << 32) / u128::from(ticks.max(1))).unwrap_or(u64::MAX);
    let scale = if source::is_nanos() { 1 << 32 } else { measured.max(1) };
    SCALE.store(scale, Ordering::Relaxed);
    UNTIL.store(now.tick.saturating_add(ticks.max(1)), Ordering::Relaxed);
    let mut anchor = ANCHOR.write().unwrap_or_else(PoisonError::into_inner);
    let unix_nanos = anchor.map_or_else(clock::unix_nanos, |a| a.wall(Tick(now.tick)));
    *anchor = Some(Anchor { tick: now.tick, unix_nanos, scale });
}

#[cfg(test)]
mod tests;
