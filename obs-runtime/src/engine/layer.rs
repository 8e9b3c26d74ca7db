//! A `tracing_subscriber` layer that turns spans and events into records.
//!
//! It keeps its data in the registry's extensions, and so works under any registry.

use std::any::TypeId;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tracing_core::span::{Attributes, Id, Record as Values};
use tracing_core::{Dispatch, Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::fields::{EventFields, SpanFields};
use super::pending::{self, Parent};
use super::port::Port;
use crate::callsite::Callsite;
use crate::clock;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::outcome::{Outcome, Verdict};
use crate::quiet;
use crate::record::{
    Attribute, Link, LogRecord, Record, Severity, Sink, SpanEvent, SpanKind, SpanRecord, Status, Text, Value,
};
use crate::service::Service;

/// The attributes and events that a span keeps; OpenTelemetry's default limits.
const MOST_ATTRIBUTES: usize = 128;
const MOST_EVENTS: usize = 128;
const MOST_LINKS: usize = 128;

/// Where layers send their records: set by `init()`.
static PROCESS_SINK: OnceLock<Arc<dyn Sink>> = OnceLock::new();

/// Connects every [`Layer`] made by [`layer`] to `sink`; the first caller wins.
pub(crate) fn connect(sink: Arc<dyn Sink>) -> bool {
    PROCESS_SINK.set(sink).is_ok()
}

/// Records the spans and events of a registry. Made by [`layer`].
pub struct Layer<S> {
    port: Port,
    subscriber: PhantomData<fn(S)>,
}

/// Returns the layer for programs that set up their own `tracing_subscriber::registry()`.
///
/// Add it to the registry, install the registry, then call `init()`: it finds the layer and uses it instead of
/// installing a subscriber of its own. What happens before `init()` is not recorded.
///
/// A filter of the whole registry also filters what is exported: give other layers a filter each. Where another layer
/// writes log lines, `OBS_LOG=off` (or `builder().log("off")`) leaves them to it; spans are exported all the same.
pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> Layer<S> {
    Layer { port: port::<S>(), subscriber: PhantomData }
}

impl<S> std::fmt::Debug for Layer<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Layer")
    }
}

impl<S> Layer<S> {
    fn put(&self, record: Record) {
        if let Some(sink) = PROCESS_SINK.get() {
            sink.put(record);
        }
    }
}

/// A span that has not ended, kept in the registry's extensions.
struct Open {
    context: SpanContext,
    service: Service,
    /// `None` in a trace that is not sampled.
    recording: Option<Box<Recording>>,
}

struct Recording {
    parent: Option<SpanId>,
    parent_is_remote: bool,
    started: Instant,
    start_unix_nanos: u64,
    callsite: Option<&'static Callsite>,
    fields: SpanFields,
    events: Vec<SpanEvent>,
    dropped_events: u32,
    links: Vec<Link>,
    dropped_links: u32,
    verdict: Option<Verdict>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Layer<S> {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let Some(span) = cx.span(id).filter(|_| !quiet::is_hushed()) else { return };
        let pending = pending::take(attributes.metadata());
        let (callsite, parent, mut links) =
            pending.map_or((None, Parent::Current, Vec::new()), |p| (p.callsite, p.parent, p.links));
        let local =
            span.parent().and_then(|p| p.extensions().get::<Open>().map(|o| (o.context.clone(), o.service)));
        let (above, service, is_remote) = match (parent, local) {
            (Parent::Remote(remote), _) => (Some(remote), None, true),
            (Parent::Root, _) | (_, None) => (None, None, false),
            (Parent::Current | Parent::Local(_), Some((context, service))) => {
                (Some(context), Some(service), false)
            }
        };
        let dropped_links = u32::try_from(links.len().saturating_sub(MOST_LINKS)).unwrap_or(u32::MAX);
        links.truncate(MOST_LINKS);
        let current = Service::current();
        let service = service.filter(|_| current == Service::PROCESS).unwrap_or(current);
        let parent = above.as_ref().map(|c| c.span_id);
        let context = match above {
            Some(above) => SpanContext { span_id: SpanId::random(), ..above },
            None => SpanContext {
                trace_id: TraceId::random(),
                span_id: SpanId::random(),
                flags: SpanContext::SAMPLED | SpanContext::RANDOM,
                tracestate: None,
            },
        };
        let recording = context.is_sampled().then(|| {
            let mut fields = SpanFields::new(MOST_ATTRIBUTES);
            for (key, value) in callsite.map(|c| c.site().constants).unwrap_or_default() {
                fields.add(Text::Borrowed(key), Value::Str(Text::Borrowed(value)));
            }
            attributes.record(&mut fields);
            Box::new(Recording {
                parent,
                parent_is_remote: is_remote,
                started: Instant::now(),
                start_unix_nanos: clock::unix_nanos(),
                callsite,
                fields,
                events: Vec::new(),
                dropped_events: 0,
                links,
                dropped_links,
                verdict: None,
            })
        });
        span.extensions_mut().insert(Open { context, service, recording });
    }

    fn on_record(&self, id: &Id, values: &Values<'_>, cx: Context<'_, S>) {
        let Some(span) = cx.span(id) else { return };
        // The values' `Debug` is the user's code: it must not run while the span is locked.
        let mut late = SpanFields::new(MOST_ATTRIBUTES);
        values.record(&mut late);
        if let Some(recording) = span.extensions_mut().get_mut::<Open>().and_then(|o| o.recording.as_mut()) {
            recording.fields.merge(late);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, cx: Context<'_, S>) {
        let context = cx.span(follows).and_then(|s| s.extensions().get::<Open>().map(|o| o.context.clone()));
        let (Some(span), Some(context)) = (cx.span(id), context) else {
            return;
        };
        if let Some(recording) = span.extensions_mut().get_mut::<Open>().and_then(|o| o.recording.as_mut()) {
            if recording.links.len() < MOST_LINKS {
                recording.links.push(Link { context });
            } else {
                recording.dropped_links += 1;
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        if quiet::is_hushed() {
            return;
        }
        let metadata = event.metadata();
        let mut fields = EventFields::default();
        event.record(&mut fields);
        let time_unix_nanos = clock::unix_nanos();
        let mut service = Service::current();
        let (mut context, mut name) = (None, None);
        if let Some(span) = cx.event_span(event)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            context = Some(open.context.clone());
            name = Some(open.name(span.metadata()));
            if service == Service::PROCESS {
                service = open.service;
            }
            if let Some(recording) = open.recording.as_mut() {
                recording.event(time_unix_nanos, metadata, &fields);
            }
        }
        self.put(Record::Log(Arc::new(LogRecord {
            time_unix_nanos,
            severity: severity(*metadata.level()),
            target: Text::Borrowed(metadata.target()),
            body: fields.message,
            attributes: fields.attributes,
            context,
            span: name,
            resource: service.resource(),
        })));
    }

    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        let Some(span) = cx.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else {
            return;
        };
        let name = open.name(span.metadata());
        let Open { context, service, recording } = open;
        if let Some(recording) = recording {
            self.put(Record::Span(Arc::new(recording.end(context, name, span.metadata(), service))));
        }
    }

    // SAFETY: the pointer is to a field of `self` of exactly the type that was asked for, and lives as long as `self`.
    #[allow(unsafe_code)] // `Layer::downcast_raw` is an unsafe function of the trait
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        if id == TypeId::of::<Self>() {
            Some(std::ptr::from_ref(self).cast())
        } else if id == TypeId::of::<Port>() {
            Some(std::ptr::from_ref(&self.port).cast())
        } else {
            None
        }
    }
}

impl Open {
    fn name(&self, metadata: &'static Metadata<'static>) -> Text {
        let named = self.recording.as_ref().and_then(|r| r.fields.name.clone());
        named.unwrap_or(Text::Borrowed(metadata.name()))
    }
}

impl Recording {
    fn event(&mut self, time_unix_nanos: u64, metadata: &'static Metadata<'static>, fields: &EventFields) {
        if self.events.len() >= MOST_EVENTS {
            self.dropped_events += 1;
            return;
        }
        let mut attributes = fields.attributes.clone();
        attributes.push(Attribute {
            key: Text::Borrowed("level"),
            value: Value::Str(Text::Borrowed(severity(*metadata.level()).as_str())),
        });
        let name = if fields.message.is_empty() {
            Text::Borrowed(metadata.name())
        } else {
            Text::Owned(fields.message.clone())
        };
        self.events.push(SpanEvent { name, time_unix_nanos, attributes, dropped_attributes: 0 });
    }

    fn end(
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
        SpanRecord {
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
        }
    }
}

const LEVELS: [(Severity, Level); 5] = [
    (Severity::Error, Level::ERROR),
    (Severity::Warn, Level::WARN),
    (Severity::Info, Level::INFO),
    (Severity::Debug, Level::DEBUG),
    (Severity::Trace, Level::TRACE),
];

/// Returns the severity of a level.
pub(crate) fn severity(level: Level) -> Severity {
    LEVELS.iter().find(|(_, l)| *l == level).map_or(Severity::Trace, |(s, _)| *s)
}

/// Returns the level that a record of this severity was made at.
pub(crate) fn level(severity: Severity) -> Level {
    LEVELS.iter().find(|(s, _)| *s == severity).map_or(Level::TRACE, |(_, l)| *l)
}

/// The port of a registry of type `S`.
fn port<S: Subscriber + for<'a> LookupSpan<'a>>() -> Port {
    fn with_open<S, R>(dispatch: &Dispatch, id: &Id, f: impl FnOnce(&mut Open) -> R) -> Option<R>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let span = dispatch.downcast_ref::<S>()?.span(id)?;
        let mut extensions = span.extensions_mut();
        extensions.get_mut::<Open>().map(f)
    }
    Port {
        context: |dispatch, id| with_open::<S, _>(dispatch, id, |open| open.context.clone()),
        service: |dispatch, id| with_open::<S, _>(dispatch, id, |open| open.service),
        set_verdict: |dispatch, id, verdict| {
            with_open::<S, _>(dispatch, id, |open| {
                if let Some(recording) = open.recording.as_mut() {
                    recording.verdict = Some(verdict);
                }
            });
        },
        knows: |dispatch, id| dispatch.downcast_ref::<S>().is_some_and(|s| s.span(id).is_some()),
        describe: |dispatch, id, why| {
            with_open::<S, _>(dispatch, id, |open| {
                if let Some(recording) = open.recording.as_mut() {
                    recording.fields.status.get_or_insert_with(|| Status::Error(Text::Owned(why.to_owned())));
                }
            });
        },
    }
}
