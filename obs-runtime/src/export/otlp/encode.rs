//! Spans as OTLP (`opentelemetry/proto/trace/v1/trace.proto`). Numbers are those of the fields in that file.

use std::sync::Arc;

use crate::context::SpanContext;
use crate::export::proto::Writer;
use crate::record::{Attribute, Link, Resource, SpanEvent, SpanKind, SpanRecord, Status, Text, Value};

/// A span in its final bytes, with what it is grouped by. Encoded once, when it is queued, so that the queue's bound
/// in bytes is exact and the record's own memory is free.
#[derive(Debug)]
pub(super) struct Encoded<'a> {
    resource: &'a Arc<Resource>,
    scope: &'a Text,
    /// A `Span` message without its tag and length.
    bytes: Vec<u8>,
}

impl<'a> Encoded<'a> {
    /// Encodes a span into a buffer, which is emptied first.
    pub(super) fn new(span: &'a SpanRecord, buffer: Vec<u8>) -> Self {
        let mut out = Writer::new(buffer);
        write_span(&mut out, span);
        Encoded { resource: &span.resource, scope: &span.scope, bytes: out.into_bytes() }
    }

    /// Returns the bytes that it adds to a queue or a request, where it has a group of its own.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + size_of::<Group>()
    }

    /// Returns the buffer, for the next.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }
}

/// An `ExportTraceServiceRequest` in the making: spans by resource and scope, both in order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Request {
    groups: Vec<Group>,
    /// The group of the last span, which is that of the next as a rule.
    latest: usize,
}

#[derive(Debug)]
struct Group {
    resource: Arc<Resource>,
    scope: Text,
    /// A `ScopeSpans` message: the scope, then the spans.
    message: Writer,
}

impl Group {
    fn new(span: &Encoded<'_>) -> Self {
        let mut message = Writer::default();
        message.message(1, |out| out.bytes(1, span.scope.as_bytes()));
        Group { resource: Arc::clone(span.resource), scope: span.scope.clone(), message }
    }

    fn takes(&self, span: &Encoded<'_>) -> bool {
        is_same(&self.resource, span.resource) && self.scope == *span.scope
    }
}

fn is_same(a: &Arc<Resource>, b: &Arc<Resource>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

impl Request {
    pub(super) fn push(&mut self, span: &Encoded<'_>) {
        if !self.groups.get(self.latest).is_some_and(|group| group.takes(span)) {
            self.find(span);
        }
        if let Some(group) = self.groups.get_mut(self.latest) {
            group.message.bytes(2, &span.bytes);
        }
    }

    /// Makes the span's group the latest. There are few, so that a search through them is the fastest map.
    fn find(&mut self, span: &Encoded<'_>) {
        let known = self.groups.iter().position(|group| group.takes(span));
        self.latest = known.unwrap_or(self.groups.len());
        if known.is_none() {
            self.groups.push(Group::new(span));
        }
    }

    /// Gives back memory that was kept for more spans.
    pub(super) fn shrink(&mut self) {
        self.groups.iter_mut().for_each(|group| group.message.shrink());
    }

    /// Returns the message.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let mut resources: Vec<(Arc<Resource>, Vec<Writer>)> = Vec::new();
        for Group { resource, message, .. } in self.groups {
            match resources.iter_mut().find(|(known, _)| is_same(known, &resource)) {
                Some((_, scopes)) => scopes.push(message),
                None => resources.push((resource, vec![message])),
            }
        }
        let mut out = Writer::default();
        for (resource, scopes) in resources {
            let mut head = Writer::default();
            head.message(1, |out| write_resource(out, &resource));
            let length = head.len() + scopes.iter().map(Writer::len_as_field).sum::<usize>();
            out.begin(1, length);
            out.append(&head);
            for scope in scopes {
                out.begin(2, scope.len());
                out.append(&scope);
            }
        }
        out.into_bytes()
    }
}

pub(super) fn write_resource(out: &mut Writer, resource: &Resource) {
    write_text_attribute(out, 1, "service.name", &resource.service);
    write_attributes(out, 1, &resource.attributes);
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

fn write_count(out: &mut Writer, field: u32, count: u32) {
    if count > 0 {
        out.varint(field, u64::from(count));
    }
}

fn write_attributes(out: &mut Writer, field: u32, attributes: &[Attribute]) {
    for attribute in attributes {
        out.message(field, |out| {
            out.bytes(1, attribute.key.as_bytes());
            out.message(2, |out| write_value(out, &attribute.value));
        });
    }
}

pub(super) fn write_text_attribute(out: &mut Writer, field: u32, key: &str, value: &str) {
    out.message(field, |out| {
        out.bytes(1, key.as_bytes());
        out.message(2, |out| out.bytes(1, value.as_bytes()));
    });
}

/// Writes the members of an `AnyValue`. They are a `oneof`: a default is written, or there would be no value.
pub(super) fn write_value(out: &mut Writer, value: &Value) {
    match value {
        Value::Str(v) => out.bytes(1, v.as_bytes()),
        Value::Bool(v) => out.varint(2, u64::from(*v)),
        Value::Int(v) => out.varint(3, v.cast_unsigned()),
        Value::Double(v) => out.fixed64(4, v.to_bits()),
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
