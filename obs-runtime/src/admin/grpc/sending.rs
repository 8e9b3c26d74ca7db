//! Answers by HTTP/2 on their way: whether the client lets them in is seen by what becomes of their bytes.
//!
//! A stream waits for its client's flow control (RFC 9113, section 5.2) in the connection's own memory, with TCP at ease: neither
//! the body nor the socket knows of it.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body_util::Either;
use hyper::body::{Frame, Incoming, SizeHint};

use super::body::Body;
use super::connection::Counted;
use crate::admin::Streamed;
use crate::admin::activity::Answer;

/// A stream that is open.
pub(super) struct Stream {
    pub(super) answer: Answer,
    pub(super) _counted: Counted,
}

/// A request's body, for whose end the client is waited for.
pub(super) struct Asking {
    body: Incoming,
    stream: Arc<Stream>,
}

impl Asking {
    pub(super) fn new(body: Incoming, stream: Arc<Stream>) -> Self {
        Asking { body, stream }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.stream.answer.works();
    }
}

impl hyper::body::Body for Asking {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() {
            self.stream.answer.asks();
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

/// A body on its way. Its stream is open for as long as any of it is.
pub(super) struct Sent {
    /// `None` for `HEAD`.
    body: Option<Either<Body, Streamed>>,
    stream: Arc<Stream>,
}

impl Sent {
    pub(super) fn new(body: Option<Either<Body, Streamed>>, stream: Arc<Stream>) -> Self {
        Sent { body, stream }
    }
}

impl hyper::body::Body for Sent {
    type Data = Piece;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, io::Error>>> {
        let frame = match &mut self.body {
            Some(Either::Left(call)) => {
                Pin::new(call).poll_frame(context).map_err(|never: Infallible| match never {})
            }
            Some(Either::Right(other)) => Pin::new(other).poll_frame(context),
            None => Poll::Ready(None),
        };
        frame.map_ok(|frame| frame.map_data(|bytes| Piece::new(bytes, &self.stream)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Some(Either::Left(call)) => call.is_end_stream(),
            Some(Either::Right(other)) => other.is_end_stream(),
            None => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(Either::Left(call)) => call.size_hint(),
            Some(Either::Right(other)) => other.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}

/// Bytes that are taken when the client lets them in, or dropped when it gives its stream up.
pub(super) struct Piece {
    bytes: Bytes,
    stream: Arc<Stream>,
}

impl Piece {
    fn new(bytes: Bytes, stream: &Arc<Stream>) -> Self {
        stream.answer.offers(bytes.len());
        Piece { bytes, stream: Arc::clone(stream) }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, bytes: usize) {
        self.bytes.advance(bytes);
        self.stream.answer.took(bytes);
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if !self.bytes.is_empty() {
            self.stream.answer.took(self.bytes.len());
        }
    }
}
