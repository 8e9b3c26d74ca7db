//! Answers as they go over the wire, right ones and wrong ones.

use std::future::Future;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::fault::{Fault, RetryAfter};
use crate::export::Signal;
use crate::export::proto::Writer;

/// Where [`Fault::Redirect`] sends people.
const ELSEWHERE: &str = "/elsewhere/v1/traces";

const GIB: u64 = 1 << 30;

/// Pieces of a large body.
static ZEROS: Bytes = Bytes::from_static(&[0; 64 << 10]);

/// 16 MiB of zeros; many of them in a row are one gzip file (RFC 1952, section 2.2).
static BOMB: LazyLock<Bytes> = LazyLock::new(|| {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let filled = (0..256).try_for_each(|_| gzip.write_all(&ZEROS));
    filled.and_then(|()| gzip.finish()).map(Bytes::from).unwrap_or_default()
});
const BOMB_PARTS: u64 = GIB / (16 << 20);

/// The body of an answer.
#[derive(Debug)]
pub(super) struct Reply {
    piece: Bytes,
    /// Bytes that are still to come.
    left: u64,
    /// Whether it is one byte a second.
    drips: Option<Pin<Box<Sleep>>>,
    /// The connection breaks when so many bytes are left.
    breaks_at: Option<u64>,
    /// Whether what came before the break was sent.
    flushed: bool,
}

impl Reply {
    fn whole(bytes: Bytes) -> Self {
        Reply { left: bytes.len() as u64, piece: bytes, drips: None, breaks_at: None, flushed: false }
    }

    /// The same piece again and again.
    fn long(piece: &Bytes, length: u64) -> Self {
        Reply { piece: piece.clone(), left: length, drips: None, breaks_at: None, flushed: false }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        if this.breaks_at == Some(this.left) {
            if !std::mem::replace(&mut this.flushed, true) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            return Poll::Ready(Some(Err(io::ErrorKind::BrokenPipe.into())));
        }
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let mut most = this.left - this.breaks_at.unwrap_or(0);
        if let Some(pause) = &mut this.drips {
            std::task::ready!(pause.as_mut().poll(context));
            *pause = Box::pin(sleep(Duration::from_secs(1)));
            most = 1;
        }
        let length = usize::try_from(most).unwrap_or(usize::MAX).min(this.piece.len());
        this.left -= length as u64;
        Poll::Ready(Some(Ok(Frame::data(this.piece.slice(..length)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Makes the answer of a fault; `None` where none is sent, and the connection is reset or goes on without one.
pub(super) fn answer(fault: Fault, signal: Signal, json: bool, rejected: u64) -> Option<Response<Reply>> {
    let whole = |bytes: &'static [u8]| Reply::whole(Bytes::from_static(bytes));
    let empty = || whole(if json { b"{}" } else { b"" });
    let (status, body) = match fault {
        Fault::Ok => (200, empty()),
        Fault::Partial(_) => (200, Reply::whole(partial(signal, json, rejected))),
        Fault::TooManyRequests { .. } => (429, whole(b"")),
        Fault::Unavailable { .. } => (503, whole(b"")),
        Fault::BadGateway => (502, whole(b"")),
        Fault::BadRequest => (400, whole(b"")),
        Fault::Status(status) => (status, whole(b"")),
        Fault::Drip => {
            (200, Reply { drips: Some(Box::pin(sleep(Duration::ZERO))), ..Reply::long(&ZEROS, 1 << 20) })
        }
        Fault::Garbage => (200, whole(b"<html>welcome</html>")),
        Fault::Gigantic => (200, Reply::long(&ZEROS, GIB)),
        Fault::GzipBomb => (200, Reply::long(&BOMB, BOMB.len() as u64 * BOMB_PARTS)),
        Fault::Redirect => (307, whole(b"")),
        Fault::Truncated => (200, Reply { breaks_at: Some(90), ..Reply::long(&ZEROS, 100) }),
        Fault::Reset | Fault::ResetEarly | Fault::Hang => return None,
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let kind = if json { "application/json" } else { "application/x-protobuf" };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    match fault {
        Fault::TooManyRequests { retry_after: Some(after) }
        | Fault::Unavailable { retry_after: Some(after) } => {
            headers.insert(RETRY_AFTER, after.value());
        }
        Fault::GzipBomb => drop(headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"))),
        Fault::Redirect => drop(headers.insert(LOCATION, HeaderValue::from_static(ELSEWHERE))),
        _ => {}
    }
    Some(response)
}

/// A partial success, of any signal in protobuf: the fields have the same numbers.
fn partial(signal: Signal, json: bool, rejected: u64) -> Bytes {
    const MESSAGE: &str = "rejected on purpose";
    if json {
        let key = match signal {
            Signal::Traces => "rejectedSpans",
            Signal::Logs => "rejectedLogRecords",
            Signal::Metrics => "rejectedDataPoints",
        };
        // 64-bit numbers are texts in the JSON mapping.
        let body = format!(r#"{{"partialSuccess":{{"{key}":"{rejected}","errorMessage":"{MESSAGE}"}}}}"#);
        return body.into();
    }
    let mut response = Writer::default();
    response.message(1, |partial| {
        partial.varint(1, rejected);
        partial.bytes(2, MESSAGE.as_bytes());
    });
    response.into_bytes().into()
}

impl RetryAfter {
    fn value(self) -> HeaderValue {
        match self {
            RetryAfter::Seconds(seconds) => seconds.into(),
            RetryAfter::Date(seconds) => {
                let now = SystemTime::now();
                let then = now.checked_add(Duration::from_secs(seconds)).unwrap_or(now);
                HeaderValue::try_from(httpdate::fmt_http_date(then)).unwrap_or_else(|_| seconds.into())
            }
        }
    }
}
