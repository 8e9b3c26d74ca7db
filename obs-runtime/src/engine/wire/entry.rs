//! One value in a payload: which field it belongs to, and what it is, in whole words.

use std::collections::HashSet;

use crate::context::{SpanContext, SpanId, TraceId};
use crate::record::Value;

/// A value of a span or event, as it stands in the bytes: index of the field, tag, value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry<'a> {
    /// A field of the metadata.
    Field(u16, Scalar<'a>),
    /// A value that is none of a field of the metadata.
    Attribute(&'a str, Scalar<'a>),
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
    /// The instrumentation scope, in the place of the target.
    Scope(&'a str),
    /// When the span began or the event happened, if somebody says so; nanoseconds since the Unix epoch.
    Began(u64),
    /// When the span ended, likewise.
    Ended(u64),
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Bool(bool),
    Int(i64),
    Double(f64),
    Str(&'a str),
}

impl<'a> From<&'a Value> for Scalar<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Bool(value) => Scalar::Bool(*value),
            Value::Int(value) => Scalar::Int(*value),
            Value::Double(value) => Scalar::Double(*value),
            Value::Str(text) => Scalar::Str(text),
        }
    }
}

/// A value of fixed size.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fixed {
    Bool(bool),
    Int(i64),
    Double(f64),
}

impl From<Fixed> for Scalar<'_> {
    fn from(fixed: Fixed) -> Self {
        match fixed {
            Fixed::Bool(value) => Scalar::Bool(value),
            Fixed::Int(value) => Scalar::Int(value),
            Fixed::Double(value) => Scalar::Double(value),
        }
    }
}

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
/// An integer that fits the head.
const SHORT_INT: u8 = 10;
const ATTRIBUTE: u8 = 11;
const SCOPE: u8 = 12;
const BEGAN: u8 = 13;
const ENDED: u8 = 14;

/// The bytes of a word. Entries are whole words, so that who copies them reads what was written in one piece, and need not
/// wait for it.
pub(super) const WORD: usize = 8;

/// The first word of an entry: index, tag, and in its upper half a short value or the length of a text.
#[inline]
const fn head(field: u16, tag: u8, short: u32) -> u64 {
    field as u64 | (tag as u64) << 16 | (short as u64) << 32
}

/// Returns the words of a value of fixed size, and how many they are.
#[inline(always)]
pub(super) fn words(field: u16, scalar: Fixed) -> ([u64; 2], usize) {
    match scalar {
        Fixed::Bool(value) => ([head(field, BOOL, value as u32), 0], 1),
        Fixed::Int(value) => match i32::try_from(value) {
            Ok(short) => ([head(field, SHORT_INT, short.cast_unsigned()), 0], 1),
            Err(_) => ([head(field, INT, 0), value.cast_unsigned()], 2),
        },
        Fixed::Double(value) => ([head(field, DOUBLE, 0), value.to_bits()], 2),
    }
}

/// Returns the first word of a text of `length` bytes, which are fewer than 4 GiB.
#[inline]
pub(super) const fn text_head(field: u16, length: usize) -> u64 {
    head(field, STR, length as u32)
}

/// Returns how many words the bytes of a text take.
#[inline]
pub(super) const fn text_words(length: usize) -> usize {
    length.div_ceil(WORD)
}

/// Returns the last bytes of a text, those that fill no whole word.
#[inline]
pub(super) fn last_word(text: &[u8]) -> u64 {
    let left = text.len() % WORD;
    match text.last_chunk::<WORD>() {
        // The whole words before it overlap.
        Some(last) if left > 0 => u64::from_le_bytes(*last) >> (8 * (WORD - left)),
        Some(_) => 0,
        None => text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// Appends a text: its head, and its bytes up to a whole word.
fn write_text(field: u16, tag: u8, text: &str, out: &mut Vec<u8>) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX); // all of them were cut long before
    out.extend_from_slice(&head(field, tag, length).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
    out.resize(out.len() + text_words(text.len()) * WORD - text.len(), 0);
}

/// Appends a moment.
fn write_time(tag: u8, unix_nanos: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&head(NO_FIELD, tag, 0).to_le_bytes());
    out.extend_from_slice(&unix_nanos.to_le_bytes());
}

impl Entry<'_> {
    /// Appends it to `out`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let fixed = |field, fixed, out: &mut Vec<u8>| {
            let (words, count) = words(field, fixed);
            words.iter().take(count).for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
        };
        match self {
            Entry::Field(index, Scalar::Str(value)) => write_text(*index, STR, value, out),
            Entry::Field(index, Scalar::Bool(value)) => fixed(*index, Fixed::Bool(*value), out),
            Entry::Field(index, Scalar::Int(value)) => fixed(*index, Fixed::Int(*value), out),
            Entry::Field(index, Scalar::Double(value)) => fixed(*index, Fixed::Double(*value), out),
            Entry::Attribute(key, value) => {
                write_text(NO_FIELD, ATTRIBUTE, key, out);
                Entry::Field(0, *value).write(out);
            }
            Entry::ErrorType(value) => write_text(NO_FIELD, ERROR_TYPE, value, out),
            Entry::Description(value) => write_text(NO_FIELD, DESCRIPTION, value, out),
            Entry::TraceState(value) => write_text(NO_FIELD, TRACE_STATE, value, out),
            Entry::Scope(value) => write_text(NO_FIELD, SCOPE, value, out),
            Entry::Began(nanos) => write_time(BEGAN, *nanos, out),
            Entry::Ended(nanos) => write_time(ENDED, *nanos, out),
            Entry::DroppedLinks(count) => {
                out.extend_from_slice(&head(NO_FIELD, DROPPED_LINKS, *count).to_le_bytes());
            }
            Entry::DroppedFields(count) => {
                out.extend_from_slice(&head(NO_FIELD, DROPPED_FIELDS, *count).to_le_bytes());
            }
            Entry::Link { context } => {
                write_text(NO_FIELD, LINK, context.tracestate.as_deref().unwrap_or_default(), out);
                out.extend_from_slice(&context.trace_id.get().to_le_bytes());
                out.extend_from_slice(&context.span_id.get().to_le_bytes());
                out.extend_from_slice(&u64::from(context.flags).to_le_bytes());
            }
        }
    }

    /// Reads the first entry of `bytes`, and what follows it; `None` at the end, and for bytes that are no entry.
    #[inline]
    pub(crate) fn read(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
        let (head, rest) = word(bytes)?;
        let (index, tag, short) = (head as u16, (head >> 16) as u8, (head >> 32) as u32);
        if index == NO_FIELD {
            return Entry::read_other(tag, short, rest);
        }
        let (scalar, rest) = match tag {
            BOOL => (Scalar::Bool(short != 0), rest),
            SHORT_INT => (Scalar::Int(i64::from(short.cast_signed())), rest),
            INT => word(rest).map(|(value, rest)| (Scalar::Int(value.cast_signed()), rest))?,
            DOUBLE => word(rest).map(|(bits, rest)| (Scalar::Double(f64::from_bits(bits)), rest))?,
            STR => text(short, rest).map(|(value, rest)| (Scalar::Str(value), rest))?,
            _ => return None,
        };
        Some((Entry::Field(index, scalar), rest))
    }

    /// Reads what is no field.
    fn read_other(tag: u8, short: u32, bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
        match tag {
            DROPPED_LINKS => return Some((Entry::DroppedLinks(short), bytes)),
            DROPPED_FIELDS => return Some((Entry::DroppedFields(short), bytes)),
            BEGAN => return word(bytes).map(|(nanos, rest)| (Entry::Began(nanos), rest)),
            ENDED => return word(bytes).map(|(nanos, rest)| (Entry::Ended(nanos), rest)),
            _ => {}
        }
        let (text, rest) = text(short, bytes)?;
        let entry = match tag {
            ATTRIBUTE => return attribute(text, rest),
            ERROR_TYPE => Entry::ErrorType(text),
            DESCRIPTION => Entry::Description(text),
            TRACE_STATE => Entry::TraceState(text),
            SCOPE => Entry::Scope(text),
            LINK => return link(text, rest),
            _ => return None,
        };
        Some((entry, rest))
    }
}

#[inline]
fn word(bytes: &[u8]) -> Option<(u64, &[u8])> {
    bytes.split_first_chunk().map(|(word, rest)| (u64::from_le_bytes(*word), rest))
}

#[inline]
fn text(length: u32, bytes: &[u8]) -> Option<(&str, &[u8])> {
    let length = length as usize;
    let (text, rest) = bytes.split_at_checked(text_words(length) * WORD)?;
    Some((std::str::from_utf8(text.get(..length)?).ok()?, rest))
}

fn attribute<'a>(key: &'a str, bytes: &'a [u8]) -> Option<(Entry<'a>, &'a [u8])> {
    match Entry::read(bytes)? {
        (Entry::Field(0, value), rest) => Some((Entry::Attribute(key, value), rest)),
        _ => None,
    }
}

fn link<'a>(tracestate: &str, bytes: &'a [u8]) -> Option<(Entry<'static>, &'a [u8])> {
    let (trace_id, bytes) = bytes.split_first_chunk()?;
    let (span_id, bytes) = word(bytes)?;
    let (flags, rest) = word(bytes)?;
    let context = SpanContext {
        trace_id: TraceId::new(u128::from_le_bytes(*trace_id))?,
        span_id: SpanId::new(span_id)?,
        flags: flags as u8,
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
        let field = match entry {
            Entry::Field(index, _) => Some((index, "")),
            Entry::Attribute(key, _) => Some((NO_FIELD, key)),
            _ => None,
        };
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
            Entry::Field(0, Scalar::Int(i64::MIN)),
            Entry::Field(0, Scalar::Int(1 << 31)),
            Entry::Field(1, Scalar::Double(1.5)),
            Entry::Field(2, Scalar::Bool(true)),
            Entry::Field(300, Scalar::Str("größe")),
            Entry::Field(5, Scalar::Str("")),
            Entry::Field(6, Scalar::Str("12345678")),
            Entry::Link { context },
            Entry::DroppedLinks(4),
            Entry::DroppedFields(5),
            Entry::ErrorType("app::Declined"),
            Entry::Description("no money"),
            Entry::TraceState("b=2"),
            Entry::Scope("library"),
            Entry::Began(1),
            Entry::Ended(u64::MAX),
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
        assert_eq!(bytes.len() % WORD, 0);
        let unknown = head(0, 99, 0).to_le_bytes();
        let no_text = [head(0, STR, 1), 0xff].map(u64::to_le_bytes).concat();
        assert!(Entry::read(&unknown).is_none() && Entry::read(&no_text).is_none());
    }

    #[test]
    fn a_text_ends_with_what_fills_no_word() {
        for text in
            ["", "a", "abc", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmnop", "abcdefghijklmno"]
        {
            let mut padded = text.as_bytes().to_vec();
            padded.resize(text_words(text.len()) * WORD, 0);
            let last = padded.last_chunk().filter(|_| text.len() % WORD > 0);
            assert_eq!(
                last_word(text.as_bytes()),
                last.map_or(0, |last| u64::from_le_bytes(*last)),
                "{text}"
            );
        }
    }

    #[test]
    fn compacting_keeps_the_last_value_of_each_field() {
        let mut bytes = Vec::new();
        for value in 0..1_000 {
            Entry::Field(3, Scalar::Int(value)).write(&mut bytes);
            Entry::Field(4, Scalar::Str("text")).write(&mut bytes);
            Entry::Attribute("key", Scalar::Int(value)).write(&mut bytes);
        }
        Entry::Attribute("other", Scalar::Int(0)).write(&mut bytes);
        Entry::ErrorType("kept").write(&mut bytes);
        compact(&mut bytes);
        let left = [
            Entry::Field(3, Scalar::Int(999)),
            Entry::Field(4, Scalar::Str("text")),
            Entry::Attribute("key", Scalar::Int(999)),
            Entry::Attribute("other", Scalar::Int(0)),
            Entry::ErrorType("kept"),
        ];
        assert_eq!(all(&bytes), left);
    }
}
