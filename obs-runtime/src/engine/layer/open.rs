//! A span that has not ended, kept in the registry's extensions.

use std::sync::Arc;
use std::time::Instant;

use tracing_core::Metadata;
use tracing_core::span::Attributes;

#[cfg(feature = "opentelemetry")]
use super::attached::ByHand;
use super::{Process, severity};
use crate::callsite::Callsite;
use crate::clock;
use crate::context::{Ambient, Received, SpanContext, SpanId, TraceId};
use crate::engine::fields::{EventFields, SpanFields, longest};
use crate::engine::limits::Limits;
use crate::engine::pending::{Parent, Told};
use crate::engine::sampler::{Decision, Sampler};
use crate::engine::wire::cut;
use crate::outcome::{Outcome, Verdict};
use crate::record::{Attribute, Link, SpanEvent, SpanKind, SpanRecord, Status, Text, Value};
use crate::service::Service;

/// An open span.
pub(super) struct Open {
    pub(super) context: SpanContext,
    pub(super) service: Service,
    /// What goes along with it.
    pub(super) ambient: Option<Arc<Ambient>>,
    /// `None` in a trace that is not sampled, but for the first span of one that is watched.
    pub(super) recording: Option<Box<Recording>>,
}

/// What is recorded of an open span.
pub(super) struct Recording {
    parent: Option<SpanId>,
    parent_is_remote: bool,
    started: Instant,
    start_unix_nanos: u64,
    callsite: Option<&'static Callsite>,
    pub(super) limits: Limits,
    pub(super) fields: SpanFields,
    pub(super) events: Vec<SpanEvent>,
    pub(super) dropped_events: u32,
    links: Vec<Link>,
    dropped_links: u32,
    verdict: Option<Verdict>,
    /// Its record goes out only if it failed.
    only_if_wanted: bool,
    #[cfg(feature = "opentelemetry")]
    pub(super) by_hand: ByHand,
}

/// Where a new span stands.
struct Place {
    context: SpanContext,
    parent: Option<SpanId>,
    parent_is_remote: bool,
    above: Option<Service>,
    ambient: Option<Arc<Ambient>>,
}

/// What a span takes from the one above it.
pub(super) struct Above {
    context: SpanContext,
    service: Service,
    ambient: Option<Arc<Ambient>>,
}

#[cfg(feature = "opentelemetry")]
impl From<crate::engine::stand_in::Local> for Above {
    fn from(local: crate::engine::stand_in::Local) -> Self {
        Above { context: local.context, service: local.service, ambient: local.ambient }
    }
}

impl Place {
    /// Finds the place of a span; `above` is the span of ours that `tracing` names as the parent, and `beside` what goes
    /// along with the code that opens it instead.
    fn new(sampler: &Sampler, told: &Told<'_>, above: Option<Above>, beside: Option<Arc<Ambient>>) -> Place {
        let share = told.callsite.and_then(|c| c.site().sample);
        match (told.parent, above) {
            (Parent::Remote(remote), above) => {
                let place = Place::below_remote(remote, &sampler.child_of_remote(remote));
                place.among(beside.or(above.and_then(|a| a.ambient)))
            }
            (Parent::Received(received), above) => {
                let place = match received.parent() {
                    Some(remote) if received.is_undecided() => {
                        Place::below_remote(remote, &sampler.root(remote.trace_id, share))
                    }
                    Some(remote) => Place::below_remote(remote, &sampler.child_of_remote(remote)),
                    None => Place::root(sampler, received.share().or(share)),
                };
                let around = beside.or(above.and_then(|a| a.ambient));
                let fields = around.as_ref().map_or(&[][..], |around| &around.fields);
                let SpanContext { trace_id, tracestate, .. } = &place.context;
                let ambient = received.ambient(*trace_id, tracestate.clone(), fields);
                Place { ambient: Some(Arc::new(ambient)), ..place }
            }
            (Parent::Current | Parent::Local(_), Some(Above { context, service, ambient })) => Place {
                parent: Some(context.span_id),
                context: SpanContext { span_id: SpanId::random(), ..context },
                parent_is_remote: false,
                above: Some(service),
                ambient: beside.or(ambient),
            },
            (Parent::Root, above) => {
                Place::root(sampler, share).among(beside.or(above.and_then(|a| a.ambient)))
            }
            (Parent::Watched, above) => Place::begun(TraceId::random(), &sampler.watched())
                .among(beside.or(above.and_then(|a| a.ambient))),
            (_, None) => Place::root(sampler, share).among(beside),
        }
    }

    fn below_remote(remote: &SpanContext, decision: &Decision) -> Place {
        let travels = remote.flags & SpanContext::RANDOM;
        let context = first(remote.trace_id, travels, decision, remote.tracestate.as_ref());
        let parent = Some(remote.span_id);
        Place { context, parent, parent_is_remote: true, above: None, ambient: None }
    }

    fn root(sampler: &Sampler, share: Option<f64>) -> Place {
        let trace_id = TraceId::random();
        Place::begun(trace_id, &sampler.root(trace_id, share))
    }

    fn begun(trace_id: TraceId, decision: &Decision) -> Place {
        let context = first(trace_id, SpanContext::RANDOM, decision, None);
        Place { context, parent: None, parent_is_remote: false, above: None, ambient: None }
    }

    /// Takes along what goes along with the code around.
    fn among(self, around: Option<Arc<Ambient>>) -> Place {
        Place { ambient: around, ..self }
    }

    fn service(&self) -> Service {
        let current = Service::current();
        self.above.filter(|_| current == Service::PROCESS).unwrap_or(current)
    }
}

/// Makes the context of the first span of a trace in this process.
fn first(trace_id: TraceId, travels: u8, decision: &Decision, state: Option<&Arc<str>>) -> SpanContext {
    let sampled = if decision.sampled { SpanContext::SAMPLED } else { 0 };
    SpanContext {
        trace_id,
        span_id: SpanId::random(),
        flags: travels | sampled,
        tracestate: decision.tracestate(state),
    }
}

impl Open {
    pub(super) fn new(
        process: &Process,
        attributes: &Attributes<'_>,
        told: &Told<'_>,
        (above, beside): (Option<Above>, Option<Arc<Ambient>>),
    ) -> Open {
        let place = Place::new(&process.sampler, told, above, beside);
        let service = place.service();
        let is_watched = matches!(told.parent, Parent::Watched) && process.sampler.watched().record;
        let recording = (is_watched || place.context.is_sampled())
            .then(|| Box::new(Recording::new(process.limits, attributes, told, &place)));
        Open { context: place.context, service, ambient: place.ambient, recording }
    }

    /// Returns what the spans below it take over.
    pub(super) fn above(&self) -> Above {
        Above { context: self.context.clone(), service: self.service, ambient: self.ambient.clone() }
    }

    pub(super) fn name(&self, metadata: &'static Metadata<'static>) -> Text {
        let named = self.recording.as_ref().and_then(|r| r.fields.name.clone());
        named.unwrap_or(Text::Borrowed(metadata.name()))
    }
}

impl Recording {
    fn new(limits: Limits, attributes: &Attributes<'_>, told: &Told<'_>, place: &Place) -> Recording {
        let mut fields = SpanFields::new(&limits);
        for (key, value) in told.callsite.map(|c| c.site().constants).unwrap_or_default() {
            fields.add(Text::Borrowed(key), Value::Str(Text::Borrowed(value)));
        }
        attributes.record(&mut fields);
        let received = if let Parent::Received(received) = told.parent { Some(received) } else { None };
        let around = place.ambient.iter().flat_map(|ambient| ambient.fields.iter().cloned());
        let message =
            told.callsite.is_some_and(Callsite::is_of_message).then_some(place.ambient.as_ref()).flatten();
        if let Some(id) = message.and_then(|ambient| ambient.conversation(place.context.trace_id.get())) {
            fields.add(Text::Borrowed(Received::CONVERSATION), Value::Str(Text::Owned(id.to_owned())));
        }
        for Attribute { key, value } in around.chain(received.iter().flat_map(|r| r.attributes())) {
            fields.add(key, value);
        }
        let link = received.and_then(|r| r.link()).map(|context| Link { context: context.clone() });
        let links: Vec<Link> = told.links.iter().cloned().chain(link).collect();
        let dropped_links = links.len().saturating_sub(limits.links);
        Recording {
            parent: place.parent,
            parent_is_remote: place.parent_is_remote,
            started: Instant::now(),
            start_unix_nanos: clock::unix_nanos(),
            callsite: told.callsite,
            limits,
            fields,
            events: Vec::new(),
            dropped_events: 0,
            links: links.into_iter().take(limits.links).collect(),
            dropped_links: u32::try_from(dropped_links).unwrap_or(u32::MAX),
            verdict: None,
            only_if_wanted: !place.context.is_sampled(),
            #[cfg(feature = "opentelemetry")]
            by_hand: ByHand::default(),
        }
    }

    /// Takes over fields that were recorded later.
    pub(super) fn add(&mut self, late: SpanFields) {
        self.fields.merge(late);
    }

    pub(super) fn link(&mut self, context: SpanContext) {
        if self.links.len() < self.limits.links {
            self.links.push(Link { context });
        } else {
            self.dropped_links = self.dropped_links.saturating_add(1);
        }
    }

    pub(super) fn drop_links(&mut self, count: u32) {
        self.dropped_links = self.dropped_links.saturating_add(count);
    }

    pub(super) fn judge(&mut self, verdict: Verdict) {
        self.verdict = Some(verdict);
        self.only_if_wanted &= !matches!(verdict.outcome, Outcome::Error | Outcome::Panicked);
    }

    /// Has the record go out whatever happens.
    pub(super) fn keep(&mut self) {
        self.only_if_wanted = false;
    }

    /// Tells whether the record goes out.
    pub(super) fn is_wanted(&self) -> bool {
        !self.only_if_wanted
    }

    /// Says in words why the span ended as it did, unless a field does.
    pub(super) fn describe(&mut self, why: &str) {
        let kept = cut(why, longest(&self.limits));
        self.fields.truncated += u64::from(kept.len() < why.len());
        self.fields.status.get_or_insert_with(|| Status::Error(Text::Owned(kept.to_owned())));
    }

    /// Returns how many texts of the span were cut, other than those of its events.
    pub(super) fn truncated(&self) -> u64 {
        self.fields.truncated
    }

    pub(super) fn event(
        &mut self,
        time_unix_nanos: u64,
        metadata: &'static Metadata<'static>,
        fields: &EventFields,
    ) {
        if self.events.len() >= self.limits.events {
            self.dropped_events = self.dropped_events.saturating_add(1);
            return;
        }
        let most = self.limits.event_attributes;
        let dropped = fields.attributes.len().saturating_sub(most);
        let mut attributes: Vec<Attribute> = fields.attributes.iter().take(most).cloned().collect();
        attributes.push(Attribute {
            key: Text::Borrowed("level"),
            value: Value::Str(Text::Borrowed(severity(*metadata.level()).as_str())),
        });
        let name = if fields.message.is_empty() {
            Text::Borrowed(metadata.name())
        } else {
            Text::Owned(fields.message.clone())
        };
        let dropped_attributes = u32::try_from(dropped).unwrap_or(u32::MAX);
        self.events.push(SpanEvent { name, time_unix_nanos, attributes, dropped_attributes });
    }

    pub(super) fn end(
        self,
        context: SpanContext,
        name: Text,
        metadata: &'static Metadata<'static>,
        service: Service,
    ) -> SpanRecord {
        let mut fields = self.fields;
        let outcome = self.verdict.map(|v| v.outcome);
        if let Some(error_type) = self.verdict.and_then(|v| v.error_type) {
            fields.add(Text::Borrowed("error.type"), Value::Str(Text::Borrowed(error_type)));
        }
        let status = match (fields.status, outcome) {
            (Some(status), _) => status,
            (None, Some(Outcome::Error | Outcome::Panicked)) => Status::Error(Text::Borrowed("")),
            (None, _) => Status::Unset,
        };
        let declared = self.callsite.map_or(SpanKind::Internal, |c| c.site().kind);
        let record = SpanRecord {
            context,
            parent: self.parent,
            parent_is_remote: self.parent_is_remote,
            name,
            kind: fields.kind.unwrap_or(declared),
            scope: Text::Borrowed(metadata.target()),
            start_unix_nanos: self.start_unix_nanos,
            duration_nanos: u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX),
            attributes: fields.attributes,
            events: self.events,
            links: self.links,
            outcome,
            status,
            dropped_attributes: fields.dropped,
            dropped_events: self.dropped_events,
            dropped_links: self.dropped_links,
            resource: service.resource(),
        };
        #[cfg(feature = "opentelemetry")]
        let record = self.by_hand.correct(record);
        record
    }
}
