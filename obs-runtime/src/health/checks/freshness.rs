//! Whether something still comes.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use super::figures;
use crate::Health;
use crate::health::check::{Check, Work};
use crate::record::Text;

/// When something last came: messages, prices, a heartbeat. Copies are the same one.
///
/// Time is that of the monotonic clock: a wall clock that is set changes no age.
///
/// ```
/// # extern crate obs_runtime as obs;
/// use std::time::Duration;
/// use obs::health::Freshness;
///
/// let prices = Freshness::new();
/// let builder = obs::builder().health_check(prices.check("prices", Duration::from_secs(60)).critical());
/// # let _ = builder;
///
/// // wherever prices come in:
/// prices.mark();
/// ```
#[derive(Clone)]
pub struct Freshness {
    /// What the marks count from.
    anchor: Instant,
    /// Nanoseconds from the anchor, below zero for what was old when it came; [`NEVER`].
    last: Arc<AtomicI64>,
}

const NEVER: i64 = i64::MIN;

impl Freshness {
    /// Returns one to which nothing came yet.
    pub fn new() -> Self {
        Freshness { anchor: Instant::now(), last: Arc::new(AtomicI64::new(NEVER)) }
    }

    /// Notes that something came just now. Reads the clock and stores a number: does not block, does not allocate.
    pub fn mark(&self) {
        self.last.store(self.at(Instant::now()), Ordering::Release);
    }

    /// Notes that something came that is of `time`, as the message says: its age counts, as it is now. What is older than
    /// what came before changes nothing; a time to come is now. Neither blocks nor allocates.
    pub fn mark_at(&self, time: SystemTime) {
        let age = SystemTime::now().duration_since(time).unwrap_or_default();
        self.mark_aged(Instant::now(), age);
    }

    fn mark_aged(&self, now: Instant, age: Duration) {
        let marked = self.at(now).saturating_sub(nanos(age)).max(NEVER + 1);
        self.last.fetch_max(marked, Ordering::AcqRel);
    }

    fn at(&self, now: Instant) -> i64 {
        nanos(now.saturating_duration_since(self.anchor))
    }

    /// Returns how old the last is; `None` where nothing came yet.
    pub fn age(&self) -> Option<Duration> {
        self.age_at(Instant::now())
    }

    fn age_at(&self, now: Instant) -> Option<Duration> {
        let last = self.last.load(Ordering::Acquire);
        let age = self.at(now).saturating_sub(last);
        (last != NEVER).then(|| Duration::from_nanos(u64::try_from(age).unwrap_or(0)))
    }

    /// Makes a check that something came in the last `max_age`: degraded beyond that, unhealthy beyond three times that, and
    /// until something came for the first time.
    ///
    /// Never blocks. Details: `age_seconds`, `max_age_seconds`.
    pub fn check(&self, name: impl Into<Text>, max_age: Duration) -> Check<FreshnessAge> {
        let unhealthy = max_age.saturating_mul(3);
        Check::of(name, FreshnessAge { of: self.clone(), degraded: max_age, unhealthy })
    }
}

impl Default for Freshness {
    fn default() -> Self {
        Freshness::new()
    }
}

impl fmt::Debug for Freshness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Freshness").field("age", &self.age()).finish()
    }
}

/// Nanoseconds; 292 years at most.
fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// What [`Freshness::check`] looks at.
#[derive(Clone, Debug)]
pub struct FreshnessAge {
    of: Freshness,
    degraded: Duration,
    unhealthy: Duration,
}

impl Check<FreshnessAge> {
    /// Sets beyond which age it is unhealthy; three times the one beyond which it is degraded.
    pub fn unhealthy_beyond(mut self, age: Duration) -> Self {
        self.work.unhealthy = age;
        self
    }
}

impl From<Check<FreshnessAge>> for Check {
    fn from(check: Check<FreshnessAge>) -> Check {
        check.into_work(|age| {
            let FreshnessAge { degraded, unhealthy, .. } = age;
            if degraded.is_zero() {
                return Err("nothing is that fresh; write an age above zero".to_owned());
            }
            if degraded > unhealthy {
                return Err(format!(
                    "it would be unhealthy beyond {unhealthy:?} before it is degraded beyond {degraded:?}; raise the first"
                ));
            }
            Ok(Work::own(move |_, _| Ok(std::future::ready(age.judge(age.of.age())))))
        })
    }
}

impl FreshnessAge {
    fn judge(&self, age: Option<Duration>) -> Health {
        let Some(age) = age else {
            return Health::unhealthy("nothing came yet");
        };
        let reason = || format!("nothing came for {}", figures::age(age));
        let health = if age > self.unhealthy {
            Health::unhealthy(reason())
        } else if age > self.degraded {
            Health::degraded(reason())
        } else {
            Health::healthy()
        };
        health.with("age_seconds", age.as_secs_f64()).with("max_age_seconds", self.degraded.as_secs_f64())
    }
}

#[cfg(test)]
mod tests;
