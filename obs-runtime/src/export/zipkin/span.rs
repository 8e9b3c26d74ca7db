//! A span as Zipkin's v2 JSON has it (OpenTelemetry specification, "OpenTelemetry to Zipkin Transformation", and what
//! it refers to in "Transformation to non-OTLP Formats").

use std::fmt::{self, Write};

use super::endpoint::{write_local, write_remote};
use crate::export::text::{write_json_double, write_json_string};
use crate::record::{Attribute, SpanEvent, SpanKind, SpanRecord, Status, Value};

/// Writes a span as one JSON object. What is empty is left out; links and `tracestate` have no place there.
pub(super) fn write_span(out: &mut String, span: &SpanRecord) -> fmt::Result {
    write!(out, "{{\"traceId\":\"{}\",\"id\":\"{}\"", span.context.trace_id, span.context.span_id)?;
    if let Some(parent) = span.parent {
        write!(out, ",\"parentId\":\"{parent}\"")?;
    }
    out.write_str(",\"name\":")?;
    write_json_string(out, &span.name)?;
    if let Some(kind) = kind(span.kind) {
        write!(out, ",\"kind\":\"{kind}\"")?;
    }
    // Zipkin's times begin at 1: a span of no time took one microsecond, and one of 1970 has no time.
    if let start @ 1.. = micros(span.start_unix_nanos) {
        write!(out, ",\"timestamp\":{start}")?;
    }
    let duration = micros(span.end_unix_nanos().saturating_sub(span.start_unix_nanos));
    write!(out, ",\"duration\":{}", duration.max(1))?;
    write_local(out, span)?;
    write_remote(out, span)?;
    write_annotations(out, &span.events)?;
    write_tags(out, span)?;
    out.write_char('}')
}

fn micros(nanos: u64) -> u64 {
    nanos / 1_000
}

fn kind(kind: SpanKind) -> Option<&'static str> {
    match kind {
        SpanKind::Internal => None,
        SpanKind::Server => Some("SERVER"),
        SpanKind::Client => Some("CLIENT"),
        SpanKind::Producer => Some("PRODUCER"),
        SpanKind::Consumer => Some("CONSUMER"),
    }
}

fn write_annotations(out: &mut String, events: &[SpanEvent]) -> fmt::Result {
    if events.is_empty() {
        return Ok(());
    }
    let mut text = String::new();
    for (index, event) in events.iter().enumerate() {
        out.write_str(if index == 0 { ",\"annotations\":[" } else { "," })?;
        text.clear();
        write_event(&mut text, event)?;
        write!(out, "{{\"timestamp\":{},\"value\":", micros(event.time_unix_nanos))?;
        write_json_string(out, &text)?;
        out.write_char('}')?;
    }
    out.write_char(']')
}

/// Writes an event's text: its name, and where it has attributes `"name": {"key": value}`.
fn write_event(out: &mut String, event: &SpanEvent) -> fmt::Result {
    if event.attributes.is_empty() && event.dropped_attributes == 0 {
        return out.write_str(&event.name);
    }
    write_json_string(out, &event.name)?;
    let mut separator = ": {";
    let mut key = |out: &mut String, key: &str| {
        out.write_str(separator)?;
        separator = ", ";
        write_json_string(out, key)?;
        out.write_str(": ")
    };
    for (index, attribute) in event.attributes.iter().enumerate() {
        if event.attributes.iter().take(index).any(|before| before.key == attribute.key) {
            continue;
        }
        key(out, &attribute.key)?;
        match &attribute.value {
            Value::Bool(value) => write!(out, "{value}")?,
            Value::Int(value) => write!(out, "{value}")?,
            Value::Double(value) => write_json_double(out, *value)?,
            Value::Str(value) => write_json_string(out, value)?,
        }
    }
    if event.dropped_attributes > 0 {
        key(out, DROPPED_ATTRIBUTES)?;
        write!(out, "{}", event.dropped_attributes)?;
    }
    out.write_char('}')
}

const DROPPED_ATTRIBUTES: &str = "otel.dropped_attributes_count";

/// Writes what has no field of its own: what the specification gives a name, the span's attributes, and those of its
/// resource, of which the specification says nothing but that `service.namespace` should be a tag.
fn write_tags(out: &mut String, span: &SpanRecord) -> fmt::Result {
    let mut tags = Tags { out, keys: Vec::new() };
    match &span.status {
        Status::Unset => {}
        Status::Ok => tags.text("otel.status_code", "OK")?,
        Status::Error(description) => {
            tags.text("otel.status_code", "ERROR")?;
            tags.text("error", description)?;
        }
    }
    if !span.scope.is_empty() {
        tags.text("otel.scope.name", &span.scope)?;
        tags.text("otel.library.name", &span.scope)?; // deprecated, and still demanded
    }
    if let Some(outcome) = span.outcome {
        tags.text("outcome", outcome.as_str())?;
    }
    tags.count(DROPPED_ATTRIBUTES, span.dropped_attributes)?;
    tags.count("otel.dropped_events_count", span.dropped_events)?;
    tags.count("otel.dropped_links_count", span.dropped_links)?;
    for attribute in span.attributes.iter().chain(&span.resource.attributes) {
        tags.attribute(attribute)?;
    }
    tags.end()
}

/// Texts by name; the first of a name stays.
struct Tags<'a> {
    out: &'a mut String,
    keys: Vec<&'a str>,
}

impl<'a> Tags<'a> {
    /// Writes a tag's name; `false` where there is one of this name.
    fn begin(&mut self, key: &'a str) -> Result<bool, fmt::Error> {
        if self.keys.contains(&key) {
            return Ok(false);
        }
        self.out.write_str(if self.keys.is_empty() { ",\"tags\":{" } else { "," })?;
        self.keys.push(key);
        write_json_string(self.out, key)?;
        self.out.write_char(':')?;
        Ok(true)
    }

    fn text(&mut self, key: &'a str, value: &str) -> fmt::Result {
        if self.begin(key)? { write_json_string(self.out, value) } else { Ok(()) }
    }

    fn count(&mut self, key: &'a str, count: u32) -> fmt::Result {
        if count > 0 && self.begin(key)? { write!(self.out, "\"{count}\"") } else { Ok(()) }
    }

    /// Whatever `error` says, Zipkin takes it for a failure: one that denies it is left out.
    fn attribute(&mut self, Attribute { key, value }: &'a Attribute) -> fmt::Result {
        let denied =
            matches!(value, Value::Bool(false)) || matches!(value, Value::Str(text) if text == "false");
        if key == "error" && denied || !self.begin(key)? {
            return Ok(());
        }
        match value {
            Value::Bool(value) => write!(self.out, "\"{value}\""),
            Value::Int(value) => write!(self.out, "\"{value}\""),
            Value::Double(value) if value.is_finite() => {
                self.out.write_char('"')?;
                write_json_double(self.out, *value)?;
                self.out.write_char('"')
            }
            Value::Double(value) => write_json_double(self.out, *value),
            Value::Str(value) => write_json_string(self.out, value),
        }
    }

    fn end(self) -> fmt::Result {
        if self.keys.is_empty() { Ok(()) } else { self.out.write_char('}') }
    }
}
