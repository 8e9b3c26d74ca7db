//! A message as gRPC frames it: whether it is compressed, its length, its bytes.

use std::convert::Infallible;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use hyper::body::Frame;

use crate::export::delivery::response::MAX_BODY;
use crate::export::delivery::transport::Body;

/// The bytes before a message.
pub(super) const HEAD: usize = 5;

/// The body of a call: one message, which is not copied.
pub(super) struct Message {
    head: Option<Bytes>,
    bytes: Option<Bytes>,
}

impl Message {
    pub(super) fn new(body: &Body) -> Self {
        // A request is never as large as that: `Settings::max_batch_bytes`.
        let length = u32::try_from(body.bytes.len()).unwrap_or(u32::MAX);
        let [a, b, c, d] = length.to_be_bytes();
        let head = Bytes::copy_from_slice(&[u8::from(body.gzip), a, b, c, d]);
        let bytes = Some(body.bytes.clone()).filter(|bytes| !bytes.is_empty());
        Message { head: Some(head), bytes }
    }
}

impl hyper::body::Body for Message {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.head.take().or_else(|| self.bytes.take());
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.head.is_none() && self.bytes.is_none()
    }
}

/// Returns the one message of an answer, without compression; `None` where there is another number of them, or where it
/// is broken or too large. `gzip` tells whether the answer says that it may be compressed.
pub(super) fn plain(body: &Bytes, gzip: bool) -> Option<Bytes> {
    let (head, _) = body.split_first_chunk::<HEAD>()?;
    let [compressed, length @ ..] = *head;
    let bytes = body.slice(HEAD..);
    if usize::try_from(u32::from_be_bytes(length)).ok()? != bytes.len() {
        return None;
    }
    match compressed {
        0 => Some(bytes),
        1 if gzip => {
            let mut plain = Vec::new();
            let mut limited = MultiGzDecoder::new(&bytes[..]).take(MAX_BODY as u64 + 1);
            limited.read_to_end(&mut plain).ok()?;
            (plain.len() <= MAX_BODY).then(|| plain.into())
        }
        _ => None,
    }
}
