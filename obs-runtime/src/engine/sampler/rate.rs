//! A limit of so many per second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Lets through so many per second, and at once at most what a second brings (one, where that is less).
///
/// Waits for nobody. Known as the generic cell rate algorithm: one number says up to when the future is spoken for.
#[derive(Debug)]
pub(super) struct Rate {
    began: Instant,
    /// Nanoseconds that one takes.
    interval: u64,
    /// How far ahead of the present one may be.
    ahead: u64,
    /// Nanoseconds since `began` up to which everything was given away.
    spoken_for: AtomicU64,
}

const SECOND: u64 = 1_000_000_000;

impl Rate {
    /// A rate that is positive and finite.
    pub(super) fn new(per_second: f64) -> Self {
        let interval = ((SECOND as f64 / per_second) as u64).max(1);
        let ahead = SECOND.max(interval) - interval;
        Rate { began: Instant::now(), interval, ahead, spoken_for: AtomicU64::new(0) }
    }

    pub(super) fn allows_one(&self) -> bool {
        self.allows_one_at(u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn allows_one_at(&self, now: u64) -> bool {
        let take = |spoken_for: u64| {
            let from = spoken_for.max(now);
            (from - now <= self.ahead).then(|| from.saturating_add(self.interval))
        };
        self.spoken_for.try_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(rate: &Rate, tries: u32, now: u64) -> u32 {
        (0..tries).map(|_| u32::from(rate.allows_one_at(now))).sum()
    }

    #[test]
    fn no_more_than_the_rate_goes_through() {
        let rate = Rate::new(10.0);
        assert_eq!(allowed(&rate, 100, 0), 10, "what a second brings, at once");
        assert_eq!(allowed(&rate, 100, 0), 0);
        assert_eq!(allowed(&rate, 100, SECOND / 2), 5);
        assert_eq!(allowed(&rate, 100, 100 * SECOND), 10, "the past is not saved up");
        let over_ten_seconds: u32 =
            (1..=1000).map(|n| allowed(&rate, 1, 100 * SECOND + n * SECOND / 100)).sum();
        assert_eq!(over_ten_seconds, 100);
    }

    #[test]
    fn less_than_one_a_second_is_one_every_so_often() {
        let rate = Rate::new(0.1);
        let every_second: Vec<_> = (0..30).map(|s| allowed(&rate, 5, s * SECOND)).collect();
        assert_eq!(every_second.iter().sum::<u32>(), 3);
        assert_eq!((every_second.first(), every_second.get(10)), (Some(&1), Some(&1)));
    }

    #[test]
    fn threads_share_the_limit() {
        let rate = Rate::new(1000.0);
        let total: u32 = std::thread::scope(|s| {
            let threads: Vec<_> = (0..4).map(|_| s.spawn(|| allowed(&rate, 1000, 0))).collect();
            threads.into_iter().map(|t| t.join().unwrap_or(0)).sum()
        });
        assert_eq!(total, 1000);
    }
}
