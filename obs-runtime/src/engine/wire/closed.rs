//! A closed span on its way into the ring: what [`peek`](super::peek) and `SpanPayload::read` read.

use super::span::address;
use super::{Flags, Head, Kind, SpanPayload, flags};
use crate::engine::arena::Slot;
use crate::engine::tick::Tick;
use crate::outcome::Outcome;

/// The bytes of a span before its fields.
pub(crate) const SPAN: usize = Head::LEN + SpanPayload::LEN;

/// Writes what a slot holds of a span that has closed. `out` is at least [`SPAN`] long, and longer by the slot's own
/// fields; a shorter one stays as it is.
///
/// Word by word, from where it stands to where it goes: all of it does not fit the registers.
#[inline(always)]
pub(crate) fn write_span(slot: &Slot, end: Tick, out: &mut [u8]) {
    let Some((fixed, rest)) = out.split_first_chunk_mut::<SPAN>() else { return };
    let Some(words) = fixed.as_chunks_mut::<8>().0.first_chunk_mut::<{ SPAN / 8 }>() else { return };
    let [first, low, high, span, root, start, ended, place, callsite, parent, threshold, small, dropped] =
        words;
    let (word, outcome) = (slot.word(), slot.outcome());
    let (events, dropped_events) = slot.events();
    *first = (u64::from(Kind::Span as u8) | seen(word as u16, outcome) << 8 | u64::from(events) << 32)
        .to_le_bytes();
    [*high, *low] = slot.trace().map(u64::to_le_bytes);
    *span = slot.span().to_le_bytes();
    *root = slot.local_root().to_le_bytes();
    *start = slot.start().to_le_bytes();
    *ended = end.raw().to_le_bytes();
    *place = address(slot.metadata()).to_le_bytes();
    *callsite = address(slot.callsite()).to_le_bytes();
    *parent = slot.parent().to_le_bytes();
    *threshold = slot.threshold().to_le_bytes();
    *small = (word & u64::from(u32::MAX) | u64::from(outcome) << 32).to_le_bytes();
    *dropped = u64::from(dropped_events).to_le_bytes();
    if let Some(own) = rest.get_mut(..slot.inline_len()) {
        slot.read_inline(own);
    }
}

/// Returns what the collector must know.
#[inline(always)]
fn seen(span: u16, outcome: u8) -> u64 {
    const ERROR: u8 = Outcome::Error as u8 + 1;
    const PANICKED: u8 = Outcome::Panicked as u8 + 1;
    let flag = |has: bool, flag: Flags| if has { u64::from(flag.0) } else { 0 };
    flag(span & flags::SAMPLED != 0, Flags::SAMPLED)
        | flag(span & flags::LOCAL_ROOT != 0, Flags::LOCAL_ROOT)
        | flag(span & flags::WANTED != 0 || outcome == ERROR, Flags::WANTED)
        | flag(outcome == PANICKED, Flags::PANICKED)
}
