#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking

mod order;
mod tail;
mod threads;

use std::sync::Mutex;

use super::*;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::engine::tick::Tick;
use crate::engine::wire::{Flags, Head, Kind};
use crate::record::{Loss, Record, Resource, SpanKind, Status, Text};

/// Keeps what it is given.
#[derive(Default)]
pub(super) struct Kept {
    spans: Mutex<Vec<Arc<SpanRecord>>>,
    lost: Mutex<Vec<(Loss, u64)>>,
}

impl Sink for Kept {
    fn put(&self, record: Record) {
        if let Record::Span(span) = record {
            self.spans.lock().unwrap().push(span);
        }
    }

    fn lost(&self, why: Loss, spans: u64) {
        self.lost.lock().unwrap().push((why, spans));
    }
}

impl Kept {
    /// Draws every span as its name, the names of its events, and how many events it lost.
    fn drawn(&self) -> Vec<String> {
        let draw = |span: &Arc<SpanRecord>| {
            let mut text = span.name.to_string();
            span.events.iter().for_each(|event| text += &format!(" {}", event.name));
            if span.dropped_events > 0 {
                text += &format!(" -{}", span.dropped_events);
            }
            text
        };
        self.spans.lock().unwrap().iter().map(draw).collect()
    }

    fn lost(&self, why: Loss) -> u64 {
        self.lost.lock().unwrap().iter().filter(|(w, _)| *w == why).map(|(_, n)| n).sum()
    }
}

/// A pipeline whose payloads are names.
pub(super) fn pipeline(tail: Option<TailRule>) -> (Arc<Kept>, Arc<Collector>) {
    let kept = Arc::new(Kept::default());
    let collector = Collector::inline(Arc::clone(&kept) as _, settings(tail));
    (kept, collector)
}

fn settings(tail: Option<TailRule>) -> CollectorSettings {
    let ring = Size { segment: 1024, bound: 16 << 10 };
    CollectorSettings { tail, ring, codec: Codec { span, event }, ..CollectorSettings::default() }
}

fn name(head: &Head<'_>) -> Text {
    String::from_utf8_lossy(head.payload).into_owned().into()
}

fn event(record: &[u8], _: &Limits) -> Option<SpanEvent> {
    let head = wire::peek(record)?;
    let time_unix_nanos = head.start.raw();
    Some(SpanEvent { name: name(&head), time_unix_nanos, attributes: Vec::new(), dropped_attributes: 0 })
}

fn span(record: &[u8], events: Vec<SpanEvent>, _: &Limits) -> Option<SpanRecord> {
    let head = wire::peek(record)?;
    Some(SpanRecord {
        context: SpanContext {
            trace_id: head.trace_id,
            span_id: head.span_id,
            flags: SpanContext::SAMPLED,
            tracestate: None,
        },
        parent: None,
        parent_is_remote: false,
        name: name(&head),
        kind: SpanKind::Internal,
        scope: Text::Borrowed(""),
        start_unix_nanos: head.start.raw(),
        duration_nanos: 0,
        attributes: Vec::new(),
        events,
        links: Vec::new(),
        outcome: None,
        status: Status::Unset,
        dropped_attributes: 0,
        dropped_events: 0,
        dropped_links: 0,
        resource: Arc::new(Resource { service: Text::Borrowed(""), attributes: Vec::new() }),
    })
}

/// A record to push: of trace and local root `root`.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    head: Head<'a>,
}

fn id(id: u64) -> SpanId {
    SpanId::new(id).unwrap()
}

impl<'a> Item<'a> {
    fn new(kind: Kind, root: u64, span: u64, name: &'a str) -> Self {
        let zero = Tick::from_raw(0);
        let trace_id = TraceId::new(u128::from(root)).unwrap();
        let (span_id, local_root, payload) = (id(span), id(root), name.as_bytes());
        let flags = if kind == Kind::Span && root == span { Flags::LOCAL_ROOT } else { Flags::default() };
        let head =
            Head { kind, flags, trace_id, span_id, local_root, start: zero, end: zero, events: 0, payload };
        Item { head }
    }

    pub(super) fn span(root: u64, span: u64, name: &'a str) -> Self {
        Item::new(Kind::Span, root, span, name)
    }

    pub(super) fn event(root: u64, span: u64, name: &'a str) -> Self {
        Item::new(Kind::Event, root, span, name)
    }

    fn with(self, flags: Flags) -> Self {
        Item { head: Head { flags: self.head.flags.with(flags), ..self.head } }
    }

    fn sampled(self) -> Self {
        self.with(Flags::SAMPLED)
    }

    fn events(self, events: u32) -> Self {
        Item { head: Head { events, ..self.head } }
    }

    /// Took so many ticks.
    fn took(self, ticks: u64) -> Self {
        Item { head: Head { end: Tick::from_raw(ticks), ..self.head } }
    }

    /// Happened at that tick.
    fn at(self, tick: u64) -> Self {
        Item { head: Head { start: Tick::from_raw(tick), ..self.head } }
    }

    fn push(self, producer: &mut Producer) -> bool {
        let payload = self.head.payload;
        producer.push(self.head.kind, Head::LEN + payload.len(), |to| {
            self.head.write(to);
            to[Head::LEN..].copy_from_slice(payload);
        })
    }
}
