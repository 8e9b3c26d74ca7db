//! A connection whose writes and answers are looked at.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::{Activity, Answer};
use super::stream::Streamed;

/// An answer's body by HTTP/1, whose end is known.
pub(super) struct Answering {
    body: Streamed,
    answer: Answer,
}

impl Answering {
    pub(super) fn new(body: Streamed, answer: Answer) -> Self {
        Answering { body, answer }
    }
}

impl Body for Answering {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        // What there is goes to the connection; it asks for more when that is gone.
        match &frame {
            Poll::Pending => self.answer.works(),
            Poll::Ready(_) => self.answer.goes(),
        }
        frame
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
