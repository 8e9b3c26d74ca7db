//! One answer on its way, and whose turn it is to bring it on.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Activity, Doing};

/// How far an answer is.
pub(super) struct Progress {
    pub(super) number: u64,
    pub(super) begun: Instant,
    pub(super) turn: Turn,
    /// Bytes that the client has not let in by HTTP/2's flow control (RFC 9113, section 5.2).
    pub(super) unsent: usize,
}

impl Progress {
    pub(super) fn new(number: u64, begun: Instant) -> Self {
        Progress { number, begun, turn: Turn::Server, unsent: 0 }
    }
}

/// Whose turn it is to bring an answer on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Server,
    /// The connection's, on which it is seen whether the client takes something.
    Connection,
    /// The client's, since he did last.
    #[cfg(feature = "grpc")]
    Client(Instant),
}

impl Turn {
    pub(super) fn client_since(self) -> Option<Instant> {
        match self {
            #[cfg(feature = "grpc")]
            Turn::Client(since) => Some(since),
            Turn::Server | Turn::Connection => None,
        }
    }
}

/// An answer, from its request on until all of it is sent, or given to the connection that sends it.
pub(in crate::admin) struct Answer {
    activity: Arc<Activity>,
    number: u64,
    /// What the connection does after the last one.
    then: Doing,
}

impl Answer {
    pub(super) fn new(activity: Arc<Activity>, number: u64, then: Doing) -> Self {
        Answer { activity, number, then }
    }

    /// Says that the server has to do.
    pub(in crate::admin) fn works(&self) {
        self.progress(|answer| {
            if answer.unsent == 0 {
                answer.turn = Turn::Server;
            }
        });
    }

    /// Says that the connection has some of it, and asks for more when that is gone.
    pub(in crate::admin) fn goes(&self) {
        self.progress(|answer| answer.turn = Turn::Connection);
    }

    /// Says that the client has to go on with its request.
    #[cfg(feature = "grpc")]
    pub(in crate::admin) fn asks(&self) {
        self.progress(|answer| {
            if answer.turn == Turn::Server {
                answer.turn = Turn::Client(Instant::now());
            }
        });
    }

    /// Says that the client may take some bytes.
    #[cfg(feature = "grpc")]
    pub(in crate::admin) fn offers(&self, bytes: usize) {
        self.progress(|answer| {
            answer.unsent += bytes;
            if answer.unsent > 0 && !matches!(answer.turn, Turn::Client(_)) {
                answer.turn = Turn::Client(Instant::now());
            }
        });
    }

    /// Says that the client let some bytes in.
    #[cfg(feature = "grpc")]
    pub(in crate::admin) fn took(&self, bytes: usize) {
        self.progress(|answer| {
            answer.unsent = answer.unsent.saturating_sub(bytes);
            let is_all = answer.unsent == 0;
            answer.turn = if is_all { Turn::Server } else { Turn::Client(Instant::now()) };
        });
    }

    fn progress(&self, change: impl FnOnce(&mut Progress)) {
        let mut state = self.activity.state();
        if let Some(answer) = state.answers.iter_mut().find(|answer| answer.number == self.number) {
            change(answer);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.answers.retain(|answer| answer.number != self.number);
        if state.answers.is_empty() {
            state.turn(self.then);
        }
    }
}
