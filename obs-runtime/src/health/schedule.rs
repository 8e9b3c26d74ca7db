//! When a check runs.

use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::runner::{Run, Runner};
use super::states::States;
use super::watched::Watched;

/// The first runs are spread over this long, or over a tenth of the interval if that is shorter.
const FIRST_RUNS: Duration = Duration::from_millis(250);

/// Runs a check again and again, one of startup until it has passed. While a value is missing, the next one that is provided ends the pause.
pub(super) async fn schedule(watched: Arc<Watched>, mut runner: Runner, states: States) {
    let interval = watched.check.interval;
    let _broke = Broke(Arc::clone(&watched));
    sleep(watched.check.initial_delay).await;
    sleep(times(FIRST_RUNS.min(interval / 10), random())).await;
    loop {
        watched.expire();
        let mut provided = pin!(states.provided());
        provided.as_mut().enable(); // before the run, or a value could slip in between
        let mut missing = false;
        match runner.run().await {
            Run::Ended(answer, took) => {
                missing = answer.is_err();
                watched.apply(answer, took);
            }
            Run::Nowhere(why) => watched.lose(why),
        }
        if watched.is_settled() {
            return;
        }
        let pause = times(interval, 0.9 + 0.2 * random());
        if missing {
            let _either = timeout(pause, provided).await;
        } else {
            sleep(pause).await;
        }
    }
}

/// Sees the schedule panic: nobody would run the check any more, and nobody would know.
struct Broke(Arc<Watched>);

impl Drop for Broke {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.broke();
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
