//! What ticks mean: how long they are, and which of them is when.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use super::anchor::{Anchor, Holder};
use super::{Tick, source};
use crate::clock;

/// How far wall time may be off before it is set: times of one trace should not move among each other.
pub(super) const MOST_OFF: u64 = 500_000;

/// The length of a tick, measured from the first reading of the clock to the latest calibration, and again whenever
/// twice as much time has passed.
///
/// So a duration is never off by more than the reading of a clock takes, and by no more than a millionth.
pub(super) struct Scale {
    /// What the length is measured from.
    begin: OnceLock<Pair>,
    /// Nanoseconds per tick, as a fraction of 2^32; 0 before the first calibration.
    nanos: AtomicU64,
    /// The tick from which on the length must be measured again.
    until: AtomicU64,
    anchor: Holder,
    /// One calibration at a time. Who comes second waits, for what there is may be far too coarse for him.
    calibrating: Mutex<()>,
}

impl Scale {
    pub(super) const fn new() -> Self {
        Scale {
            begin: OnceLock::new(),
            nanos: AtomicU64::new(0),
            until: AtomicU64::new(0),
            anchor: Holder::of([const { AtomicU64::new(0) }; 4]),
            calibrating: Mutex::new(()),
        }
    }

    /// Begins to measure; the sooner the better.
    pub(super) fn begin(&self) {
        self.begin.get_or_init(Pair::read);
    }

    #[inline]
    pub(super) fn nanos(&self, start: Tick, end: Tick) -> u64 {
        self.reach(end);
        in_nanos(end.0.saturating_sub(start.0), self.nanos.load(Ordering::Relaxed))
    }

    #[inline]
    #[allow(clippy::cast_precision_loss)] // exact up to 2^53 ticks
    pub(super) fn seconds(&self, start: Tick, end: Tick) -> f64 {
        const SECOND: f64 = 1.0 / (4_294_967_296.0 * 1e9);
        self.reach(end);
        let (ticks, scale) = (end.0.saturating_sub(start.0), self.nanos.load(Ordering::Relaxed));
        ticks.cast_signed() as f64 * (scale.cast_signed() as f64 * SECOND)
    }

    #[inline]
    pub(super) fn wall(&self, tick: Tick) -> u64 {
        self.reach(tick);
        self.anchor.get().wall(tick)
    }

    /// Follows the wall clock where that went elsewhere.
    pub(super) fn follow(&self) {
        if clock::unix_nanos().abs_diff(self.wall(super::now())) > MOST_OFF {
            self.calibrate(true);
        }
    }

    /// Calibrates for ticks up to this one.
    #[inline]
    fn reach(&self, tick: Tick) {
        if tick.0 >= self.until.load(Ordering::Acquire) {
            self.calibrate(false);
        }
    }

    /// Measures a tick. Wall time goes on from where it was, unless it is to be `set` to that of the wall clock.
    #[cold]
    fn calibrate(&self, set: bool) {
        let _one = self.calibrating.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = *self.begin.get_or_init(Pair::read);
        let now = Pair::read();
        let ticks = now.tick.saturating_sub(begin.tick).max(1);
        let nanos = now.instant.saturating_duration_since(begin.instant).as_nanos();
        let measured = u64::try_from((nanos << 32) / u128::from(ticks)).unwrap_or(u64::MAX);
        let scale = if source::is_nanos() { 1 << 32 } else { measured.max(1) };
        self.nanos.store(scale, Ordering::Relaxed);
        let known = Some(self.anchor.get()).filter(|anchor| anchor.scale != 0 && !set);
        let unix_nanos = known.map_or_else(clock::unix_nanos, |anchor| anchor.wall(Tick(now.tick)));
        self.anchor.set(Anchor { tick: now.tick, unix_nanos, scale });
        // Last: who sees it finds the rest.
        self.until.store(now.tick.saturating_add(ticks), Ordering::Release);
    }
}

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

impl Anchor {
    fn wall(&self, tick: Tick) -> u64 {
        let after = in_nanos(tick.0.saturating_sub(self.tick), self.scale);
        let before = in_nanos(self.tick.saturating_sub(tick.0), self.scale);
        self.unix_nanos.saturating_add(after).saturating_sub(before)
    }
}

fn in_nanos(ticks: u64, scale: u64) -> u64 {
    u64::try_from((u128::from(ticks) * u128::from(scale)) >> 32).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::super::now;
    use super::*;

    #[test]
    fn durations_are_those_of_the_system_s_clock() {
        const OFF: u64 = 20_000;
        let nanos = |since: Instant| u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        now(); // finds out which clock it is
        let scale = Scale::new();
        scale.begin();
        for millis in [1, 5, 50] {
            // One inside the other: the thread may lose the processor anywhere.
            let outer = Instant::now();
            let start = now();
            let inner = Instant::now();
            while inner.elapsed() < Duration::from_millis(millis) {}
            let least = nanos(inner);
            let end = now();
            let most = nanos(outer);
            let took = scale.nanos(start, end);
            assert!(took + OFF > least && took < most + OFF, "{least} <= {took} <= {most}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_gives_no_time() {
        let start = now();
        assert_eq!(Scale::new().nanos(Tick(start.0 + 1_000_000_000), start), 0);
    }

    #[test]
    fn wall_time_is_the_wall_clock_s_also_after_that_was_set() {
        let scale = Scale::new();
        let off = || {
            let before = clock::unix_nanos();
            let tick = now();
            let after = clock::unix_nanos();
            let wall = scale.wall(tick);
            if wall < before { before - wall } else { wall.saturating_sub(after) }
        };
        assert!(off() < 2 * MOST_OFF, "{} ns", off());
        let anchor = scale.anchor.get();
        scale.anchor.set(Anchor { unix_nanos: anchor.unix_nanos - 3_600_000_000_000, ..anchor });
        assert!(off() > 3_000_000_000_000);
        scale.follow();
        assert!(off() < 2 * MOST_OFF, "{} ns", off());
    }

    /// R13: to each place that the wall clock may jump to, from each other one.
    #[test]
    fn wall_clock_jumps_by_an_hour_and_to_before_1970_give_no_negative_duration_and_no_panic() {
        use crate::clock::set::{Wall, to};
        const HOUR: Duration = Duration::from_secs(3600);
        const MINUTE: u64 = 60_000_000_000;
        let walls = [
            Wall::Right,
            Wall::Ahead(HOUR),
            Wall::Behind(HOUR),
            Wall::BeforeEpoch(0),
            Wall::BeforeEpoch(86_400),
            // Further than 64 bits of nanoseconds reach.
            Wall::Ahead(Duration::from_secs(1 << 40)),
        ];
        for (from, jump) in walls.iter().flat_map(|from| walls.map(|jump| (*from, jump))) {
            to(from);
            let scale = Scale::new();
            scale.begin();
            let start = now();
            let before = scale.wall(start);
            assert!(before.abs_diff(clock::unix_nanos()) < MINUTE, "{from:?}: {before}");
            to(jump);
            let middle = now();
            scale.follow();
            let end = now();
            scale.follow();
            for (first, then) in [(start, middle), (middle, end), (start, end)] {
                let took = scale.nanos(first, then);
                assert!(took < MINUTE, "{from:?} to {jump:?}: {took} ns");
                assert!(scale.seconds(first, then) >= 0.0, "{from:?} to {jump:?}");
                // A span has its start from the wall clock and its end from its duration.
                assert!(scale.wall(first) <= scale.wall(then), "{from:?} to {jump:?}");
            }
            assert!(scale.wall(now()).abs_diff(clock::unix_nanos()) < MINUTE, "{jump:?} is followed");
        }
        to(Wall::Right);
    }

    #[test]
    fn wall_time_and_durations_agree_whichever_way() {
        let (scale, end) = (Scale::new(), now());
        scale.wall(end);
        let anchor = scale.anchor.get();
        let earlier = Tick(end.0.saturating_sub(1_000_000));
        let apart = anchor.wall(end) - anchor.wall(earlier);
        assert!(apart.abs_diff(in_nanos(end.0 - earlier.0, anchor.scale)) <= 1, "{apart}");
    }

    #[test]
    fn threads_may_ask_at_once() {
        let (scale, start) = (Scale::new(), now());
        let ask = || (0..1000).for_each(|_| assert!(scale.nanos(start, now()) < 60_000_000_000));
        thread::scope(|s| (0..4).for_each(|_| drop(s.spawn(ask))));
    }
}
