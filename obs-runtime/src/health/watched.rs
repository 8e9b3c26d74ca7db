//! A check, what is known of it, and the one log line of a change.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant as StdInstant};

use tokio::sync::watch;
use tokio::time::Instant;

use super::answer::Health;
use super::check::Check;
use super::durations::Durations;
use super::report::CheckReport;
use super::states::Missing;
use super::status::{Change, Standing, Status};
use crate::clock;
use crate::record::Attribute;

/// A check and what is known of it.
pub(super) struct Watched {
    pub(super) check: Arc<Check>,
    known: Mutex<Known>,
    /// Told of every change.
    changes: watch::Sender<u64>,
    /// When the last run of any check was: results age no more.
    ended: Arc<OnceLock<StdInstant>>,
}

struct Known {
    status: Status,
    details: Vec<Attribute>,
    ran_unix_nanos: Option<u64>,
    since_unix_nanos: u64,
    took: Option<Duration>,
    durations: Durations,
}

impl Known {
    /// Returns when the last result became too old to count, where that is what it is unhealthy for.
    fn outdated_since(&self, now: StdInstant) -> Option<u64> {
        let ago = self.status.outdated_for(now)?;
        Some(clock::unix_nanos().saturating_sub(u64::try_from(ago.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl Watched {
    pub(super) fn new(
        check: Arc<Check>,
        changes: watch::Sender<u64>,
        ended: Arc<OnceLock<StdInstant>>,
    ) -> Self {
        let known = Known {
            status: Status::new(&check),
            details: Vec::new(),
            ran_unix_nanos: None,
            since_unix_nanos: clock::unix_nanos(),
            took: None,
            durations: Durations::default(),
        };
        Watched { check, known: Mutex::new(known), changes, ended }
    }

    /// Returns by when results are judged.
    fn now(&self) -> StdInstant {
        self.ended.get().copied().unwrap_or_else(|| Instant::now().into_std())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how long its runs took.
    pub(super) fn durations(&self) -> Durations {
        self.known().durations.clone()
    }

    /// Returns its labels.
    pub(super) fn labels(&self) -> [(&str, &str); 2] {
        [("check", &self.check.name), ("kind", self.check.kind.as_str())]
    }

    /// Returns its state, as it is now.
    pub(super) fn standing(&self) -> Standing {
        self.known().status.at(self.now()).0
    }

    /// Returns what is known of it.
    pub(super) fn report(&self) -> CheckReport {
        let known = self.known();
        let (standing, reason) = known.status.at(self.now());
        CheckReport {
            check: Arc::clone(&self.check),
            standing,
            reason,
            details: known.details.clone(),
            passed_once: known.status.passed_once(),
            ran_unix_nanos: known.ran_unix_nanos,
            since_unix_nanos: known.outdated_since(self.now()).unwrap_or(known.since_unix_nanos),
            took: known.took,
        }
    }

    /// Tells whether no run could change anything any more.
    pub(super) fn is_settled(&self) -> bool {
        self.known().status.is_settled()
    }

    /// Takes in that results stayed away, if they did.
    pub(super) fn expire(&self) {
        let mut known = self.known();
        let now = self.now();
        let since = known.outdated_since(now);
        let change = known.status.expire(now);
        self.turn_since(known, change, since);
    }

    /// Takes in that its schedule broke: nobody runs it any more.
    pub(super) fn broke(&self) {
        let mut known = self.known();
        let change = known.status.broke("its schedule panicked, and it runs no more");
        self.turn(known, change);
    }

    /// Takes in that there will be no results for now.
    pub(super) fn lose(&self, reason: &str) {
        let mut known = self.known();
        let change = known.status.lose(reason);
        self.turn(known, change);
    }

    /// Takes in what a run said, and how long it took, if it was one.
    pub(super) fn apply(&self, answer: Result<Health, Missing>, took: Option<Duration>) {
        let mut known = self.known();
        if let Some(took) = took.filter(|_| answer.is_ok()) {
            known.durations.observe(took);
            known.took = Some(took);
            known.ran_unix_nanos = Some(clock::unix_nanos());
        }
        let now = self.now();
        let change = match answer {
            Ok(health) => {
                let (verdict, reason, details) = health.into_parts();
                known.details = details;
                known.status.apply(now, verdict, reason)
            }
            Err(missing) => {
                known.details = Vec::new();
                known.status.miss(now, missing)
            }
        };
        self.turn(known, change);
    }

    /// Tells people, and who waits for changes. Not under the lock: subscribers are other people's code.
    fn turn(&self, known: MutexGuard<'_, Known>, change: Option<Change>) {
        self.turn_since(known, change, None);
    }

    /// The same, of a change that was some time ago.
    fn turn_since(&self, mut known: MutexGuard<'_, Known>, change: Option<Change>, since: Option<u64>) {
        let Some(change) = change else { return };
        known.since_unix_nanos = since.unwrap_or_else(clock::unix_nanos);
        drop(known);
        self.changes.send_modify(|version| *version += 1);
        self.tell(change);
    }

    fn tell(&self, Change { from, to, reason }: Change) {
        let (check, from, reason) = (&*self.check.name, from.as_str(), reason.unwrap_or_default());
        let kind = self.check.kind.as_str();
        let colon = if reason.is_empty() { "" } else { ": " };
        if to == Standing::Healthy {
            tracing::info!(target: "obs::health", check, kind, from, "health check `{check}` is {to}");
        } else {
            tracing::warn!(target: "obs::health", check, kind, from, "health check `{check}` is {to}{colon}{reason}");
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::health::testing::{check, leak};

    #[tokio::test(start_paused = true)]
    async fn a_stale_result_counts_as_failed_since_it_was_too_old() {
        let watched = Watched::new(Arc::new(leak(check("any"))), watch::Sender::new(0), Arc::default());
        watched.apply(Ok(Health::healthy()), Some(Duration::from_millis(1)));
        let (nanos, begun) = (Duration::as_nanos, clock::unix_nanos());
        advance(Duration::from_secs(60)).await; // 3.5 s is what a result counts
        let before = clock::unix_nanos();
        let stale = watched.report();
        assert_eq!(stale.standing, Standing::Unhealthy);
        let overdue = nanos(&Duration::from_millis(56_500)) as u64;
        assert!(stale.since_unix_nanos >= before - overdue, "the wall clock goes on by itself");
        assert!(stale.since_unix_nanos <= clock::unix_nanos() - overdue);
        assert!(stale.since_unix_nanos < begun, "the paused clock is ahead of the wall clock");
        watched.expire();
        let told = watched.report();
        assert!(
            told.since_unix_nanos.abs_diff(stale.since_unix_nanos) < overdue / 10,
            "that is taken in later"
        );
        advance(Duration::from_secs(600)).await;
        assert_eq!(watched.report().since_unix_nanos, told.since_unix_nanos, "it was failed already");
    }
}
