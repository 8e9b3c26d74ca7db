//! A check that is registered while the program runs, and what all checks are once they are scheduled.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::answer::IntoHealth;
use super::descriptor::{AsyncRun, BlockingRun, CheckKind, HealthCheck, Run};
use super::states::{Missing, States};
use crate::record::Text;

const INTERVAL: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(1);
const FAILURES: u32 = 3;

/// A health check that is registered while the program runs: by
/// [`Builder::health_check`](crate::Builder::health_check) or [`Guard::add_health_check`](crate::Guard::add_health_check).
///
/// Its options and their defaults are those of `#[health_check]`. `W` is what it looks at: the checks that
/// [`health`](crate::health) makes have options of their own, which may come before and after those of all checks. Whatever
/// takes a check takes these, too; an option that cannot be is refused there.
///
/// ```
/// # extern crate obs_runtime as obs;
/// use std::time::Duration;
/// use obs::health::Check;
///
/// let cache = Check::new("cache", || async { Ok::<(), std::io::Error>(()) })
///     .critical()
///     .interval(Duration::from_secs(5))
///     .timeout(Duration::from_millis(500));
/// # let _ = obs::builder().health_check(cache);
/// ```
#[derive(Clone)]
#[must_use = "a check does nothing until it is registered"]
pub struct Check<W = Work> {
    pub(crate) name: Text,
    pub(crate) kind: CheckKind,
    pub(crate) critical: bool,
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
    pub(crate) failures: u32,
    pub(crate) successes: u32,
    pub(crate) initial_delay: Duration,
    pub(crate) group: Text,
    pub(crate) tags: Vec<Text>,
    pub(crate) doc: Text,
    /// Where it is declared, as `src/orders.rs:7`; empty for one that is registered while the program runs.
    pub(crate) place: String,
    pub(crate) work: W,
    /// What is wrong with its work's options; it will not be registered.
    pub(crate) problem: Option<String>,
}

/// Makes a run, or says which value it lacks.
type Make<T> = Arc<dyn Fn(&States) -> Result<T, Missing> + Send + Sync>;

/// Makes a run that knows its check's timeout.
type MakeTimed<T> = Arc<dyn Fn(&States, Duration) -> Result<T, Missing> + Send + Sync>;

/// What a check does, and where.
#[derive(Clone)]
pub enum Work {
    /// Awaits; on the program's runtime, where there is one.
    Async(Make<AsyncRun>),
    /// May block; on a thread for that.
    Blocking(Make<BlockingRun>),
    /// Awaits and never blocks: on the thread of the schedules, whose runtime has I/O and timers, whatever the program's has.
    Own(MakeTimed<AsyncRun>),
}

impl Check {
    /// Makes a check of an async closure, which returns what a function under `#[health_check]` may.
    ///
    /// `name` consists of `a-z`, `0-9`, `_`, `.` and `-`; registering refuses another one.
    pub fn new<F, R>(name: impl Into<Text>, run: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output: IntoHealth> + Send + 'static,
    {
        Check::of(name, Work::Async(Arc::new(move |_| Ok(boxed(run())))))
    }

    /// Makes a check of a closure that may block.
    pub fn blocking<F, H>(name: impl Into<Text>, run: F) -> Self
    where
        F: Fn() -> H + Send + Sync + 'static,
        H: IntoHealth,
    {
        Check::of(name, Work::blocking(run))
    }
}

impl Work {
    /// Makes the work of a check that may block.
    pub(crate) fn blocking<F, H>(run: F) -> Self
    where
        F: Fn() -> H + Send + Sync + 'static,
        H: IntoHealth,
    {
        let run = Arc::new(run);
        Work::Blocking(Arc::new(move |_| {
            let run = Arc::clone(&run);
            Ok(Box::new(move || run().into_health()))
        }))
    }

    /// Makes the work of a check of ours, which never blocks. `run` is given the check's timeout, so that it can say in time
    /// what it waits for.
    pub(crate) fn own<F, R>(run: F) -> Self
    where
        F: Fn(&States, Duration) -> Result<R, Missing> + Send + Sync + 'static,
        R: Future<Output: IntoHealth> + Send + 'static,
    {
        Work::Own(Arc::new(move |states, limit| run(states, limit).map(boxed)))
    }
}

impl<W> Check<W> {
    pub(crate) fn of(name: impl Into<Text>, work: W) -> Self {
        Check {
            name: name.into(),
            kind: CheckKind::Readiness,
            critical: false,
            interval: INTERVAL,
            timeout: TIMEOUT,
            failures: FAILURES,
            successes: 1,
            initial_delay: Duration::ZERO,
            group: Text::Borrowed(""),
            tags: Vec::new(),
            doc: Text::Borrowed(""),
            place: String::new(),
            work,
            problem: None,
        }
    }

    /// Makes what it does of what it looks at, or notes what is wrong with that.
    pub(crate) fn into_work(self, make: impl FnOnce(W) -> Result<Work, String>) -> Check {
        let (work, problem) = match make(self.work) {
            Ok(work) => (work, self.problem),
            Err(problem) => (Work::own(|_, _| Ok(std::future::ready(false))), Some(problem)),
        };
        Check {
            name: self.name,
            kind: self.kind,
            critical: self.critical,
            interval: self.interval,
            timeout: self.timeout,
            failures: self.failures,
            successes: self.successes,
            initial_delay: self.initial_delay,
            group: self.group,
            tags: self.tags,
            doc: self.doc,
            place: self.place,
            work,
            problem,
        }
    }

    /// Speaks to `/livez`: its failure means `restart me`.
    pub fn liveness(self) -> Self {
        Check { kind: CheckKind::Liveness, ..self }
    }

    /// Speaks to `/readyz`: its failure means `send me no traffic`. The default.
    pub fn readiness(self) -> Self {
        Check { kind: CheckKind::Readiness, ..self }
    }

    /// Speaks to `/startupz`: until it has passed once, the program is starting. After that it runs no more.
    pub fn startup(self) -> Self {
        Check { kind: CheckKind::Startup, ..self }
    }

    /// Makes its failure flip `/readyz`; a readiness check that is not critical is only shown.
    pub fn critical(self) -> Self {
        Check { critical: true, ..self }
    }

    /// Sets the time from the end of one run to the start of the next; 10 s.
    pub fn interval(self, interval: Duration) -> Self {
        Check { interval, ..self }
    }

    /// Sets the time after which a run has failed, below the interval; 1 s.
    pub fn timeout(self, timeout: Duration) -> Self {
        Check { timeout, ..self }
    }

    /// Sets how many failures in a row make it unhealthy; 3.
    pub fn failures(self, failures: u32) -> Self {
        Check { failures, ..self }
    }

    /// Sets how many successes in a row make it healthy again; 1.
    pub fn successes(self, successes: u32) -> Self {
        Check { successes, ..self }
    }

    /// Sets the time before its first run; none.
    pub fn initial_delay(self, initial_delay: Duration) -> Self {
        Check { initial_delay, ..self }
    }

    /// Puts it into a group, by which it can be asked for: `/readyz?group=storage`.
    pub fn group(self, group: impl Into<Text>) -> Self {
        Check { group: group.into(), ..self }
    }

    /// Adds a word by which it can be asked for: `/healthz?tag=external`.
    pub fn tag(mut self, tag: impl Into<Text>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Says what it looks at, for those who read reports.
    pub fn doc(self, doc: impl Into<Text>) -> Self {
        Check { doc: doc.into(), ..self }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn boxed<R: Future<Output: IntoHealth> + Send + 'static>(run: R) -> AsyncRun {
    Box::pin(async move { run.await.into_health() })
}

impl From<&'static HealthCheck> for Check {
    fn from(check: &'static HealthCheck) -> Self {
        Check {
            name: Text::Borrowed(check.name),
            kind: check.kind,
            critical: check.critical,
            interval: check.interval,
            timeout: check.timeout,
            failures: check.failures,
            successes: check.successes,
            initial_delay: check.initial_delay,
            group: Text::Borrowed(check.group),
            tags: check.tags.iter().map(|tag| Text::Borrowed(*tag)).collect(),
            doc: Text::Borrowed(check.doc),
            place: format!("{}:{}", check.file, check.line),
            work: match check.run {
                Run::Async(run) => Work::Async(Arc::new(run)),
                Run::Blocking(run) => Work::Blocking(Arc::new(run)),
            },
            problem: None,
        }
    }
}

impl<W> fmt::Debug for Check<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("critical", &self.critical)
            .finish_non_exhaustive()
    }
}
