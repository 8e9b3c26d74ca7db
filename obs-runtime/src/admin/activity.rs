//! What a connection is doing, for who gives its place to others or ends it.

mod answer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use self::answer::{Progress, Turn};
use super::Limits;

pub(super) use self::answer::Answer;

/// What a connection is doing.
pub(super) struct Activity {
    state: Mutex<State>,
    /// Told once that it is to end when it has answered what it is answering.
    leave: Notify,
}

struct State {
    doing: Doing,
    /// Since when.
    since: Instant,
    /// Since when nobody takes what is sent.
    stalled: Option<Instant>,
    /// Something was sent since it waits, as in a handshake.
    is_begun: bool,
    /// What it answers: one at a time by HTTP/1, few by HTTP/2.
    answers: Vec<Progress>,
    next: u64,
    /// Since when it takes no further request. What began later keeps no place.
    leaves: Option<Instant>,
}

/// How long a handshake that has begun is let go on where places are rare.
const HANDSHAKE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// For a handshake to end, or for a whole request head.
    Waits,
    Answers,
    /// The answer is made, and not all of it is sent.
    Sends,
    /// Nothing is asked on a connection of HTTP/2, which who serves it ends in good order.
    #[cfg(feature = "grpc")]
    Idles,
    /// It has given its place back, and has one of those for watching.
    #[cfg(feature = "grpc")]
    Watches,
}

impl Activity {
    /// Begins with waiting.
    pub(super) fn new() -> Arc<Self> {
        let state = State {
            doing: Doing::Waits,
            since: Instant::now(),
            stalled: None,
            is_begun: false,
            answers: Vec::new(),
            next: 0,
            leaves: None,
        };
        Arc::new(Activity { state: Mutex::new(state), leave: Notify::new() })
    }

    /// Returns since when it waits for the client's word; `None` while it answers.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        let state = self.state();
        let waits = match state.doing {
            #[cfg(feature = "grpc")]
            Doing::Idles => true,
            doing => doing == Doing::Waits,
        };
        waits.then_some(state.since)
    }

    /// Returns since when the client takes nothing of what it asked for; `None` while it does, or the server has to do.
    pub(super) fn stalled_since(&self) -> Option<Instant> {
        self.state().stalled_since()
    }

    /// Returns since when it is answering.
    pub(super) fn answers_since(&self) -> Option<Instant> {
        let state = self.state();
        let sends = (state.doing == Doing::Sends).then_some(state.since);
        state.answers.iter().map(|answer| answer.begun).min().or(sends)
    }

    /// Tells whether it is the server that an answer waits for.
    pub(super) fn is_at_work(&self) -> bool {
        self.state().answers.iter().any(|answer| answer.turn == Turn::Server)
    }

    /// Tells whether it has one of the places that every client may have.
    pub(super) fn has_place(&self) -> bool {
        #[cfg(feature = "grpc")]
        return self.state().doing != Doing::Watches;
        #[cfg(not(feature = "grpc"))]
        true
    }

    /// Says that nothing is asked on a connection of HTTP/2.
    #[cfg(feature = "grpc")]
    pub(super) fn idle(&self) {
        self.state().turn(Doing::Idles);
    }

    /// Gives the place back.
    #[cfg(feature = "grpc")]
    pub(super) fn watch(&self) {
        self.state().turn(Doing::Watches);
    }

    /// Tells whether it waits in the midst of a handshake that does not take long: the client has said something that makes
    /// sense, which slow ones have not.
    pub(super) fn is_getting_on(&self) -> bool {
        let state = self.state();
        state.doing == Doing::Waits && state.is_begun && state.since.elapsed() < HANDSHAKE
    }

    /// Waits until the client took too long: to say what it wants, or to take what it gets.
    pub(super) async fn overdue(&self, limits: &Limits) {
        loop {
            let now = Instant::now();
            let look = now + limits.head.min(limits.stall);
            let deadline = {
                let state = self.state();
                match state.unsent_since() {
                    _ if state.doing == Doing::Waits => state.since + limits.head,
                    Some(since) => since + limits.stall,
                    None => look,
                }
            };
            if deadline <= now {
                return;
            }
            tokio::time::sleep_until(deadline.min(look)).await;
        }
    }

    /// Says that there is a request by HTTP/1.
    pub(super) fn begin(self: &Arc<Self>) -> Answer {
        self.answer(Doing::Sends)
    }

    /// Says that there is a request by HTTP/2, beside others.
    #[cfg(feature = "grpc")]
    pub(super) fn begin_stream(self: &Arc<Self>) -> Answer {
        self.answer(Doing::Idles)
    }

    fn answer(self: &Arc<Self>, then: Doing) -> Answer {
        let mut state = self.state();
        state.turn(Doing::Answers);
        let (number, begun) = (state.next, state.since);
        state.next += 1;
        state.answers.push(Progress::new(number, begun));
        drop(state);
        Answer::new(Arc::clone(self), number, then)
    }

    /// Asks it to end when it has answered what it is answering.
    pub(super) fn ask_to_leave(&self) {
        if self.state().leaves.is_none() {
            self.leave.notify_one();
        }
    }

    /// Waits until it is asked to leave. Whoever waits must take no further request then.
    pub(super) async fn leaves(&self) {
        self.leave.notified().await;
        self.state().leaves = Some(Instant::now());
    }

    /// Says that some was sent.
    pub(super) fn moved(&self) {
        let mut state = self.state();
        (state.stalled, state.is_begun) = (None, true);
    }

    /// Says that nothing can be sent.
    pub(super) fn stuck(&self) {
        self.state().stalled.get_or_insert_with(Instant::now);
    }

    /// Says that everything was sent so far.
    pub(super) fn sent(&self) {
        let mut state = self.state();
        state.stalled = None;
        if state.doing == Doing::Sends {
            state.turn(Doing::Waits);
            state.is_begun = false;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Who watches does so to his end.
    fn turn(&mut self, doing: Doing) {
        #[cfg(feature = "grpc")]
        if self.doing == Doing::Watches {
            return;
        }
        (self.doing, self.since) = (doing, Instant::now());
    }

    /// Returns since when any of what is sent is not taken: it is one stream of many, or all of them.
    fn unsent_since(&self) -> Option<Instant> {
        let unsent = self.answers.iter().filter(|answer| answer.unsent > 0);
        unsent.filter_map(|answer| answer.turn.client_since()).chain(self.stalled).min()
    }

    fn stalled_since(&self) -> Option<Instant> {
        if self.stalled.is_some() {
            return self.stalled;
        }
        let mut since = self.leaves.filter(|_| !self.answers.is_empty());
        let keeps = |answer: &&Progress| self.leaves.is_none_or(|leaves| answer.begun <= leaves);
        for answer in self.answers.iter().filter(keeps) {
            // One that goes on is enough.
            since = since.max(Some(answer.turn.client_since()?));
        }
        since
    }
}
