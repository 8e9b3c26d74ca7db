//! How a request gets to its destination.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

use crate::export::Reason;

/// What is sent. Copies share the bytes.
#[derive(Clone, Debug)]
pub(in crate::export) struct Body {
    /// The request, in the form that the destination wants.
    pub(in crate::export) bytes: Bytes,
    /// Whether it is compressed.
    pub(in crate::export) gzip: bool,
}

/// What follows from an attempt.
#[derive(Debug, PartialEq)]
pub(in crate::export) enum Verdict {
    /// Received; so many items were not wanted, and the destination may have said why.
    Done { rejected: u64, message: String },
    /// Lost for good.
    Drop { reason: Reason, detail: String },
    /// Worth another attempt, not before the given time where the destination named one. No detail: nothing was tried, as
    /// another attempt has just failed.
    Retry { after: Option<Duration>, detail: String },
}

/// An attempt that runs.
pub(in crate::export) type Attempt<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// A way to one destination; any number of requests may be on it at the same time.
pub(in crate::export) trait Transport: Send + Sync + 'static {
    /// Sends one request, and judges the answer. Runs on the I/O thread, which it must not block; may be dropped at any
    /// point, as at the deadline, and then cleans up after itself.
    fn send<'a>(&'a self, body: &'a Body) -> Attempt<'a>;
}
