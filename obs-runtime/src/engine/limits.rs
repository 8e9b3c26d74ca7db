//! What one span or log record may hold.

use super::wire::cut;
use crate::record::{Attribute, Text, Value};

/// What one span may hold: what [`Builder::span_limits`](crate::Builder::span_limits) takes. These are the span limits of
/// OpenTelemetry's specification (SDK, "Span limits"); what goes beyond is counted as dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Attributes of a span; 128.
    pub attributes: usize,
    /// Bytes of a text value, which is cut on a UTF-8 boundary; `usize::MAX`, the default, for no limit.
    pub value_length: usize,
    /// Events of a span; 128.
    pub events: usize,
    /// Links of a span; 128.
    pub links: usize,
    /// Attributes of an event on a span; 128.
    pub event_attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { attributes: 128, value_length: usize::MAX, events: 128, links: 128, event_attributes: 128 }
    }
}

/// What one log record may hold: what [`Builder::log_limits`](crate::Builder::log_limits) takes. These are the limits of
/// OpenTelemetry's specification (logs SDK, "LogRecord Limits"). They go for attributes; the message is never cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// Attributes of a record; 128.
    pub attributes: usize,
    /// Bytes of a text value, which is cut on a UTF-8 boundary; `usize::MAX`, the default, for no limit.
    pub value_length: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        LogLimits { attributes: 128, value_length: usize::MAX }
    }
}

impl LogLimits {
    /// Cuts texts and drops attributes beyond the limits; returns how many were dropped and how many cut.
    pub(crate) fn apply(self, attributes: &mut Vec<Attribute>) -> (u32, u64) {
        let dropped = attributes.len().saturating_sub(self.attributes);
        attributes.truncate(self.attributes);
        let mut shortened = 0;
        if self.value_length < usize::MAX {
            for attribute in attributes {
                if let Value::Str(text) = &attribute.value
                    && text.len() > self.value_length
                {
                    attribute.value = Value::Str(Text::Owned(cut(text, self.value_length).to_owned()));
                    shortened += 1;
                }
            }
        }
        (u32::try_from(dropped).unwrap_or(u32::MAX), shortened)
    }
}

impl Limits {
    /// Tells whether texts of spans are cut: then a log record, which has limits of its own, cannot have the same.
    pub(crate) fn cut_texts(&self) -> bool {
        self.value_length < usize::MAX
    }

    /// The same, with texts as they are.
    pub(crate) fn of_whole_texts(self) -> Self {
        Limits { value_length: usize::MAX, ..self }
    }
}
