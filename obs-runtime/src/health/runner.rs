//! One run of one check: its own task, its own span, a timeout.

use std::any::Any;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, timeout};
use tracing::instrument::WithSubscriber;
use tracing::{Dispatch, Instrument, Span, dispatcher};

use super::check::{Health, HealthCheck, Run};
use super::states::{Missing, States};
use crate::engine::port;
use crate::outcome::{Outcome, Verdict};

/// What a run gives: a health, or the type of the value it lacks.
type Answer = Result<Health, Missing>;

/// Runs one check, never twice at the same time.
pub(super) struct Runner {
    check: &'static HealthCheck,
    handle: Handle,
    states: States,
    /// Where its span and what it says go, whichever thread it runs on.
    dispatch: Dispatch,
    /// The run that did not end in time. An async one has been dropped, a blocking one keeps its thread.
    overdue: Option<(Task, Instant)>,
}

impl Runner {
    pub(super) fn new(
        check: &'static HealthCheck,
        handle: Handle,
        states: States,
        dispatch: Dispatch,
    ) -> Self {
        Runner { check, handle, states, dispatch, overdue: None }
    }

    /// Runs the check. Also gives the time it took, unless it was not started because its last run has not ended.
    pub(super) async fn run(&mut self) -> (Answer, Option<Duration>) {
        if let Some((task, since)) = &self.overdue
            && !task.0.is_finished()
        {
            let seconds = since.elapsed().as_secs_f64();
            let reason = format!("still running after {seconds:.1} s");
            return (Ok(Health::Unhealthy(reason)), None);
        }
        self.overdue = None;
        let started = Instant::now();
        let span =
            tracing::info_span!(target: "obs::health", parent: None, "health_check", check = self.check.name);
        let mut task = self.spawn(span.clone());
        let (answer, verdict) = match timeout(self.check.timeout, &mut task.0).await {
            Ok(Ok(answer)) => judged(answer),
            Ok(Err(error)) => broken(error),
            Err(_elapsed) => {
                task.0.abort();
                self.overdue = Some((task, started));
                let reason = format!("no answer within {:?}", self.check.timeout);
                (Ok(Health::Unhealthy(reason)), verdict(Outcome::Error, Some("timeout")))
            }
        };
        port::set_verdict(&span, verdict);
        (answer, Some(started.elapsed()))
    }

    /// Everything of the user's runs in the task, the look-up of its arguments included.
    fn spawn(&self, span: Span) -> Task {
        let (states, dispatch) = (self.states.clone(), self.dispatch.clone());
        Task(match self.check.run {
            Run::Async(run) => self.handle.spawn(
                async move {
                    match run(&states) {
                        Ok(future) => Ok(future.await),
                        Err(missing) => Err(missing),
                    }
                }
                .instrument(span)
                .with_subscriber(dispatch),
            ),
            Run::Blocking(run) => self.handle.spawn_blocking(move || {
                let check = || run(&states).map(|check| check());
                dispatcher::with_default(&dispatch, || span.in_scope(check))
            }),
        })
    }
}

/// A task that is dropped together with the schedule it belongs to.
struct Task(JoinHandle<Answer>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn verdict(outcome: Outcome, error_type: Option<&'static str>) -> Verdict {
    Verdict { outcome, error_type }
}

fn judged(answer: Answer) -> (Answer, Verdict) {
    let verdict = match &answer {
        Ok(Health::Healthy | Health::Degraded(_)) => verdict(Outcome::Ok, None),
        Ok(Health::Unhealthy(_)) => verdict(Outcome::Error, Some("unhealthy")),
        Err(_) => verdict(Outcome::Error, Some("missing_state")),
    };
    (answer, verdict)
}

/// A panic, or a runtime that is being shut down.
fn broken(error: JoinError) -> (Answer, Verdict) {
    match error.try_into_panic() {
        Ok(payload) => (
            Ok(Health::Unhealthy(format!("panicked: {}", message(&*payload)))),
            verdict(Outcome::Panicked, Some("panic")),
        ),
        Err(_) => (Ok(Health::Unhealthy("was cancelled".to_owned())), verdict(Outcome::Cancelled, None)),
    }
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned.or(payload.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}
