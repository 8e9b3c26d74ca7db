//! One value in a payload: which field it belongs to, and what it is.

use std::collections::HashSet;

use crate::context::{SpanContext, SpanId, TraceId};

/// A value of a span or event, as it stands in the bytes: index of the field, tag, value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry<'a> {
    /// A field of the metadata.
    Field(u16, Scalar<'a>),
    /// Another span that is referred to.
    Link { context: SpanContext },
    /// Links that did not fit.
    DroppedLinks(u32),
    /// Fields that did not fit.
    DroppedFields(u32),
    /// The value of `error.type`.
    ErrorType(&'a str),
    /// Why the call failed, unless a field says so.
    Description(&'a str),
    /// The `tracestate` that came with the trace.
    TraceState(&'a str),
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Bool(bool),
    Int(i64),
    Double(f64),
    Str(&'a str),
}

/// The bytes before a value: index and tag.
pub(super) const PREFIX: usize = 3;
/// The bytes before a text: index, tag and length.
pub(super) const TEXT_PREFIX: usize = PREFIX + 4;

/// The bytes of the shortest entry.
pub(super) const LEAST: usize = PREFIX + 1;

/// The index of what is no field.
const NO_FIELD: u16 = u16::MAX;

const BOOL: u8 = 0;
const INT: u8 = 1;
const DOUBLE: u8 = 2;
const STR: u8 = 3;
const LINK: u8 = 4;
const DROPPED_LINKS: u8 = 5;
const ERROR_TYPE: u8 = 6;
const DESCRIPTION: u8 = 7;
const TRACE_STATE: u8 = 8;
const DROPPED_FIELDS: u8 = 9;

/// Returns what stands before the value of a field of 8 bytes or less.
pub(super) fn prefix(field: u16, scalar: Scalar<'_>) -> [u8; PREFIX] {
    let [low, high] = field.to_le_bytes();
    let tag = match scalar {
        Scalar::Bool(_) => BOOL,
        Scalar::Int(_) => INT,
        Scalar::Double(_) => DOUBLE,
        Scalar::Str(_) => STR,
    };
    [low, high, tag]
}

/// Returns what stands before a text of `length` bytes, as the lower [`TEXT_PREFIX`] bytes of a number.
#[inline(always)]
pub(super) fn text_prefix(field: u16, length: usize) -> u64 {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    u64::from(field) | u64::from(STR) << 16 | u64::from(length) << 24
}

/// Appends a field that is a text.
fn write_text(field: u16, value: &str, out: &mut Vec<u8>) {
    let [prefix @ .., _] = text_prefix(field, value.len()).to_le_bytes();
    out.extend_from_slice(&prefix);
    out.extend_from_slice(value.as_bytes());
}

impl Entry<'_> {
    /// Appends it to `out`. Fields are written by [`Encoder`](super::Encoder).
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut text = |tag: u8, text: &str| {
            out.extend_from_slice(&NO_FIELD.to_le_bytes());
            out.push(tag);
            out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        };
        match self {
            Entry::Field(index, Scalar::Str(value)) => write_text(*index, value, out),
            Entry::Field(index, scalar) => {
                out.extend_from_slice(&prefix(*index, *scalar));
                match scalar {
                    Scalar::Bool(value) => out.push(u8::from(*value)),
                    Scalar::Int(value) => out.extend_from_slice(&value.to_le_bytes()),
                    Scalar::Double(value) => out.extend_from_slice(&value.to_bits().to_le_bytes()),
                    Scalar::Str(_) => {}
                }
            }
            Entry::ErrorType(value) => text(ERROR_TYPE, value),
            Entry::Description(value) => text(DESCRIPTION, value),
            Entry::TraceState(value) => text(TRACE_STATE, value),
            Entry::DroppedLinks(count) | Entry::DroppedFields(count) => {
                out.extend_from_slice(&NO_FIELD.to_le_bytes());
                out.push(if matches!(self, Entry::DroppedLinks(_)) { DROPPED_LINKS } else { DROPPED_FIELDS });
                out.extend_from_slice(&count.to_le_bytes());
            }
            Entry::Link { context } => {
                text(LINK, context.tracestate.as_deref().unwrap_or_default());
                out.extend_from_slice(&context.trace_id.get().to_le_bytes());
                out.extend_from_slice(&context.span_id.get().to_le_bytes());
                out.push(context.flags);
            }
        }
    }

    /// Reads the first entry of `bytes`, and what follows it; `None` at the end, and for bytes that are no entry.
    #[inline]
    pub(crate) fn read(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
        let ([low, high, tag], bytes) = bytes.split_first_chunk::<PREFIX>()?;
        match u16::from_le_bytes([*low, *high]) {
            NO_FIELD => Entry::read_other(*tag, bytes),
            index => scalar(*tag, bytes).map(|(scalar, rest)| (Entry::Field(index, scalar), rest)),
        }
    }

    /// Reads what is no field.
    fn read_other(tag: u8, bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
        if let DROPPED_LINKS | DROPPED_FIELDS = tag {
            let (count, rest) = bytes.split_first_chunk()?;
            let count = u32::from_le_bytes(*count);
            let links = tag == DROPPED_LINKS;
            return Some((
                if links { Entry::DroppedLinks(count) } else { Entry::DroppedFields(count) },
                rest,
            ));
        }
        let (text, rest) = text(bytes)?;
        let entry = match tag {
            ERROR_TYPE => Entry::ErrorType(text),
            DESCRIPTION => Entry::Description(text),
            TRACE_STATE => Entry::TraceState(text),
            LINK => return link(text, rest),
            _ => return None,
        };
        Some((entry, rest))
    }
}

#[inline]
fn scalar(tag: u8, bytes: &[u8]) -> Option<(Scalar<'_>, &[u8])> {
    match tag {
        BOOL => bytes.split_first().map(|(value, rest)| (Scalar::Bool(*value != 0), rest)),
        INT => bytes.split_first_chunk().map(|(value, rest)| (Scalar::Int(i64::from_le_bytes(*value)), rest)),
        DOUBLE => bytes
            .split_first_chunk()
            .map(|(value, rest)| (Scalar::Double(f64::from_bits(u64::from_le_bytes(*value))), rest)),
        STR => text(bytes).map(|(value, rest)| (Scalar::Str(value), rest)),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, bytes) = bytes.split_first_chunk()?;
    let (text, rest) = bytes.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

fn link<'a>(tracestate: &str, bytes: &'a [u8]) -> Option<(Entry<'static>, &'a [u8])> {
    let (trace_id, bytes) = bytes.split_first_chunk()?;
    let (span_id, bytes) = bytes.split_first_chunk()?;
    let (flags, rest) = bytes.split_first()?;
    let context = SpanContext {
        trace_id: TraceId::new(u128::from_le_bytes(*trace_id))?,
        span_id: SpanId::new(u64::from_le_bytes(*span_id))?,
        flags: *flags,
        tracestate: (!tracestate.is_empty()).then(|| tracestate.into()),
    };
    Some((Entry::Link { context }, rest))
}

/// Counts the entries that stand in `bytes`.
pub(crate) fn count(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Some((_, rest)) = Entry::read(bytes) {
        bytes = rest;
        count += 1;
    }
    count
}

/// Removes fields that a later entry replaces: a span whose fields are recorded over and over must not grow.
pub(crate) fn compact(bytes: &mut Vec<u8>) {
    let mut places = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((entry, after)) = Entry::read(rest) {
        let field = if let Entry::Field(index, _) = entry { Some(index) } else { None };
        let start = bytes.len() - rest.len();
        places.push((field, start..bytes.len() - after.len()));
        rest = after;
    }
    let mut seen = HashSet::new();
    let mut kept: Vec<_> =
        places.into_iter().rev().filter(|(field, _)| field.is_none_or(|f| seen.insert(f))).collect();
    kept.reverse();
    let mut out = Vec::with_capacity(bytes.len());
    for (_, place) in kept {
        out.extend_from_slice(bytes.get(place).unwrap_or_default());
    }
    *bytes = out;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking
mod tests {
    use super::*;

    fn all(mut bytes: &[u8]) -> Vec<Entry<'_>> {
        let mut entries = Vec::new();
        while let Some((entry, rest)) = Entry::read(bytes) {
            entries.push(entry);
            bytes = rest;
        }
        assert!(bytes.is_empty());
        entries
    }

    fn entries() -> Vec<Entry<'static>> {
        let context = SpanContext {
            trace_id: TraceId::new(7).unwrap(),
            span_id: SpanId::new(9).unwrap(),
            flags: 3,
            tracestate: Some("a=1".into()),
        };
        vec![
            Entry::Field(0, Scalar::Int(-5)),
            Entry::Field(1, Scalar::Double(1.5)),
            Entry::Field(2, Scalar::Bool(true)),
            Entry::Field(300, Scalar::Str("größe")),
            Entry::Link { context },
            Entry::DroppedLinks(4),
            Entry::DroppedFields(5),
            Entry::ErrorType("app::Declined"),
            Entry::Description("no money"),
            Entry::TraceState("b=2"),
        ]
    }

    #[test]
    fn entries_survive_the_round_trip_and_cut_ones_are_refused() {
        let mut bytes = Vec::new();
        for entry in entries() {
            let before = bytes.len();
            entry.write(&mut bytes);
            for end in before..bytes.len() {
                assert!(Entry::read(&bytes[before..end]).is_none(), "{entry:?}");
            }
        }
        assert_eq!(all(&bytes), entries());
        assert!(
            Entry::read(&[0, 0, 99, 0]).is_none() && Entry::read(&[0, 0, STR, 1, 0, 0, 0, 0xff]).is_none()
        );
    }

    #[test]
    fn compacting_keeps_the_last_value_of_each_field() {
        let mut bytes = Vec::new();
        for value in 0..1_000 {
            Entry::Field(3, Scalar::Int(value)).write(&mut bytes);
            Entry::Field(4, Scalar::Str("text")).write(&mut bytes);
        }
        Entry::ErrorType("kept").write(&mut bytes);
        compact(&mut bytes);
        let left = [
            Entry::Field(3, Scalar::Int(999)),
            Entry::Field(4, Scalar::Str("text")),
            Entry::ErrorType("kept"),
        ];
        assert_eq!(all(&bytes), left);
    }
}
