//! The payload of a closed span.

use std::ptr;

use tracing_core::Metadata;

use super::entry::{Entry, Scalar, WORD};
use super::event::value;
use super::{Head, peek};
use crate::callsite::Callsite;
use crate::context::{SpanContext, SpanId};
use crate::engine::fields::SpanFields;
use crate::engine::limits::Limits;
use crate::engine::sampler::{Threshold, tracestate_of};
use crate::engine::tick;
use crate::outcome::Outcome;
use crate::record::{Link, SpanEvent, SpanKind, SpanRecord, Status, Text, Value};
use crate::service::Service;

/// What is known of a span in one bit each; the lowest two are the trace flags as they travel.
pub(crate) mod flags {
    use crate::context::SpanContext;

    pub(crate) const SAMPLED: u16 = SpanContext::SAMPLED as u16;
    /// The trace flags of W3C Trace Context level 2; all others are to be sent as zero (section 3.2.2.5).
    pub(crate) const TRAVELLING: u8 = SpanContext::SAMPLED | SpanContext::RANDOM;
    /// Something goes along with it.
    pub(crate) const AMBIENT: u16 = 1 << 2;
    /// A part of that is on its record.
    pub(crate) const SHOWN: u16 = 1 << 3;
    /// It stands for a span whose work goes on elsewhere.
    pub(crate) const CARRIED: u16 = 1 << 6;
    /// Only layers of others want it: it passes the context above on, and has no record.
    pub(crate) const HIDDEN: u16 = 1 << 7;
    /// Its record will be wanted.
    pub(crate) const RECORDING: u16 = 1 << 8;
    /// It is the first of its trace in this process.
    pub(crate) const LOCAL_ROOT: u16 = 1 << 9;
    /// Its parent is in another process.
    pub(crate) const REMOTE_PARENT: u16 = 1 << 10;
    /// Something is in its slot's extra room.
    pub(crate) const EXTRA: u16 = 1 << 11;
    /// Third-party layers know it.
    pub(crate) const SHADOWED: u16 = 1 << 12;
    /// A `tracestate` came with its trace.
    pub(crate) const TRACE_STATE: u16 = 1 << 13;
    /// A field gave it another name.
    pub(crate) const NAMED: u16 = 1 << 14;
    /// A field said that it failed, or somebody asked for it: its trace is kept.
    pub(crate) const WANTED: u16 = 1 << 15;
    /// What children take over.
    pub(crate) const INHERITED: u16 = TRAVELLING as u16 | RECORDING | TRACE_STATE | AMBIENT | SHOWN;

    /// Tells whether the span itself will have a record.
    #[inline]
    pub(crate) const fn is_recording(flags: u16) -> bool {
        flags & (RECORDING | HIDDEN) == RECORDING
    }
}

/// What a span's record has beyond its head, before the fields.
#[derive(Clone, Copy)]
pub(super) struct SpanPayload {
    pub(crate) metadata: Option<&'static Metadata<'static>>,
    pub(crate) callsite: Option<&'static Callsite>,
    pub(crate) parent: u64,
    pub(crate) threshold: u64,
    pub(crate) flags: u16,
    pub(crate) service: u16,
    /// The index of an [`Outcome`] plus one.
    pub(crate) outcome: u8,
    pub(crate) dropped_events: u32,
}

impl SpanPayload {
    /// The bytes before the fields.
    pub(super) const LEN: usize = 48;

    fn read(payload: &[u8]) -> Option<(SpanPayload, &[u8])> {
        let (fixed, rest) = payload.split_first_chunk::<{ SpanPayload::LEN }>()?;
        let mut words = [0; SpanPayload::LEN / 8];
        for (word, bytes) in words.iter_mut().zip(fixed.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        let [place, callsite, parent, threshold, small, dropped_events] = words;
        let payload = SpanPayload {
            metadata: metadata(place),
            callsite: self::callsite(callsite),
            parent,
            threshold,
            flags: small as u16,
            service: (small >> 16) as u16,
            outcome: (small >> 32) as u8,
            dropped_events: dropped_events as u32,
        };
        Some((payload, rest))
    }
}

/// Returns the address of something that lives for ever; 0 for nothing.
#[inline]
pub(super) fn address<T>(value: Option<&'static T>) -> u64 {
    value.map_or(0, |value| ptr::from_ref(value).expose_provenance() as u64)
}

/// Returns the metadata at an address that a payload holds.
#[allow(unsafe_code)]
pub(super) fn metadata(address: u64) -> Option<&'static Metadata<'static>> {
    // SAFETY: null, or the exposed address of a `&'static Metadata`: nobody but `write_span` and
    // `EventPayload::write` makes payloads, and rings hand out the bytes that were put in, in the same process.
    unsafe { ptr::with_exposed_provenance::<Metadata<'static>>(address as usize).as_ref() }
}

/// Returns the callsite at an address that a payload holds.
#[allow(unsafe_code)]
fn callsite(address: u64) -> Option<&'static Callsite> {
    // SAFETY: as in `metadata`, of a `&'static Callsite`.
    unsafe { ptr::with_exposed_provenance::<Callsite>(address as usize).as_ref() }
}

pub(super) fn field_name(metadata: &'static Metadata<'static>, index: u16) -> &'static str {
    metadata.fields().iter().nth(usize::from(index)).map_or("", |field| field.name())
}

/// Returns the last text that stands under a field's name.
pub(crate) fn last_text(
    metadata: &'static Metadata<'static>,
    name: &str,
    mut bytes: &[u8],
) -> Option<String> {
    let mut last = None;
    while let Some((entry, rest)) = Entry::read(bytes) {
        bytes = rest;
        if let Entry::Field(index, Scalar::Str(text)) = entry
            && field_name(metadata, index) == name
        {
            last = Some(text.to_owned());
        }
    }
    last
}

/// Makes the record of a closed span; `None` for bytes that are none.
pub(crate) fn decode_span(record: &[u8], events: Vec<SpanEvent>, limits: &Limits) -> Option<SpanRecord> {
    let head = peek(record)?;
    let read = SpanPayload::read(head.payload);
    let parts = read.as_ref().map(|(payload, rest)| Parts::read(payload, rest, limits)).unwrap_or_default();
    Some(parts.into_record(&head, read.map(|(payload, _)| payload), events))
}

/// What stands in the entries.
#[derive(Default)]
struct Parts {
    fields: SpanFields,
    links: Vec<Link>,
    dropped_links: u32,
    error_type: Option<String>,
    description: Option<String>,
    tracestate: Option<std::sync::Arc<str>>,
    scope: Option<String>,
    began: Option<u64>,
    ended: Option<u64>,
}

impl Parts {
    fn read(payload: &SpanPayload, mut bytes: &[u8], limits: &Limits) -> Parts {
        let mut parts = Parts { fields: SpanFields::new(limits), ..Parts::default() };
        let constants = payload.callsite.map(|c| c.site().constants).unwrap_or_default();
        let fields = payload.metadata.map_or(0, |m| m.fields().len()).min(bytes.len() / WORD);
        parts.fields.attributes.reserve_exact((constants.len() + fields).min(limits.attributes));
        for (key, value) in constants {
            parts.fields.add(Text::Borrowed(key), Value::Str(Text::Borrowed(value)));
        }
        while let Some((entry, rest)) = Entry::read(bytes) {
            bytes = rest;
            match entry {
                Entry::Field(index, scalar) => {
                    let name = payload.metadata.map_or("", |m| field_name(m, index));
                    parts.field(name, scalar);
                }
                Entry::Link { context } => parts.links.push(Link { context }),
                Entry::DroppedLinks(count) => parts.dropped_links += count,
                Entry::DroppedFields(count) => parts.fields.dropped += count,
                Entry::ErrorType(text) => parts.error_type = Some(text.to_owned()),
                Entry::Description(text) => {
                    parts.description.get_or_insert_with(|| text.to_owned());
                }
                Entry::Attribute(key, Scalar::Str(text)) if parts.fields.special(key, text) => {}
                Entry::Attribute(key, scalar) => {
                    parts.fields.add(Text::Owned(key.to_owned()), value(scalar));
                }
                Entry::TraceState(text) => parts.tracestate = Some(text.into()),
                Entry::Scope(text) => parts.scope = Some(text.to_owned()),
                Entry::Began(nanos) => parts.began = Some(nanos),
                Entry::Ended(nanos) => parts.ended = Some(nanos),
            }
        }
        parts
    }

    fn field(&mut self, name: &'static str, scalar: Scalar<'_>) {
        if let Scalar::Str(text) = scalar
            && self.fields.special(name, text)
        {
            return;
        }
        self.fields.add(Text::Borrowed(name), value(scalar));
    }

    /// Returns when the span began, and for how long it was open: by the clock, unless somebody said otherwise.
    fn times(&self, head: &Head<'_>) -> (u64, u64) {
        let began = self.began.unwrap_or_else(|| tick::unix_nanos(head.start));
        let duration = match (self.began, self.ended) {
            (None, None) => tick::nanos_between(head.start, head.end),
            (_, ended) => ended.unwrap_or_else(|| tick::unix_nanos(head.end)).saturating_sub(began),
        };
        (began, duration)
    }

    fn into_record(
        self,
        head: &Head<'_>,
        payload: Option<SpanPayload>,
        events: Vec<SpanEvent>,
    ) -> SpanRecord {
        let (start_unix_nanos, duration_nanos) = self.times(head);
        let Parts { mut fields, links, dropped_links, error_type, description, tracestate, scope, .. } = self;
        let flags = payload.map_or(0, |p| p.flags);
        let metadata = payload.and_then(|p| p.metadata);
        let threshold = payload.and_then(|p| Threshold::unpack(p.threshold));
        let declared = payload.and_then(|p| p.callsite).map_or(SpanKind::Internal, |c| c.site().kind);
        let outcome = payload.and_then(|p| Outcome::ALL.get(usize::from(p.outcome).checked_sub(1)?).copied());
        if let Some(error_type) = error_type {
            fields.add(Text::Borrowed("error.type"), Value::Str(Text::Owned(error_type)));
        }
        let described = description.map(|why| Status::Error(Text::Owned(why)));
        let status = fields.status.or(described).unwrap_or(match outcome {
            Some(Outcome::Error | Outcome::Panicked) => Status::Error(Text::Borrowed("")),
            _ => Status::Unset,
        });
        SpanRecord {
            context: SpanContext {
                trace_id: head.trace_id,
                span_id: head.span_id,
                flags: flags as u8 & self::flags::TRAVELLING,
                tracestate: tracestate.or_else(|| threshold.map(tracestate_of)),
            },
            parent: payload.and_then(|p| SpanId::new(p.parent)),
            parent_is_remote: flags & self::flags::REMOTE_PARENT != 0,
            name: fields.name.unwrap_or_else(|| Text::Borrowed(metadata.map_or("", |m| m.name()))),
            kind: fields.kind.unwrap_or(declared),
            scope: scope.map_or_else(|| Text::Borrowed(metadata.map_or("", |m| m.target())), Text::Owned),
            start_unix_nanos,
            duration_nanos,
            attributes: fields.attributes,
            events,
            links,
            outcome,
            status,
            dropped_attributes: fields.dropped,
            dropped_events: payload.map_or(0, |p| p.dropped_events),
            dropped_links,
            resource: payload.map_or(Service::PROCESS, |p| Service::of_index(p.service)).resource(),
        }
    }
}
