//! All checks of the program, each on its schedule, and what is known of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tracing::instrument::WithSubscriber;
use tracing::{Dispatch, dispatcher};

use super::check::Check;
use super::report::{Probe, Question, Report};
use super::runner::{Places, Runner};
use super::schedule::schedule;
use super::states::{Program, States};
use super::status::Standing;
use super::thread::Thread;
use super::valid::CheckError;
use super::watched::Watched;
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point, Text};

/// The checks that there may be: each is a series of two metrics.
pub(super) const MOST: usize = 1_000;

/// Runs checks until it is stopped or dropped.
pub(crate) struct Monitor {
    scheduled: Mutex<BTreeMap<Text, Scheduled>>,
    schedules: Mutex<Schedules>,
    /// Where checks run; `None` for the thread of the schedules.
    program: Option<Handle>,
    states: States,
    /// Where logs and spans of checks go.
    dispatch: Dispatch,
    /// Counts the changes.
    changes: watch::Sender<u64>,
    leaving: RwLock<Option<Instant>>,
    /// When the schedules ended.
    ended: Arc<OnceLock<Instant>>,
}

struct Scheduled {
    watched: Arc<Watched>,
    schedule: AbortHandle,
}

/// Where schedules run: on a thread of their own, which the first check starts.
enum Schedules {
    NotYet,
    Running(Thread),
    Stopped,
    #[cfg(test)]
    On(Handle),
}

impl Monitor {
    /// Makes one without checks. They will run on `program`, the runtime of the program, or where there is none on a thread of
    /// ours. Logs and spans go to the subscriber of this thread, even where those of the runtime have none.
    pub(crate) fn new(program: Option<Handle>, states: &States) -> Arc<Monitor> {
        Monitor::on(Schedules::NotYet, program, states)
    }

    /// The same, with the schedules on `handle`, whose clock may stand still.
    #[cfg(test)]
    pub(crate) fn on_handle(handle: &Handle, program: Option<Handle>, states: &States) -> Arc<Monitor> {
        Monitor::on(Schedules::On(handle.clone()), program, states)
    }

    fn on(schedules: Schedules, program: Option<Handle>, states: &States) -> Arc<Monitor> {
        states.provide(Program(program.clone()));
        Arc::new(Monitor {
            scheduled: Mutex::default(),
            schedules: Mutex::new(schedules),
            program,
            states: states.clone(),
            dispatch: dispatcher::get_default(Dispatch::clone),
            changes: watch::Sender::new(0),
            leaving: RwLock::new(None),
            ended: Arc::default(),
        })
    }

    fn scheduled(&self) -> MutexGuard<'_, BTreeMap<Text, Scheduled>> {
        self.scheduled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a check and starts its schedule. Does not block. Refuses a check that the attribute would refuse, and a name that
    /// another one has.
    pub(crate) fn add(&self, check: Check) -> Result<(), CheckError> {
        check.validate()?;
        let refuse = |problem: String| Err(CheckError { name: check.name.to_string(), problem });
        let mut scheduled = self.scheduled();
        if let Some(error) = too_many(scheduled.len() + 1) {
            return refuse(error.problem);
        }
        let Entry::Vacant(place) = scheduled.entry(check.name.clone()) else {
            return refuse("there is a check of that name; give it another, or remove the first".to_owned());
        };
        let handle = match self.handle() {
            Ok(handle) => handle,
            Err(error) => return refuse(format!("the thread for its schedule did not start: {error}")),
        };
        let check = Arc::new(check);
        let watched =
            Arc::new(Watched::new(Arc::clone(&check), self.changes.clone(), Arc::clone(&self.ended)));
        let places = Places { own: handle.clone(), program: self.program.clone() };
        let runner = Runner::new(check, places, self.states.clone(), self.dispatch.clone());
        let schedule = schedule(Arc::clone(&watched), runner, self.states.clone());
        let schedule = handle.spawn(schedule.with_subscriber(self.dispatch.clone())).abort_handle();
        place.insert(Scheduled { watched, schedule });
        drop(scheduled);
        self.changes.send_modify(|version| *version += 1);
        Ok(())
    }

    /// Removes a check; false if there is none of that name. A run that is under way is dropped, one that blocks goes on to
    /// its end.
    pub(crate) fn remove(&self, name: &str) -> bool {
        let removed = self.scheduled().remove(name);
        if let Some(removed) = &removed {
            removed.schedule.abort();
            self.changes.send_modify(|version| *version += 1);
        }
        removed.is_some()
    }

    fn handle(&self) -> io::Result<Handle> {
        let mut schedules = self.schedules();
        if let Schedules::NotYet = *schedules {
            *schedules = Schedules::Running(Thread::start()?);
        }
        match &*schedules {
            Schedules::Running(thread) => Ok(thread.handle()),
            Schedules::NotYet | Schedules::Stopped => Err(io::Error::other("obs was shut down")),
            #[cfg(test)]
            Schedules::On(handle) => Ok(handle.clone()),
        }
    }

    fn schedules(&self) -> MutexGuard<'_, Schedules> {
        self.schedules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the schedules; what is known stays, and grows no older: probes are answered until the end.
    pub(crate) fn stop(&self) {
        self.ended.get_or_init(|| tokio::time::Instant::now().into_std());
        for scheduled in self.scheduled().values() {
            scheduled.schedule.abort();
        }
        *self.schedules() = Schedules::Stopped;
    }

    /// Says that the program is about to end: from now on it is not ready, whatever its checks say. Returns since when.
    pub(crate) fn leave(&self) -> Instant {
        let mut leaving = self.leaving.write().unwrap_or_else(PoisonError::into_inner);
        let since = *leaving.get_or_insert_with(Instant::now);
        drop(leaving);
        self.changes.send_modify(|version| *version += 1);
        since
    }

    fn is_leaving(&self) -> bool {
        self.leaving.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Answers a probe from what is known. Never runs a check, never waits for one.
    pub(crate) fn report(&self, question: &Question) -> Report {
        let scheduled = self.scheduled();
        let reports =
            scheduled.values().filter(|s| question.includes(&s.watched.check)).map(|s| s.watched.report());
        Report { probe: question.probe, checks: reports.collect(), is_leaving: self.is_leaving() }
    }

    /// Returns what changes when an answer may have changed: a state, the checks that there are, the end that is near.
    /// A result that becomes stale changes nothing before the next run would have begun.
    #[cfg(any(test, feature = "grpc"))]
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn watched(&self) -> Vec<Arc<Watched>> {
        self.scheduled().values().map(|scheduled| Arc::clone(&scheduled.watched)).collect()
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.scheduled().keys()).finish()
    }
}

impl MetricSource for Monitor {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        let watched = self.watched();
        if watched.is_empty() {
            return;
        }
        visitor.family(&Family {
            name: "health_check_duration_seconds",
            help: "How long the runs of a health check took; a run without an answer counts with its timeout.",
            unit: "seconds",
            kind: MetricKind::Histogram,
        });
        for watched in &watched {
            let durations = watched.durations();
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
        for watched in &watched {
            let value = match watched.standing() {
                Standing::Healthy => 1.0,
                Standing::Degraded => 0.5,
                Standing::Unhealthy | Standing::Unknown => 0.0,
            };
            visitor.point(&watched.labels(), Point::Gauge(value));
        }
        visitor.family(&Family {
            name: "health_probe_status",
            help: "Whether a probe succeeds: 1 if it does, 0 if a check or a shutdown makes it fail.",
            unit: "",
            kind: MetricKind::Gauge,
        });
        for (probe, name) in [(Probe::Live, "live"), (Probe::Ready, "ready"), (Probe::Startup, "startup")] {
            let passes = self.report(&probe.into()).passes();
            visitor.point(&[("probe", name)], Point::Gauge(f64::from(u8::from(passes))));
        }
    }
}

/// Refuses so many checks.
pub(crate) fn too_many(checks: usize) -> Option<CheckError> {
    let problem = format!("there are {MOST} checks already; remove some");
    (checks > MOST).then(|| CheckError { name: format!("the {checks}th"), problem })
}

/// Returns one line for each name that more than one check has, with the places.
pub(crate) fn duplicates<'a>(checks: impl IntoIterator<Item = &'a Check>) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for check in checks {
        let place = if check.place.is_empty() { "`Builder::health_check`" } else { &check.place };
        places.entry(&check.name).or_default().push(place);
    }
    places.retain(|_, places| places.len() > 1);
    let line = |(name, places): (&str, Vec<&str>)| {
        format!("health check `{name}` is declared more than once: {}", places.join(" and "))
    };
    places.into_iter().map(line).collect()
}
