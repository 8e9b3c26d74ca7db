//! Field values on their way into a record.

use std::error::Error;
use std::fmt::{self, Write};

use tracing_core::Field;
use tracing_core::field::Visit;

use super::limits::Limits;
use super::wire::{MOST, cut};
use crate::hostile;
use crate::record::{Attribute, SpanKind, Status, Text, Value};

/// The fields of a span, within its limits. Four names speak to the exporter instead of becoming attributes, as in `tracing-opentelemetry`:
/// `otel.name`, `otel.kind`, `otel.status_code`, `otel.status_description`.
#[derive(Default)]
pub(crate) struct SpanFields {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) dropped: u32,
    /// Texts that were cut.
    pub(crate) truncated: u64,
    pub(crate) name: Option<Text>,
    pub(crate) kind: Option<SpanKind>,
    pub(crate) status: Option<Status>,
    most: usize,
    value_length: usize,
}

impl SpanFields {
    pub(crate) fn new(limits: &Limits) -> Self {
        SpanFields { most: limits.attributes, value_length: longest(limits), ..SpanFields::default() }
    }

    /// Adds an attribute, or replaces the one of that name.
    pub(crate) fn add(&mut self, key: Text, value: Value) {
        if let Some(known) = self.attributes.iter_mut().find(|a| a.key == key) {
            known.value = value;
        } else if self.attributes.len() < self.most {
            self.attributes.push(Attribute { key, value });
        } else {
            self.dropped += 1;
        }
    }

    /// Takes over everything that was recorded later.
    pub(crate) fn merge(&mut self, late: SpanFields) {
        for attribute in late.attributes {
            self.add(attribute.key, attribute.value);
        }
        self.dropped += late.dropped;
        self.truncated += late.truncated;
        self.name = late.name.or(self.name.take());
        self.kind = late.kind.or(self.kind);
        self.status = late.status.or(self.status.take());
    }

    /// Takes a value whose name speaks to the exporter; false for every other.
    pub(crate) fn special(&mut self, name: &str, value: &str) -> bool {
        match name {
            "otel.name" => self.name = Some(Text::Owned(value.to_owned())),
            "otel.kind" => self.kind = kind(value),
            "otel.status_code" if value.eq_ignore_ascii_case("ok") => self.status = Some(Status::Ok),
            "otel.status_code" if value.eq_ignore_ascii_case("error") => {
                let said = self.status.take().filter(|s| matches!(s, Status::Error(_)));
                self.status = Some(said.unwrap_or(Status::Error(Text::Borrowed(""))));
            }
            "otel.status_description" => self.status = Some(Status::Error(Text::Owned(value.to_owned()))),
            _ => return false,
        }
        true
    }
}

fn kind(value: &str) -> Option<SpanKind> {
    [
        ("internal", SpanKind::Internal),
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
    ]
    .into_iter()
    .find_map(|(name, kind)| value.eq_ignore_ascii_case(name).then_some(kind))
}

/// The fields of an event: `message` apart, everything else an attribute.
pub(crate) struct EventFields {
    pub(crate) message: String,
    pub(crate) attributes: Vec<Attribute>,
    /// Texts that were cut.
    pub(crate) truncated: u64,
    value_length: usize,
}

impl EventFields {
    /// A log takes every attribute; how many a span takes of its event is for the span to say.
    pub(crate) fn new(limits: &Limits) -> Self {
        EventFields {
            message: String::new(),
            attributes: Vec::new(),
            truncated: 0,
            value_length: longest(limits),
        }
    }
}

/// Returns how many bytes of a text are kept: what a subscriber of ours keeps of one.
pub(crate) fn longest(limits: &Limits) -> usize {
    limits.value_length.min(MOST / 2)
}

/// Receives a value in the record's own terms.
trait Take {
    fn take(&mut self, field: &Field, value: Value);

    /// The bytes of a text, at most.
    fn value_length(&self) -> usize;

    /// Counts a text that was cut.
    fn count_truncated(&mut self);

    /// Takes a value as text.
    fn take_text(&mut self, field: &Field, value: impl fmt::Display) {
        let (value, shortened) = text(self.value_length(), value);
        if shortened {
            self.count_truncated();
        }
        self.take(field, value);
    }
}

impl Take for SpanFields {
    fn take(&mut self, field: &Field, value: Value) {
        if let Value::Str(text) = &value
            && self.special(field.name(), text)
        {
            return;
        }
        self.add(Text::Borrowed(field.name()), value);
    }

    fn value_length(&self) -> usize {
        self.value_length
    }

    fn count_truncated(&mut self) {
        self.truncated += 1;
    }
}

impl Take for EventFields {
    fn take(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => self.message = value.to_string(),
            name => self.attributes.push(Attribute { key: Text::Borrowed(name), value }),
        }
    }

    fn value_length(&self) -> usize {
        self.value_length
    }

    fn count_truncated(&mut self) {
        self.truncated += 1;
    }
}

macro_rules! visit {
    ($($taker:ty),*) => {$(
        impl Visit for $taker {
            fn record_f64(&mut self, field: &Field, value: f64) {
                self.take(field, Value::Double(value));
            }

            fn record_i64(&mut self, field: &Field, value: i64) {
                self.take(field, Value::Int(value));
            }

            fn record_u64(&mut self, field: &Field, value: u64) {
                match i64::try_from(value) {
                    Ok(value) => self.take(field, Value::Int(value)),
                    Err(_) => self.take_text(field, value),
                }
            }

            fn record_i128(&mut self, field: &Field, value: i128) {
                match i64::try_from(value) {
                    Ok(value) => self.take(field, Value::Int(value)),
                    Err(_) => self.take_text(field, value),
                }
            }

            fn record_u128(&mut self, field: &Field, value: u128) {
                match i64::try_from(value) {
                    Ok(value) => self.take(field, Value::Int(value)),
                    Err(_) => self.take_text(field, value),
                }
            }

            fn record_bool(&mut self, field: &Field, value: bool) {
                self.take(field, Value::Bool(value));
            }

            fn record_str(&mut self, field: &Field, value: &str) {
                self.take_text(field, value);
            }

            fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
                self.take_text(field, value);
            }

            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                self.take_text(field, format_args!("{value:?}"));
            }
        }
    )*};
}

visit!(SpanFields, EventFields);

/// Writes a value as text, and tells whether it was cut. Its implementation is the user's: one that fails leaves what it
/// wrote, one that panics a mark.
fn text(value_length: usize, value: impl fmt::Display) -> (Value, bool) {
    let mut out = Short { text: String::new(), left: value_length, shortened: false };
    if hostile::guarded(|| write!(out, "{value}")).is_none() {
        let _room_for_all = out.write_str(hostile::PANICKED);
    }
    (Value::Str(Text::Owned(out.text)), out.shortened)
}

/// A text that takes no more than its limit.
struct Short {
    text: String,
    /// Bytes that may still come.
    left: usize,
    shortened: bool,
}

impl Write for Short {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let kept = cut(piece, self.left);
        self.shortened |= kept.len() < piece.len();
        self.left = if self.shortened { 0 } else { self.left - kept.len() };
        self.text.push_str(kept);
        Ok(())
    }
}
