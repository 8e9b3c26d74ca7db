//! One watch: what it says, and when.

use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use super::message::ServingStatus;
use super::services::{Services, ShutDown, Stands};
use super::status::{Code, Status};

/// How often a watch looks by itself at most.
const OFTEN: Duration = Duration::from_secs(1);

/// How long a watch goes on once the program is about to end and the client has been told so: a server that waits for its
/// calls must come to its end, and a client that comes back at once must not come back all the time.
const FAREWELL: Duration = Duration::from_secs(5);

/// What a watch says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Now(ServingStatus),
    Over(Status),
}

/// What a client gets when the checks are not run any more.
pub(super) const SHUT_DOWN: Status = Code::Unavailable.because("shut down");

/// What a client gets whose time is up.
pub(super) const LATE: Status = Code::DeadlineExceeded.because("the time that the client gave is up");

/// Follows one service.
#[derive(Debug)]
pub(super) struct Watch {
    services: Services,
    name: String,
    /// `None` where nothing will ever change.
    changes: Option<Receiver<u64>>,
    deadline: Option<Instant>,
    said: Option<ServingStatus>,
    /// When it ends, once the client knows that the program will.
    farewell: Option<Instant>,
}

impl Watch {
    pub(super) fn new(services: Services, name: String, deadline: Option<Instant>) -> Result<Self, ShutDown> {
        let changes = services.changes()?;
        Ok(Watch { services, name, changes, deadline, said: None, farewell: None })
    }

    /// Waits for what there is to say next: at once how the service stands, then each change of it. Nothing is said twice in a
    /// row. May be dropped at any point.
    pub(super) async fn next(&mut self) -> Said {
        loop {
            if let Some(changes) = &mut self.changes {
                changes.mark_unchanged(); // before it looks: a change while it does is one
            }
            let Ok(stands) = self.services.stands(&self.name) else { return self.end() };
            let serving = stands.serving.unwrap_or(ServingStatus::ServiceUnknown);
            if self.said != Some(serving) {
                self.said = Some(serving);
                return Said::Now(serving);
            }
            if stands.is_leaving {
                self.farewell.get_or_insert_with(|| Instant::now() + FAREWELL);
            }
            if self.wait(stands).await.is_err() {
                return Said::Over(LATE);
            }
            if self.farewell.is_some_and(|end| end <= Instant::now()) {
                return Said::Over(Code::Unavailable.because("the process is about to end"));
            }
        }
    }

    /// Says that nobody serves any more, and then that it is over.
    fn end(&mut self) -> Said {
        if self.said.is_none_or(|said| said == ServingStatus::NotServing) {
            return Said::Over(SHUT_DOWN);
        }
        self.said = Some(ServingStatus::NotServing);
        Said::Now(ServingStatus::NotServing)
    }

    /// Waits until it is worth looking again: for a change, or for as long as results need to become too old. Fails when the
    /// deadline has come.
    async fn wait(&mut self, stands: Stands) -> Result<(), Late> {
        let look = stands.look_again.map(|interval| Instant::now() + interval.max(OFTEN));
        let look = [look, self.farewell].into_iter().flatten().min();
        let changed = async {
            match &mut self.changes {
                Some(changes) => drop(changes.changed().await), // an error: there is nobody left, and it looks
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = changed => Ok(()),
            () = at(look) => Ok(()),
            () = at(self.deadline) => Err(Late),
        }
    }
}

struct Late;

/// Waits for a time, for ever if there is none.
pub(super) async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
