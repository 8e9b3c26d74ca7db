//! Where producers put what they have.

use super::{Record, Spans};

/// Where producers put their records.
///
/// Called on the instrumented thread: must not block, must not panic, counts what it cannot take.
pub(crate) trait Sink: Send + Sync {
    fn put(&self, record: Record);

    /// Takes over all of `spans`. Where it panics, the rest may be put again.
    fn put_spans(&self, spans: &mut Spans) {
        for span in spans {
            self.put(Record::Span(span));
        }
    }

    /// Counts spans that were lost on the way here.
    fn lost(&self, _why: Loss, _spans: u64) {}

    /// Counts text values that were cut on the way here.
    fn truncated(&self, _values: u64) {}
}

/// Why a span never became a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Its thread had as much waiting as it may.
    RingFull,
    /// The traces whose fate is open had too many bytes.
    TailBytes,
    /// Its trace had too many spans before its fate was known.
    TailSpans,
    /// Its trace's fate was not known in time.
    TailAge,
    /// It ended, or its trace's fate was open, when nobody collected any more.
    Shutdown,
    /// Who was given it panicked.
    Panicked,
    /// It ended in a process that was forked off.
    Forked,
}
