//! Runs every check on its own schedule and keeps what it says.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};
use tracing::instrument::WithSubscriber;
use tracing::{Dispatch, dispatcher};

use super::check::{Health, HealthCheck};
use super::durations::Durations;
use super::report::{CheckReport, Probe, Report};
use super::runner::Runner;
use super::states::{Missing, States};
use super::status::{Change, Standing, Status};
use crate::clock;
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point};

/// The first runs are spread over this long, or over a tenth of the interval if that is shorter.
const FIRST_RUNS: Duration = Duration::from_millis(250);

/// Runs checks until it is stopped or dropped.
pub(crate) struct Monitor {
    /// By name.
    watched: Vec<Arc<Watched>>,
    schedules: Vec<AbortHandle>,
}

impl Monitor {
    /// Starts one task a check on `handle`, whose runtime must have its timers enabled. Does not block. Logs and spans go
    /// to the subscriber of this thread, even where those of the runtime have none.
    pub(crate) fn start(
        handle: &Handle,
        mut checks: Vec<&'static HealthCheck>,
        states: &States,
    ) -> Arc<Monitor> {
        checks.sort_by_key(|check| check.name);
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let watched: Vec<_> = checks.into_iter().map(|check| Arc::new(Watched::new(check))).collect();
        let schedules = watched
            .iter()
            .map(|w| {
                let runner = Runner::new(w.check, handle.clone(), states.clone(), dispatch.clone());
                let schedule = schedule(Arc::clone(w), runner, states.clone());
                handle.spawn(schedule.with_subscriber(dispatch.clone())).abort_handle()
            })
            .collect();
        Arc::new(Monitor { watched, schedules })
    }

    /// Ends the schedules; what is known stays.
    pub(crate) fn stop(&self) {
        for watched in &self.watched {
            watched.stopped.store(true, Ordering::Relaxed);
        }
        for schedule in &self.schedules {
            schedule.abort();
        }
    }

    /// Answers a probe from what is known. Never runs a check, never waits for one.
    pub(crate) fn report(&self, probe: Probe) -> Report {
        let asked = self.watched.iter().filter(|w| probe.includes(w.check.kind));
        Report { probe, checks: asked.map(|w| w.report()).collect() }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.watched.iter().map(|w| w.check.name)).finish()
    }
}

impl MetricSource for Monitor {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        if self.watched.is_empty() {
            return;
        }
        visitor.family(&Family {
            name: "health_check_duration_seconds",
            help: "How long the runs of a health check took; a run without an answer counts with its timeout.",
            unit: "seconds",
            kind: MetricKind::Histogram,
        });
        for watched in &self.watched {
            let durations = watched.known().durations.clone();
            if !durations.is_empty() {
                visitor.point(&watched.labels(), durations.point());
            }
        }
        visitor.family(&Family {
            name: "health_check_status",
            help: "The state of a health check: 1 healthy, 0.5 degraded, 0 unhealthy or unknown.",
            unit: "",
            kind: MetricKind::Gauge,
        });
        for watched in &self.watched {
            let value = match watched.report().standing {
                Standing::Healthy => 1.0,
                Standing::Degraded => 0.5,
                Standing::Unhealthy | Standing::Unknown => 0.0,
            };
            visitor.point(&watched.labels(), Point::Gauge(value));
        }
    }
}

/// A check and what is known of it.
struct Watched {
    check: &'static HealthCheck,
    /// Told to stop: its schedule ends on purpose.
    stopped: AtomicBool,
    known: Mutex<Known>,
}

struct Known {
    status: Status,
    ran_unix_nanos: Option<u64>,
    took: Option<Duration>,
    durations: Durations,
}

impl Watched {
    fn new(check: &'static HealthCheck) -> Self {
        Watched {
            check,
            stopped: AtomicBool::new(false),
            known: Mutex::new(Known {
                status: Status::new(check),
                ran_unix_nanos: None,
                took: None,
                durations: Durations::default(),
            }),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn labels(&self) -> [(&str, &str); 2] {
        [("check", self.check.name), ("kind", self.check.kind.as_str())]
    }

    fn report(&self) -> CheckReport {
        let known = self.known();
        let (standing, reason) = known.status.at(Instant::now().into_std());
        CheckReport {
            check: self.check,
            standing,
            reason,
            passed_once: known.status.passed_once(),
            ran_unix_nanos: known.ran_unix_nanos,
            took: known.took,
        }
    }

    fn expire(&self) {
        let change = self.known().status.expire(Instant::now().into_std());
        self.tell(change);
    }

    fn lose(&self, reason: &str) {
        let change = self.known().status.lose(reason);
        self.tell(change);
    }

    fn apply(&self, answer: Result<Health, Missing>, took: Option<Duration>) {
        let mut known = self.known();
        if let Some(took) = took.filter(|_| answer.is_ok()) {
            known.durations.observe(took);
            known.took = Some(took);
            known.ran_unix_nanos = Some(clock::unix_nanos());
        }
        let change = known.status.apply(Instant::now().into_std(), answer);
        drop(known);
        self.tell(change);
    }

    /// Writes the one log line of a change. Not under the lock: subscribers are other people's code.
    fn tell(&self, change: Option<Change>) {
        let Some(Change { from, to, reason }) = change else {
            return;
        };
        let (check, from, reason) = (self.check.name, from.as_str(), reason.unwrap_or_default());
        let kind = self.check.kind.as_str();
        let colon = if reason.is_empty() { "" } else { ": " };
        if to == Standing::Healthy {
            tracing::info!(target: "obs::health", check, kind, from, "health check `{check}` is {to}");
        } else {
            tracing::warn!(target: "obs::health", check, kind, from, "health check `{check}` is {to}{colon}{reason}");
        }
    }
}

/// Runs a check again and again. While a value is missing, the next one that is provided ends the pause.
async fn schedule(watched: Arc<Watched>, mut runner: Runner, states: States) {
    let guard = Ended(Arc::clone(&watched));
    let interval = watched.check.interval;
    sleep(times(FIRST_RUNS.min(interval / 10), random())).await;
    loop {
        watched.expire();
        let mut provided = pin!(states.provided());
        provided.as_mut().enable(); // before the run, or a value could slip in between
        let (answer, took) = runner.run().await;
        let missing = answer.is_err();
        guard.0.apply(answer, took);
        let pause = times(interval, 0.9 + 0.2 * random());
        if missing {
            let _either = timeout(pause, provided).await;
        } else {
            sleep(pause).await;
        }
    }
}

/// Sees the schedule end by itself: nobody would run the check again.
struct Ended(Arc<Watched>);

impl Drop for Ended {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lose("its schedule panicked; are the timers of its runtime enabled?");
        } else if !self.0.stopped.load(Ordering::Relaxed) {
            self.0.lose("its runtime has ended; give it one that lasts by `builder().runtime(handle)`");
        }
    }
}

/// Returns a part of a duration; the duration itself where the result would not be one.
fn times(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(duration)
}

/// Returns a number from 0 to below 1; good enough to spread runs.
fn random() -> f64 {
    let bits = RandomState::new().hash_one(0u8);
    f64::from((bits >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
}

/// Returns one line for each name that more than one check has, with the places.
pub(crate) fn duplicates(checks: &[&'static HealthCheck]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for check in checks {
        let place = format!("{}:{}", check.file, check.line);
        places.entry(check.name).or_default().push(place);
    }
    places.retain(|_, places| places.len() > 1);
    let line = |(name, places): (&str, Vec<String>)| {
        format!("health check `{name}` is declared more than once: {}", places.join(" and "))
    };
    places.into_iter().map(line).collect()
}
