//! One run of one check: its own task, its own span, a timeout.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, timeout};
use tracing::instrument::WithSubscriber;
use tracing::{Dispatch, Instrument, Span, dispatcher};

use super::answer::{Health, Verdict as Said};
use super::check::{Check, Work};
use super::states::{Missing, States};
use crate::engine::pending::{self, Parent, Pending};
use crate::engine::port;
use crate::outcome::{Outcome, Verdict};

/// What a run gives: a health, or the type of the value it lacks.
type Answer = Result<Health, Missing>;

/// What became of a run.
pub(super) enum Run {
    /// What it said, and the time it took, unless it was not started because its last run has not ended.
    Ended(Answer, Option<Duration>),
    /// There is nowhere to run it, and why.
    Nowhere(&'static str),
}

/// Where checks run.
#[derive(Clone)]
pub(super) struct Places {
    /// The thread of the schedules, where nothing may block.
    pub(super) own: Handle,
    /// The program's runtime.
    pub(super) program: Option<Handle>,
}

/// Runs one check, never twice at the same time.
pub(super) struct Runner {
    check: Arc<Check>,
    places: Places,
    states: States,
    /// Where its span and what it says go, whichever thread it runs on.
    dispatch: Dispatch,
    /// The run that did not end in time. An async one has been dropped, a blocking one keeps its thread.
    overdue: Option<(Task, Instant)>,
}

impl Runner {
    pub(super) fn new(check: Arc<Check>, places: Places, states: States, dispatch: Dispatch) -> Self {
        Runner { check, places, states, dispatch, overdue: None }
    }

    /// Runs the check.
    pub(super) async fn run(&mut self) -> Run {
        if let Some((task, since)) = &self.overdue
            && !task.0.is_finished()
        {
            let seconds = since.elapsed().as_secs_f64();
            let reason = match task.has_begun() {
                true => format!("still running after {seconds:.1} s"),
                false => format!("has not begun after {seconds:.1} s: {NO_TURN}"),
            };
            return Run::Ended(Ok(Health::unhealthy(reason)), None);
        }
        self.overdue = None;
        let started = Instant::now();
        let span = span(&self.check);
        let mut task = self.spawn(span.clone());
        let (answer, verdict) = match timeout(self.check.timeout, &mut task.0).await {
            Ok(Ok(answer)) => judged(answer),
            Ok(Err(error)) => match broken(error) {
                Some(broken) => broken,
                None => {
                    port::set_verdict(&span, verdict(Outcome::Cancelled, None));
                    return Run::Nowhere(
                        "its runtime has ended; give it one that lasts by `builder().runtime(handle)`",
                    );
                }
            },
            Err(_elapsed) => {
                task.0.abort();
                let reason = match task.has_begun() {
                    true => format!("no answer within {:?}", self.check.timeout),
                    false => format!("did not begin within {:?}: {NO_TURN}", self.check.timeout),
                };
                self.overdue = Some((task, started));
                (Ok(Health::unhealthy(reason)), verdict(Outcome::Error, Some("timeout")))
            }
        };
        let took = started.elapsed();
        port::set_verdict(&span, verdict);
        let failed = answer.as_ref().ok().filter(|health| !health.is_passing());
        if let Some(reason) = failed.and_then(Health::reason) {
            port::describe(&span, reason);
        }
        if took >= self.check.timeout / 2 {
            port::keep(&span);
        }
        Run::Ended(answer, Some(took))
    }

    /// Everything of the user's runs in the task, the look-up of its arguments included.
    fn spawn(&self, span: Span) -> Task {
        let (states, dispatch) = (self.states.clone(), self.dispatch.clone());
        let begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&begun);
        let begin = move || begins.store(true, Ordering::Relaxed);
        let Places { own, program } = &self.places;
        let task = match (&self.check.work, program) {
            (Work::Own(make), _) => {
                let (make, limit) = (Arc::clone(make), self.check.timeout);
                own.spawn(awaited(begin, move || make(&states, limit), span, dispatch))
            }
            (Work::Async(make), Some(program)) => {
                let make = Arc::clone(make);
                program.spawn(awaited(begin, move || make(&states), span, dispatch))
            }
            (Work::Async(make), None) => {
                // It may block all the same, as what is written for other runtimes does: a thread is its own, the schedules' is
                // not. A run that only waits is dropped when its time is up.
                let (make, handle, limit) = (Arc::clone(make), own.clone(), self.check.timeout);
                own.spawn_blocking(move || {
                    let run = awaited(begin, move || make(&states), span, dispatch);
                    let late = || Ok(Health::unhealthy(format!("no answer within {limit:?}")));
                    handle.block_on(async { timeout(limit, run).await.unwrap_or_else(|_| late()) })
                })
            }
            (Work::Blocking(make), program) => {
                // Not on a thread of the program's runtime, whose end waits for what blocks there; inside it all the same.
                let (make, program) = (Arc::clone(make), program.clone());
                own.spawn_blocking(move || {
                    begin();
                    let _entered = program.as_ref().map(Handle::enter);
                    let check = || make(&states).map(|check| check());
                    dispatcher::with_default(&dispatch, || span.in_scope(check))
                })
            }
        };
        Task(task, begun)
    }
}

/// Why a run that was started does not begin.
const NO_TURN: &str = "the runtime that it is to run on stands still";

/// Makes the span of a run. It is exported, with all that happens in it, if the run fails or takes half the time that it may:
/// nobody needs one every few seconds that says that all is well.
fn span(check: &Check) -> Span {
    let watched = Pending { callsite: None, parent: Parent::Watched, links: Vec::new() };
    pending::offer(watched, || {
        tracing::info_span!(
            target: "obs::health",
            parent: None,
            "health_check",
            check = &*check.name,
            kind = check.kind.as_str(),
        )
    })
}

/// Runs what is awaited, in its span.
fn awaited<R: Future<Output = Health> + Send>(
    begin: impl FnOnce() + Send,
    make: impl FnOnce() -> Result<R, Missing> + Send,
    span: Span,
    dispatch: Dispatch,
) -> impl Future<Output = Answer> + Send {
    async move {
        begin();
        match make() {
            Ok(run) => Ok(run.await),
            Err(missing) => Err(missing),
        }
    }
    .instrument(span)
    .with_subscriber(dispatch)
}

/// A task that is dropped together with the schedule it belongs to.
struct Task(JoinHandle<Answer>, Arc<AtomicBool>);

impl Task {
    /// Tells whether it has got a thread, or was polled.
    fn has_begun(&self) -> bool {
        self.1.load(Ordering::Relaxed)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn verdict(outcome: Outcome, error_type: Option<&'static str>) -> Verdict {
    Verdict { outcome, error_type }
}

fn judged(answer: Answer) -> (Answer, Verdict) {
    let verdict = match answer.as_ref().map(Health::verdict) {
        Ok(Said::Healthy | Said::Degraded) => verdict(Outcome::Ok, None),
        Ok(Said::Unhealthy) => verdict(Outcome::Error, Some("unhealthy")),
        Err(_) => verdict(Outcome::Ok, None), // it did not run
    };
    (answer, verdict)
}

/// A panic; `None` for a runtime that is being shut down.
fn broken(error: JoinError) -> Option<(Answer, Verdict)> {
    let payload = error.try_into_panic().ok()?;
    let reason = format!("panicked: {}", message(&*payload));
    // It is the user's, and may panic as well.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
    Some((Ok(Health::unhealthy(reason)), verdict(Outcome::Panicked, Some("panic"))))
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned.or(payload.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}
