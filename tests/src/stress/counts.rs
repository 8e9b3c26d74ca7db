//! What was done, as those who do it know it.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tracing::Span;

/// Spans opened in the pipeline of the process.
pub(crate) static OPENED: AtomicU64 = AtomicU64::new(0);

/// Those of them whose traces the tail rule must keep.
pub(crate) static OWED: AtomicU64 = AtomicU64::new(0);

/// Calls of `call`, in the pipeline of the process.
pub(crate) static CALLS: AtomicU64 = AtomicU64::new(0);

/// Spans opened in captures.
pub(crate) static CAPTURED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Spans opened in the capture that this thread is in. Has no destructor: threads count until their very end.
    static HERE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Counts spans.
pub(crate) fn opened(spans: u64) {
    match HERE.get() {
        Some(before) => HERE.set(Some(before + spans)),
        None => {
            OPENED.fetch_add(spans, Relaxed);
        }
    }
}

/// Counts a span, unless it is none: `tracing` gives none to who is called while a subscriber works.
pub(crate) fn counted(span: Span) -> Span {
    opened(u64::from(!span.is_disabled()));
    span
}

/// Counts a call, and its span.
pub(crate) fn called() {
    opened(1);
    CALLS.fetch_add(u64::from(HERE.get().is_none()), Relaxed);
}

/// Counts for a capture what this thread opens until then; returns how many spans those were.
pub(crate) fn in_capture(work: impl FnOnce()) -> u64 {
    HERE.set(Some(0));
    work();
    let spans = HERE.take().unwrap_or_default();
    CAPTURED.fetch_add(spans, Relaxed);
    spans
}
