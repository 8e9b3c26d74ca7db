//! The bytes in which a thread hands over what it recorded: a head that the collector reads, then a payload.
//!
//! Little endian. A record has any length from [`Head::LEN`] on; in a ring it begins at a multiple of 8, but not for who
//! decodes it.

mod closed;
mod entry;
mod event;
mod span;
mod visit;

use super::tick::Tick;
use crate::context::{SpanId, TraceId};

pub(crate) use closed::{SPAN, write_span};
pub(crate) use entry::{Entry, Scalar, compact, count};
pub(crate) use event::{EventPayload, Fields, decode_event};
use span::SpanPayload;
pub(crate) use span::{decode_span, flags, last_text};
pub(crate) use visit::{Encoder, MOST, cut};

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A span that has closed.
    Span = 0,
    /// Something that happened in a span that had not closed.
    Event = 1,
}

/// What the collector must know before it decodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(pub(crate) u8);

impl Flags {
    /// The trace is exported whatever happens in it.
    pub(crate) const SAMPLED: Flags = Flags(1);
    /// The span is the first of its trace in this process.
    pub(crate) const LOCAL_ROOT: Flags = Flags(2);
    /// The call failed, the event is an error, or somebody asked for it: its trace is kept.
    pub(crate) const WANTED: Flags = Flags(4);
    /// The call panicked.
    pub(crate) const PANICKED: Flags = Flags(8);

    pub(crate) const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    pub(crate) const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The part of a record that is the same for all kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head<'a> {
    pub(crate) kind: Kind,
    pub(crate) flags: Flags,
    pub(crate) trace_id: TraceId,
    /// The span; of an event, the one it happened in.
    pub(crate) span_id: SpanId,
    /// The first span of the trace in this process.
    pub(crate) local_root: SpanId,
    /// When the span began; of an event, when it happened.
    pub(crate) start: Tick,
    /// When the span ended; of an event, the same as `start`.
    pub(crate) end: Tick,
    /// The events of the span that were pushed, to whichever ring, before it closed. Those refused are not among them.
    pub(crate) events: u32,
    pub(crate) payload: &'a [u8],
}

impl Head<'_> {
    /// The bytes before the payload.
    pub(crate) const LEN: usize = 56;

    /// Writes everything but the payload. `out` is at least [`Head::LEN`] long; a shorter one stays as it is.
    #[inline]
    pub(crate) fn write(&self, out: &mut [u8]) {
        let Some(out) = out.first_chunk_mut::<{ Head::LEN }>() else { return };
        let trace_id = self.trace_id.get();
        let first = u64::from(self.kind as u8) | u64::from(self.flags.0) << 8 | u64::from(self.events) << 32;
        let words = [
            first,
            trace_id as u64, // the lower half
            (trace_id >> 64) as u64,
            self.span_id.get(),
            self.local_root.get(),
            self.start.raw(),
            self.end.raw(),
        ];
        for (to, word) in out.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *to = word.to_le_bytes();
        }
    }
}

/// Reads the head of a record; `None` for bytes that [`Head::write`] did not make.
#[inline]
pub(crate) fn peek(record: &[u8]) -> Option<Head<'_>> {
    let (head, payload) = record.split_first_chunk::<{ Head::LEN }>()?;
    let mut words = [0u64; Head::LEN / 8];
    for (word, bytes) in words.iter_mut().zip(head.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    let [first, low, high, span_id, local_root, start, end] = words;
    let [kind, flags, ..] = first.to_le_bytes();
    Some(Head {
        kind: if kind == Kind::Span as u8 { Kind::Span } else { Kind::Event },
        flags: Flags(flags),
        trace_id: TraceId::new(u128::from(high) << 64 | u128::from(low))?,
        span_id: SpanId::new(span_id)?,
        local_root: SpanId::new(local_root)?,
        start: Tick::from_raw(start),
        end: Tick::from_raw(end),
        events: (first >> 32) as u32,
        payload,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn a_head_survives_the_round_trip() {
        let head = Head {
            kind: Kind::Event,
            flags: Flags::SAMPLED.with(Flags::WANTED),
            trace_id: TraceId::new(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10).unwrap(),
            span_id: SpanId::new(3).unwrap(),
            local_root: SpanId::new(u64::MAX).unwrap(),
            start: Tick::from_raw(5),
            end: Tick::from_raw(6),
            events: u32::MAX,
            payload: b"payload",
        };
        let mut bytes = vec![0; Head::LEN];
        head.write(&mut bytes);
        bytes.extend_from_slice(head.payload);
        assert_eq!(peek(&bytes), Some(head));
        assert_eq!(peek(bytes.split_at(Head::LEN - 1).0), None);
        assert_eq!(peek(&[0; Head::LEN]), None);
    }
}
