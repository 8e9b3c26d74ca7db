//! A body that is written by a thread while it is sent: little of it is in memory, however long it is.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc::{self, Receiver, Sender};

/// How much is gathered before it is sent.
const PIECE_BYTES: usize = 16 * 1024;

/// How many pieces wait to be sent; who writes waits with the next.
const PIECES: usize = 4;

/// What goes from the thread to the connection.
enum Piece {
    Part(Bytes),
    /// The whole rest. A body that ends without it is incomplete.
    Rest(Bytes),
}

/// Makes a body, and what its bytes are written to.
pub(super) fn stream() -> (Sink, Unread) {
    let (sender, receiver) = mpsc::channel(PIECES);
    (Sink { sender, gathered: Vec::with_capacity(PIECE_BYTES) }, Unread(Arc::new(Mutex::new(receiver))))
}

/// Where a body is written to, on a thread that may wait.
pub(super) struct Sink {
    sender: Sender<Piece>,
    gathered: Vec<u8>,
}

impl Sink {
    /// Ends the body. Dropped without it, the body is cut off, and the client told so.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.gathered);
        self.send(Piece::Rest(rest.into()))
    }

    fn send(&self, piece: Piece) -> io::Result<()> {
        self.sender.blocking_send(piece).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE_BYTES.saturating_sub(self.gathered.len()));
        self.gathered.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        if self.gathered.len() >= PIECE_BYTES {
            let room = Vec::with_capacity(PIECE_BYTES);
            let part = std::mem::replace(&mut self.gathered, room);
            self.send(Piece::Part(part.into()))?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A body of which nothing was sent yet.
pub(super) struct Unread(Arc<Mutex<Receiver<Piece>>>);

impl Unread {
    /// Returns what cuts the body off.
    pub(super) fn cutter(&self) -> Cutter {
        Cutter(Arc::downgrade(&self.0))
    }

    /// Waits for the beginning. `None` if what writes gave up before it: there is still time to say so.
    pub(super) async fn begin(self) -> Option<Streamed> {
        let first = std::future::poll_fn(|context| lock(&self.0).poll_recv(context)).await?;
        let (first, pieces) = match first {
            Piece::Part(bytes) => (bytes, Some(self.0)),
            Piece::Rest(bytes) => (bytes, None),
        };
        Some(Streamed { first: Some(first), pieces })
    }
}

/// Cuts a body off that is not taken.
pub(super) struct Cutter(Weak<Mutex<Receiver<Piece>>>);

impl Cutter {
    /// Makes the next write fail.
    pub(super) fn cut(&self) {
        if let Some(pieces) = self.0.upgrade() {
            lock(&pieces).close();
        }
    }
}

/// A body: as a whole if it is short, else while it is written.
pub(crate) struct Streamed {
    first: Option<Bytes>,
    pieces: Option<Arc<Mutex<Receiver<Piece>>>>,
}

impl From<Bytes> for Streamed {
    fn from(whole: Bytes) -> Self {
        Streamed { first: Some(whole), pieces: None }
    }
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        if let Some(first) = this.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let Some(pieces) = &this.pieces else { return Poll::Ready(None) };
        let piece = std::task::ready!(lock(pieces).poll_recv(context));
        Poll::Ready(Some(match piece {
            Some(Piece::Part(bytes)) => Ok(Frame::data(bytes)),
            Some(Piece::Rest(bytes)) => {
                this.pieces = None;
                Ok(Frame::data(bytes))
            }
            None => {
                this.pieces = None;
                Err(io::Error::from(io::ErrorKind::UnexpectedEof))
            }
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.pieces.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.first, &self.pieces) {
            (Some(first), None) => SizeHint::with_exact(first.len() as u64),
            (None, None) => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
