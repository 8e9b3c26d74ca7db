//! What is known of one check: its last results, and the state they amount to.
//!
//! A pure state machine: the time is always given, so that tests bring their own.

use std::fmt;
use std::time::{Duration, Instant};

use super::answer::Verdict;
use super::check::Check;
use super::descriptor::CheckKind;
use super::states::Missing;

/// The state that a check is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// It never ran, or could not: a value it asks for was not provided.
    Unknown,
    /// It passes.
    Healthy,
    /// It passes, and says that something is off.
    Degraded,
    /// It fails, or its result is too old to count.
    Unhealthy,
}

impl Standing {
    /// Returns the lower-case name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Standing::Unknown => "unknown",
            Standing::Healthy => "healthy",
            Standing::Degraded => "degraded",
            Standing::Unhealthy => "unhealthy",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A state that became another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) from: Standing,
    pub(crate) to: Standing,
    pub(crate) reason: Option<String>,
}

/// The state of one check, with hysteresis.
///
/// The first result decides at once, but for the first failures of a liveness check. From then on `failures` in a row make it unhealthy and `successes` in a row make
/// it pass again; between healthy and degraded there is no delay.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    failures: u32,
    successes: u32,
    stale_after: Duration,
    standing: Standing,
    reason: Option<String>,
    failures_in_row: u32,
    successes_in_row: u32,
    passed_once: bool,
    last_result: Option<Instant>,
    kind: CheckKind,
}

impl Status {
    pub(crate) fn new(check: &Check) -> Self {
        Status {
            failures: check.failures.max(1),
            successes: check.successes.max(1),
            stale_after: check.interval.saturating_mul(3).saturating_add(check.timeout),
            standing: Standing::Unknown,
            reason: Some("has not run yet".to_owned()),
            failures_in_row: 0,
            successes_in_row: 0,
            passed_once: false,
            last_result: None,
            kind: check.kind,
        }
    }

    /// Returns the state at `now`, and why it is not simply healthy.
    pub(crate) fn at(&self, now: Instant) -> (Standing, Option<String>) {
        match self.stale(now) {
            Some(reason) => (Standing::Unhealthy, Some(reason)),
            None => (self.standing, self.reason.clone()),
        }
    }

    /// Tells whether the check passed at least once.
    pub(crate) fn passed_once(&self) -> bool {
        self.passed_once
    }

    /// Tells whether no run could change anything any more: who has started is not asked again.
    pub(crate) fn is_settled(&self) -> bool {
        self.kind == CheckKind::Startup && self.passed_once
    }

    /// Takes in that results stayed away, if they did.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Change> {
        let reason = self.stale(now)?;
        self.successes_in_row = 0;
        self.turn(Standing::Unhealthy, Some(reason))
    }

    /// Takes in a result.
    pub(crate) fn apply(&mut self, now: Instant, verdict: Verdict, reason: Option<String>) -> Option<Change> {
        self.last_result = Some(now);
        match verdict {
            Verdict::Healthy => self.passed(Standing::Healthy, reason),
            Verdict::Degraded => self.passed(Standing::Degraded, reason),
            Verdict::Unhealthy => self.failed(reason.unwrap_or_default()),
        }
    }

    /// Takes in that a value it asks for was not provided.
    pub(crate) fn miss(&mut self, now: Instant, Missing(name): Missing) -> Option<Change> {
        self.last_result = Some(now);
        self.failures_in_row = 0;
        self.successes_in_row = 0;
        self.turn(Standing::Unknown, Some(format!("no value of type `{name}` was provided")))
    }

    /// Takes in that there will be no results for now.
    pub(crate) fn lose(&mut self, reason: &str) -> Option<Change> {
        self.turn(Standing::Unknown, Some(reason.to_owned()))
    }

    /// Takes in that there will never be a result again, which is no state to be in.
    pub(crate) fn broke(&mut self, reason: &str) -> Option<Change> {
        self.turn(Standing::Unhealthy, Some(reason.to_owned()))
    }

    fn passed(&mut self, standing: Standing, reason: Option<String>) -> Option<Change> {
        self.passed_once = true;
        self.failures_in_row = 0;
        self.successes_in_row = self.successes_in_row.saturating_add(1);
        if self.standing == Standing::Unhealthy && self.successes_in_row < self.successes {
            let seen = format!("passes again, {} of {} times", self.successes_in_row, self.successes);
            self.reason = Some(seen);
            return None;
        }
        self.turn(standing, reason)
    }

    fn failed(&mut self, reason: String) -> Option<Change> {
        self.successes_in_row = 0;
        self.failures_in_row = self.failures_in_row.saturating_add(1);
        let counts = match self.standing {
            Standing::Healthy | Standing::Degraded => true,
            // Nobody is restarted for one failure at the start.
            Standing::Unknown => self.kind == CheckKind::Liveness,
            Standing::Unhealthy => false,
        };
        if counts && self.failures_in_row < self.failures {
            let seen = format!("failed {} of {} times: {reason}", self.failures_in_row, self.failures);
            self.reason = Some(seen);
            return None;
        }
        self.turn(Standing::Unhealthy, Some(reason))
    }

    fn turn(&mut self, to: Standing, reason: Option<String>) -> Option<Change> {
        let from = std::mem::replace(&mut self.standing, to);
        self.reason.clone_from(&reason);
        (from != to).then_some(Change { from, to, reason })
    }

    /// Returns for how long the last result has been too old to count, where that made it unhealthy.
    pub(crate) fn outdated_for(&self, now: Instant) -> Option<Duration> {
        self.stale(now).filter(|_| self.standing != Standing::Unhealthy)?;
        now.saturating_duration_since(self.last_result?).checked_sub(self.stale_after)
    }

    fn stale(&self, now: Instant) -> Option<String> {
        let age = now.saturating_duration_since(self.last_result?);
        let stale = age > self.stale_after && self.standing != Standing::Unknown && !self.is_settled();
        stale.then(|| format!("no result for {} s", age.as_secs()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;
    use crate::Health;
    use crate::health::descriptor::HealthCheck;
    use crate::health::testing::{check, leak};

    /// A status and the clock it lives by.
    struct Manual(Status, Instant);

    impl Manual {
        fn new(failures: u32, successes: u32) -> Self {
            let check = HealthCheck {
                failures,
                successes,
                interval: Duration::from_secs(10),
                timeout: Duration::from_secs(1),
                ..check("manual")
            };
            Manual(Status::new(&leak(check)), Instant::now())
        }

        fn after(&mut self, seconds: u64) -> Standing {
            self.1 += Duration::from_secs(seconds);
            self.0.at(self.1).0
        }

        fn says(&mut self, health: Health) -> (Standing, bool) {
            let (verdict, reason, _) = health.into_parts();
            let change = self.0.apply(self.1, verdict, reason);
            (self.0.at(self.1).0, change.is_some())
        }

        fn fails(&mut self) -> (Standing, bool) {
            self.says(Health::unhealthy("down"))
        }
    }

    #[test]
    fn it_takes_some_failures_to_fall_and_some_successes_to_rise() {
        let mut it = Manual::new(3, 2);
        assert_eq!(it.0.at(it.1).0, Standing::Unknown);
        assert_eq!(it.says(Health::healthy()), (Standing::Healthy, true));
        assert_eq!(it.fails(), (Standing::Healthy, false));
        assert_eq!(it.fails(), (Standing::Healthy, false));
        assert_eq!(it.says(Health::healthy()), (Standing::Healthy, false));
        assert_eq!(it.fails(), (Standing::Healthy, false));
        assert_eq!(it.fails(), (Standing::Healthy, false));
        assert_eq!(it.0.at(it.1).1.unwrap(), "failed 2 of 3 times: down");
        assert_eq!(it.fails(), (Standing::Unhealthy, true));
        assert_eq!(it.fails(), (Standing::Unhealthy, false));
        assert_eq!(it.says(Health::healthy()), (Standing::Unhealthy, false));
        assert_eq!(it.0.at(it.1).1.unwrap(), "passes again, 1 of 2 times");
        assert_eq!(it.fails(), (Standing::Unhealthy, false));
        assert_eq!(it.says(Health::healthy()), (Standing::Unhealthy, false));
        assert_eq!(it.says(Health::healthy()), (Standing::Healthy, true));
        assert_eq!(it.0.at(it.1).1, None);
    }

    #[test]
    fn the_first_result_decides_at_once() {
        let mut it = Manual::new(3, 2);
        assert_eq!(it.fails(), (Standing::Unhealthy, true));
        assert!(!it.0.passed_once());
        let mut it = Manual::new(3, 2);
        let slow = || Health::degraded("slow");
        assert_eq!(it.says(slow()), (Standing::Degraded, true));
        assert!(it.0.passed_once());
        assert_eq!(it.says(Health::healthy()), (Standing::Healthy, true));
        assert_eq!(it.says(slow()), (Standing::Degraded, true));
        assert_eq!(it.says(slow()), (Standing::Degraded, false));
    }

    #[test]
    fn a_result_counts_for_three_intervals_and_a_timeout() {
        let mut it = Manual::new(1, 2);
        it.says(Health::healthy());
        assert_eq!(it.after(31), Standing::Healthy);
        assert_eq!(it.after(1), Standing::Unhealthy);
        assert_eq!(it.0.at(it.1).1.unwrap(), "no result for 32 s");
        let change = it.0.expire(it.1).unwrap();
        assert_eq!((change.from, change.to), (Standing::Healthy, Standing::Unhealthy));
        assert_eq!(it.0.expire(it.1), None, "one change, told once");
        assert_eq!(it.says(Health::healthy()), (Standing::Unhealthy, false));
        assert_eq!(it.says(Health::healthy()), (Standing::Healthy, true));
    }

    #[test]
    fn a_missing_value_is_unknown_and_names_its_type() {
        let mut it = Manual::new(1, 1);
        assert_eq!(it.0.miss(it.1, Missing("app::Pool")), None, "it was unknown before");
        let (standing, reason) = it.0.at(it.1);
        assert_eq!(standing, Standing::Unknown);
        assert_eq!(reason.unwrap(), "no value of type `app::Pool` was provided");
        assert_eq!(it.after(3600), Standing::Unknown);
        assert_eq!(it.says(Health::healthy()), (Standing::Healthy, true));
    }
}
