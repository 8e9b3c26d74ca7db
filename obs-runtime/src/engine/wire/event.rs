//! The payload of an event.

use tracing_core::Metadata;

use super::entry::{Entry, Scalar};
use super::{peek, span};
use crate::engine::layer::severity;
use crate::engine::limits::Limits;
use crate::engine::tick;
use crate::record::{Attribute, SpanEvent, Text, Value};

/// What an event's record has beyond its head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventPayload<'a> {
    pub(crate) metadata: &'static Metadata<'static>,
    /// The fields that an [`Encoder`](super::Encoder) wrote.
    pub(crate) fields: [&'a [u8]; 2],
}

const FIXED: usize = 8;

impl EventPayload<'_> {
    /// Returns the bytes it takes.
    pub(crate) fn len(&self) -> usize {
        FIXED + self.fields.iter().map(|f| f.len()).sum::<usize>()
    }

    /// Writes it to `out`, which is [`len`](EventPayload::len) long.
    pub(crate) fn write(&self, out: &mut [u8]) {
        let Some((metadata, mut out)) = out.split_first_chunk_mut() else { return };
        *metadata = span::address(Some(self.metadata)).to_le_bytes();
        for field in self.fields {
            let Some((room, rest)) = out.split_at_mut_checked(field.len()) else { return };
            room.copy_from_slice(field);
            out = rest;
        }
    }
}

/// The fields of an event: `message` apart, everything else an attribute.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) message: String,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) dropped: u32,
    /// When it happened, if somebody says so.
    began: Option<u64>,
}

impl Fields {
    /// Reads what an [`Encoder`](super::Encoder) wrote of an event, and keeps the first `most`.
    pub(crate) fn decode(metadata: &'static Metadata<'static>, fields: [&[u8]; 2], most: usize) -> Fields {
        let mut out = Fields::default();
        for mut bytes in fields {
            while let Some((entry, rest)) = Entry::read(bytes) {
                bytes = rest;
                let (key, scalar) = match entry {
                    Entry::Field(index, scalar) => match span::field_name(metadata, index) {
                        "message" => {
                            out.message = value(scalar).to_string();
                            continue;
                        }
                        name => (Text::Borrowed(name), scalar),
                    },
                    Entry::Attribute(key, scalar) => (Text::Owned(key.to_owned()), scalar),
                    other => {
                        out.other(&other);
                        continue;
                    }
                };
                if out.attributes.len() < most {
                    out.attributes.push(Attribute { key, value: value(scalar) });
                } else {
                    out.dropped += 1;
                }
            }
        }
        out
    }

    /// Takes what is no attribute.
    fn other(&mut self, entry: &Entry<'_>) {
        match entry {
            Entry::DroppedFields(count) => self.dropped = self.dropped.saturating_add(*count),
            Entry::Description(text) => self.message = (*text).to_owned(),
            Entry::Began(nanos) => self.began = Some(*nanos),
            _ => {}
        }
    }
}

pub(super) fn value(scalar: Scalar<'_>) -> Value {
    match scalar {
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Int(value) => Value::Int(value),
        Scalar::Double(value) => Value::Double(value),
        Scalar::Str(value) => Value::Str(Text::Owned(value.to_owned())),
    }
}

/// Makes the record of an event; `None` for bytes that are none.
pub(crate) fn decode_event(record: &[u8], limits: &Limits) -> Option<SpanEvent> {
    let head = peek(record)?;
    let time_unix_nanos = tick::unix_nanos(head.start);
    let metadata = head
        .payload
        .split_first_chunk()
        .and_then(|(address, fields)| Some((span::metadata(u64::from_le_bytes(*address))?, fields)));
    let Some((metadata, fields)) = metadata else {
        let (name, attributes) = (Text::Borrowed(""), Vec::new());
        return Some(SpanEvent { name, time_unix_nanos, attributes, dropped_attributes: 0 });
    };
    let Fields { message, mut attributes, dropped, began } =
        Fields::decode(metadata, [fields, &[]], limits.event_attributes);
    // What was told to a span by hand has no metadata of its own, and so no level.
    if metadata.is_event() {
        attributes.push(Attribute {
            key: Text::Borrowed("level"),
            value: Value::Str(Text::Borrowed(severity(*metadata.level()).as_str())),
        });
    }
    let time_unix_nanos = began.unwrap_or(time_unix_nanos);
    let name = if message.is_empty() { Text::Borrowed(metadata.name()) } else { Text::Owned(message) };
    Some(SpanEvent { name, time_unix_nanos, attributes, dropped_attributes: dropped })
}
