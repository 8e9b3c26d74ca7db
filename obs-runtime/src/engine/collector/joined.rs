//! A span with its events, in bytes: what a record is made of.

use std::sync::Arc;

use super::Codec;
use super::records::{self, Records};
use crate::engine::limits::Limits;
use crate::engine::wire::Head;
use crate::record::{Decode, SpanRecord, Spans};

/// The bytes before a span: how many events it lost, and its length.
const BEFORE: usize = 2 * size_of::<u32>();

/// Appends a span and those of its events that have come.
pub(super) fn write(to: &mut Spans, head: &Head<'_>, span: &[u8], events: &Records) {
    let missing = head.events.saturating_sub(events.count());
    let length = u32::try_from(span.len()).unwrap_or(u32::MAX); // a ring takes far smaller ones
    to.push(&[&missing.to_le_bytes(), &length.to_le_bytes(), span, events.as_bytes()]);
}

/// Returns what makes a record of the bytes that [`write`] appends.
pub(super) fn decoder(codec: Codec, limits: Limits) -> Decode {
    Arc::new(move |bytes| read(bytes, codec, &limits))
}

fn read(bytes: &[u8], codec: Codec, limits: &Limits) -> Option<Arc<SpanRecord>> {
    let (before, rest) = bytes.split_first_chunk::<BEFORE>()?;
    let [a, b, c, d, length @ ..] = *before;
    let missing = u32::from_le_bytes([a, b, c, d]);
    let (span, events) = rest.split_at_checked(u32::from_le_bytes(length) as usize)?;
    let mut events: Vec<_> = records::iter(events).filter_map(|event| (codec.event)(event, limits)).collect();
    events.sort_by_key(|event| event.time_unix_nanos);
    let mut span = (codec.span)(span, events, limits)?;
    span.dropped_events = span.dropped_events.saturating_add(missing);
    Some(Arc::new(span))
}
