//! What a connection is doing, for who gives its place to others or ends it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::Limits;
use super::stream::Streamed;

/// What a connection is doing.
pub(super) struct Activity(Mutex<State>);

struct State {
    doing: Doing,
    /// Since when.
    since: Instant,
    /// Since when nobody takes what is sent.
    stalled: Option<Instant>,
    /// Something was sent since it waits, as in a handshake.
    is_begun: bool,
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
        let state = State { doing: Doing::Waits, since: Instant::now(), stalled: None, is_begun: false };
        Arc::new(Activity(Mutex::new(state)))
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
        self.turn(Doing::Idles);
    }

    /// Gives the place back.
    #[cfg(feature = "grpc")]
    pub(super) fn watch(&self) {
        self.turn(Doing::Watches);
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
            let deadline = match &*self.state() {
                State { doing: Doing::Waits, since, .. } => *since + limits.head,
                State { stalled: Some(since), .. } => *since + limits.stall,
                _ => now + limits.head.min(limits.stall),
            };
            if deadline <= now {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }

    /// Says that there is a request.
    pub(super) fn begin(&self) {
        self.turn(Doing::Answers);
    }

    fn turn(&self, doing: Doing) {
        let mut state = self.state();
        (state.doing, state.since) = (doing, Instant::now());
    }

    fn moved(&self) {
        let mut state = self.state();
        (state.stalled, state.is_begun) = (None, true);
    }

    fn stuck(&self) {
        self.state().stalled.get_or_insert_with(Instant::now);
    }

    /// Says that everything was sent so far.
    fn sent(&self) {
        let mut state = self.state();
        state.stalled = None;
        if state.doing == Doing::Sends {
            (state.doing, state.since, state.is_begun) = (Doing::Waits, Instant::now(), false);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer's body, whose end is known.
pub(super) struct Answering {
    body: Streamed,
    activity: Arc<Activity>,
}

impl Answering {
    pub(super) fn new(body: Streamed, activity: Arc<Activity>) -> Self {
        Answering { body, activity }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.activity.turn(Doing::Sends);
    }
}

impl Body for Answering {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What of a connection is looked at. By TLS there are two: writes are seen below it, where they leave, and that all was sent
/// above it, where what waits to be sent is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sees {
    All,
    #[cfg(feature = "tls")]
    Writes,
    #[cfg(feature = "tls")]
    Flushes,
}

/// A connection that is looked at.
pub(super) struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
    writes: bool,
    flushes: bool,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>, sees: Sees) -> Self {
        let (writes, flushes) = match sees {
            Sees::All => (true, true),
            #[cfg(feature = "tls")]
            Sees::Writes => (true, false),
            #[cfg(feature = "tls")]
            Sees::Flushes => (false, true),
        };
        Watched { stream, activity, writes, flushes }
    }

    fn wrote(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match result {
            Poll::Pending if self.writes => self.activity.stuck(),
            Poll::Ready(_) if self.writes => self.activity.moved(),
            _ => {}
        }
        result
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.wrote(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(context);
        if self.flushes && result.is_ready() {
            self.activity.sent();
        }
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
