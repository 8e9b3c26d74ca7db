//! Spans as OTLP (`opentelemetry/proto/trace/v1/trace.proto`). Numbers are those of the fields in that file.

use super::request::Grouped;
use super::value::{write_attributes, write_count, write_text_attribute};
use crate::context::SpanContext;
use crate::export::delivery::{Form, Making, Origin};
use crate::export::proto::Writer;
use crate::record::{Link, Record, SpanEvent, SpanKind, SpanRecord, Status};

/// Spans in requests of OTLP.
pub(super) struct Spans;

impl Form for Spans {
    fn origin<'r>(&self, record: &'r Record) -> Option<Origin<'r>> {
        let Record::Span(span) = record else { return None };
        Some(Origin { resource: &span.resource, scope: &span.scope })
    }

    fn write(&self, record: &Record, out: Vec<u8>) -> Vec<u8> {
        let mut out = Writer::onto(out);
        if let Record::Span(span) = record {
            write_span(&mut out, span);
        }
        out.into_bytes()
    }

    fn begin(&self) -> Box<dyn Making> {
        Box::new(Grouped::default())
    }
}

fn write_span(out: &mut Writer, span: &SpanRecord) {
    write_ids(out, &span.context);
    write_state(out, 3, &span.context);
    if let Some(parent) = span.parent {
        out.bytes(4, &parent.get().to_be_bytes());
    }
    out.bytes(5, span.name.as_bytes());
    out.varint(6, kind(span.kind));
    out.fixed64(7, span.start_unix_nanos);
    out.fixed64(8, span.end_unix_nanos());
    write_attributes(out, 9, &span.attributes);
    if let Some(outcome) = span.outcome {
        write_text_attribute(out, 9, "outcome", outcome.as_str());
    }
    write_count(out, 10, span.dropped_attributes);
    for event in &span.events {
        out.message(11, |out| write_event(out, event));
    }
    write_count(out, 12, span.dropped_events);
    for link in &span.links {
        out.message(13, |out| write_link(out, link));
    }
    write_count(out, 14, span.dropped_links);
    write_status(out, &span.status);
    // Whether a link's span is remote is not known, so that its flags say nothing about it; a span's parent is known.
    let remote = if span.parent_is_remote { IS_REMOTE } else { 0 };
    out.fixed32(16, u32::from(span.context.flags) | HAS_IS_REMOTE | remote);
}

/// `SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK`.
const HAS_IS_REMOTE: u32 = 0x100;
/// `SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK`.
const IS_REMOTE: u32 = 0x200;

/// Writes trace id and span id, which have the same numbers in spans and links.
fn write_ids(out: &mut Writer, context: &SpanContext) {
    out.bytes(1, &context.trace_id.get().to_be_bytes());
    out.bytes(2, &context.span_id.get().to_be_bytes());
}

fn write_state(out: &mut Writer, field: u32, context: &SpanContext) {
    if let Some(state) = context.tracestate.as_deref().filter(|s| !s.is_empty()) {
        out.bytes(field, state.as_bytes());
    }
}

fn write_event(out: &mut Writer, event: &SpanEvent) {
    out.fixed64(1, event.time_unix_nanos);
    out.bytes(2, event.name.as_bytes());
    write_attributes(out, 3, &event.attributes);
    write_count(out, 4, event.dropped_attributes);
}

fn write_link(out: &mut Writer, link: &Link) {
    write_ids(out, &link.context);
    write_state(out, 3, &link.context);
    out.fixed32(6, u32::from(link.context.flags));
}

fn write_status(out: &mut Writer, status: &Status) {
    match status {
        Status::Unset => {}
        Status::Ok => out.message(15, |out| out.varint(3, 1)),
        Status::Error(description) => out.message(15, |out| {
            if !description.is_empty() {
                out.bytes(2, description.as_bytes());
            }
            out.varint(3, 2);
        }),
    }
}

fn kind(kind: SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}
