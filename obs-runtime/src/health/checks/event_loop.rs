//! Whether the program's runtime gets round to what is ready.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::most;
use crate::Health;
use crate::health::check::{Check, Work};
use crate::health::states::{FromStates, Program, State};
use crate::record::Text;

/// The samples of a run, and the time between them.
const SAMPLES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// What [`event_loop_lag`] looks at.
#[derive(Clone, Debug)]
pub struct EventLoopLag {
    degraded: Duration,
    unhealthy: Duration,
}

/// Makes a check that the runtime of the program, that of [`Builder::runtime`](crate::Builder::runtime) or the one that `init()`
/// was called in, polls in time what is ready: degraded above 100 ms, unhealthy above 1 s.
///
/// Each run gives the runtime five tasks, one after the other, and the one that waited longest counts. A runtime that stands
/// still, as something blocks all of its threads, is unhealthy by the timeout, which is 2 s here, and the reason says since when
/// it stands; nothing more is given to it until it goes on. Measured from a thread of ours. Of a runtime of several threads the
/// first that is free counts. Without a runtime it is degraded. Details: `lag_seconds`, `samples`.
///
/// ```
/// # extern crate obs_runtime as obs;
/// let builder = obs::builder().health_check(obs::health::event_loop_lag("event_loop").liveness());
/// # let _ = builder;
/// ```
pub fn event_loop_lag(name: impl Into<Text>) -> Check<EventLoopLag> {
    let lag = EventLoopLag { degraded: Duration::from_millis(100), unhealthy: Duration::from_secs(1) };
    Check::of(name, lag).timeout(Duration::from_secs(2))
}

impl Check<EventLoopLag> {
    /// Sets above which lag it is degraded; 100 ms.
    pub fn degraded_above(mut self, lag: Duration) -> Self {
        self.work.degraded = lag;
        self
    }

    /// Sets above which lag it is unhealthy; 1 s. At the check's timeout it is anyway.
    pub fn unhealthy_above(mut self, lag: Duration) -> Self {
        self.work.unhealthy = lag;
        self
    }
}

impl From<Check<EventLoopLag>> for Check {
    fn from(check: Check<EventLoopLag>) -> Check {
        check.into_work(|lag| {
            if lag.degraded > lag.unhealthy {
                let EventLoopLag { degraded, unhealthy } = lag;
                return Err(format!(
                    "it would be unhealthy above {unhealthy:?} before it is degraded above {degraded:?}; lower the second"
                ));
            }
            let pending = Pending::default();
            Ok(Work::own(move |states, timeout| {
                let program = State::<Program>::from_states(states)?;
                let (lag, pending) = (lag.clone(), pending.clone());
                Ok(async move { lag.look(program.0.as_ref(), &pending, most(timeout)).await })
            }))
        })
    }
}

/// A task that the runtime was given.
struct Sample {
    given: Instant,
    /// When it was polled.
    polled: oneshot::Receiver<Instant>,
}

/// The one that it has not polled yet, from one run to the next.
#[derive(Clone, Default)]
struct Pending(Arc<Mutex<Option<Sample>>>);

/// What came of a sample.
enum Sampled {
    Lag(Duration),
    /// It was not polled, for this long.
    Stands(Duration),
    /// The runtime has ended.
    Ended,
}

impl Pending {
    /// Waits for the sample that is pending, or for a new one.
    async fn sample(&self, program: &Handle, limit: Duration) -> Sampled {
        let mut sample = self.take().unwrap_or_else(|| {
            let (tell, polled) = oneshot::channel();
            program.spawn(async move {
                let _nobody_waits_any_more = tell.send(Instant::now());
            });
            Sample { given: Instant::now(), polled }
        });
        match timeout(limit, &mut sample.polled).await {
            Ok(Ok(polled)) => Sampled::Lag(polled.saturating_duration_since(sample.given)),
            Ok(Err(_dropped)) => Sampled::Ended,
            Err(_elapsed) => {
                let since = sample.given.elapsed();
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sample);
                Sampled::Stands(since)
            }
        }
    }

    fn take(&self) -> Option<Sample> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl EventLoopLag {
    async fn look(&self, program: Option<&Handle>, pending: &Pending, limit: Duration) -> Health {
        let Some(program) = program else {
            return Health::degraded(
                "no runtime is known; name the program's by `builder().runtime(handle)`",
            );
        };
        let started = Instant::now();
        let mut largest = Duration::ZERO;
        let mut samples = 0_u32;
        while samples < SAMPLES {
            let left = limit.saturating_sub(started.elapsed());
            match pending.sample(program, left).await {
                Sampled::Lag(lag) => largest = largest.max(lag),
                // It was polled a moment ago: that it stands is not known before the next run.
                Sampled::Stands(since) if samples > 0 && since <= self.unhealthy => {
                    largest = largest.max(since);
                    break;
                }
                Sampled::Stands(since) => return stands(since),
                Sampled::Ended => {
                    return Health::unhealthy(
                        "the program's runtime has ended; name one that lasts by `builder().runtime(handle)`",
                    );
                }
            }
            samples += 1;
            sleep(PAUSE.min(limit / 20)).await;
        }
        self.judge(largest).with("samples", samples)
    }

    fn judge(&self, lag: Duration) -> Health {
        let reason = || format!("the program's runtime polls what is ready {:.3} s late", lag.as_secs_f64());
        let health = if lag > self.unhealthy {
            Health::unhealthy(reason())
        } else if lag > self.degraded {
            Health::degraded(reason())
        } else {
            Health::healthy()
        };
        health.with("lag_seconds", lag.as_secs_f64())
    }
}

fn stands(since: Duration) -> Health {
    let seconds = since.as_secs_f64();
    Health::unhealthy(format!(
        "the program's runtime has polled nothing for {seconds:.1} s; something blocks its threads"
    ))
    .with("lag_seconds", seconds)
}

#[cfg(test)]
mod tests;
