//! The body of an answer: messages, and the status behind them.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use hyper::body::{Frame, SizeHint};

use super::message;
use super::status::Status;
use super::watch::{Said, Watch};

/// What is held for as long as a body lasts.
pub(super) type Held = Box<dyn Any + Send>;

/// The body of an answer to a health call: one message, or one at each change for as long as the client wants. Nothing is
/// made before it can be sent, so that a client that does not read costs no memory.
pub struct Body(State);

enum State {
    Message(Bytes, Status),
    Watching { next: Pin<Box<dyn Future<Output = (Said, Watch)> + Send>>, held: Held },
    Trailers(HeaderMap),
    Ended,
}

impl Body {
    pub(super) fn empty() -> Self {
        Body(State::Ended)
    }

    /// Makes one of a framed message.
    pub(super) fn of(message: Bytes) -> Self {
        Body(State::Message(message, Status::OK))
    }

    /// Makes one that says each change, and gives `held` back when it is over.
    pub(super) fn watching(watch: Watch, held: Held) -> Self {
        Body(State::watching(watch, held))
    }
}

impl State {
    fn watching(mut watch: Watch, held: Held) -> Self {
        let next = Box::pin(async move { (watch.next().await, watch) });
        State::Watching { next, held }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let said = match &mut self.0 {
            State::Watching { next, .. } => Some(ready!(next.as_mut().poll(context))),
            _ => None,
        };
        let (frame, rest) = match (std::mem::replace(&mut self.0, State::Ended), said) {
            (State::Message(message, status), _) => {
                (Some(Frame::data(message)), State::Trailers(status.trailers()))
            }
            (State::Watching { held, .. }, Some((Said::Now(serving), watch))) => {
                (Some(Frame::data(message::one(serving))), State::watching(watch, held))
            }
            (State::Watching { .. }, Some((Said::Over(status), _))) => {
                (Some(Frame::trailers(status.trailers())), State::Ended)
            }
            (State::Trailers(trailers), _) => (Some(Frame::trailers(trailers)), State::Ended),
            (State::Watching { .. } | State::Ended, _) => (None, State::Ended),
        };
        self.0 = rest;
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, State::Ended)
    }

    fn size_hint(&self) -> SizeHint {
        match self.0 {
            State::Ended => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Message(..) => "Body(message)",
            State::Watching { .. } => "Body(watching)",
            State::Trailers(_) => "Body(trailers)",
            State::Ended => "Body(ended)",
        })
    }
}
