//! When to try again.

use std::time::Duration;

use tokio::time::Instant;

use super::settings::Retry;
use crate::context::SpanId;

/// The waits between the attempts for one batch: exponential, with jitter, so that processes which failed together
/// do not come back together.
pub(super) struct Backoff {
    retry: Retry,
    next: Duration,
    attempts: u32,
}

impl Backoff {
    pub(super) fn new(retry: Retry) -> Self {
        Backoff { retry, next: retry.initial.min(retry.max), attempts: 1 }
    }

    /// Returns the time to wait before the next attempt; `None` where there shall be no other.
    pub(super) fn wait(&mut self) -> Option<Duration> {
        if self.attempts >= self.retry.attempts {
            return None;
        }
        self.attempts += 1;
        let wait = self.next;
        self.next = wait.saturating_mul(2).min(self.retry.max);
        Some((wait / 4 * 3).saturating_add((wait / 2).mul_f64(random_fraction())))
    }
}

/// Returns a moment; for one that no clock can show, a moment that is as good as never.
pub(super) fn later(from: Instant, wait: Duration) -> Instant {
    const NEVER: Duration = Duration::from_secs(30 * 365 * 86_400);
    from.checked_add(wait).unwrap_or_else(|| from + NEVER)
}

/// A number from 0 to 1, out of the generator of ids.
fn random_fraction() -> f64 {
    SpanId::random().get() as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        let retry = Retry { initial: Duration::from_secs(1), max: Duration::from_secs(5), attempts: 6 };
        let mut backoff = Backoff::new(retry);
        for nominal in [1.0, 2.0, 4.0, 5.0, 5.0] {
            let wait = backoff.wait().map_or(0.0, |w| w.as_secs_f64());
            assert!((nominal * 0.75..=nominal * 1.25).contains(&wait), "{nominal}: {wait}");
        }
        assert_eq!(backoff.wait(), None);
    }
}
