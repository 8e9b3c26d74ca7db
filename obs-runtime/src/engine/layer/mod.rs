//! A `tracing_subscriber` layer that turns spans and events into records.
//!
//! It keeps its data in the registry's extensions, and so works under any registry.

#[cfg(feature = "opentelemetry")]
mod attached;
mod open;
mod port;

use std::any::TypeId;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use tracing_core::span::{Attributes, Id, Record as Values};
use tracing_core::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::fields::{EventFields, SpanFields};
use super::limits::{Limits, LogLimits};
use super::pending::{self, Pending, Told};
use super::port::Port;
use super::sampler::Sampler;
use super::subscriber::Wanted;
use crate::clock;
use crate::context::{Ambient, Beside};
use crate::quiet;
use crate::record::{LogRecord, Record, Severity, Sink, Text};
use crate::service::Service;
use open::Open;

/// What layers record for.
pub(crate) struct Process {
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) sampler: Arc<Sampler>,
    pub(crate) limits: Limits,
    pub(crate) log_limits: LogLimits,
    pub(crate) wanted: Wanted,
}

impl Process {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        (self.wanted.filter)(metadata)
    }
}

/// Set by `init()`.
static PROCESS: OnceLock<Process> = OnceLock::new();

/// Connects every [`Layer`] made by [`layer`] to `process`; the first caller wins.
pub(crate) fn connect(process: Process) -> bool {
    PROCESS.set(process).is_ok()
}

/// Records the spans and events of a registry. Made by [`layer`].
pub struct Layer<S> {
    port: Port,
    subscriber: PhantomData<fn(S)>,
}

/// Returns the layer for programs that set up their own `tracing_subscriber::registry()`.
///
/// Add it to the registry, install the registry, then call `init()`: it finds the layer and uses it instead of
/// installing a subscriber of its own. What happens before `init()` is not recorded, also where it ends later; spans below
/// it begin traces.
///
/// Sampler, limit of traces, limits of spans and the level that is exported are those of `init()`: what is below
/// `OBS_EXPORT_LEVEL` (default `info`) is for other layers alone, and what happens in such a span is on the nearest one above
/// that is exported. The tail rule needs the subscriber of `init()`:
/// here it is ignored, and `init()` says so.
///
/// A filter of the whole registry also filters what is exported: give other layers a filter each. Where another layer
/// writes log lines, `OBS_LOG=off` (or `builder().log("off")`) leaves them to it; spans are exported all the same.
pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> Layer<S> {
    Layer { port: port::port::<S>(), subscriber: PhantomData }
}

impl<S> std::fmt::Debug for Layer<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Layer")
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Layer<S> {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let (Some(process), Some(span)) = (PROCESS.get(), cx.span(id)) else { return };
        if quiet::is_hushed() || !process.wants(attributes.metadata()) {
            return;
        }
        let pending = pending::take(attributes.metadata());
        let told = pending.as_ref().map_or(Told::NOTHING, Pending::told);
        let code = if attributes.is_root() { cx.lookup_current() } else { span.parent() };
        let beside = Beside::get(code.as_ref().map(SpanRef::id).as_ref());
        let beside = beside.or_else(|| code.filter(|_| attributes.is_root()).and_then(along));
        let above = span.parent().and_then(nearest);
        let above = above.and_then(|p| p.extensions().get::<Open>().map(Open::above));
        #[cfg(feature = "opentelemetry")]
        let (parent, above, beside) = attached::place(attributes, told.parent, &cx, (above, beside));
        #[cfg(feature = "opentelemetry")]
        let told = Told { parent: &parent, ..told };
        let open = Open::new(process, attributes, &told, (above, beside));
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Values<'_>, cx: Context<'_, S>) {
        let (Some(process), Some(span)) = (PROCESS.get(), cx.span(id)) else { return };
        // Which of them fit is for the span to say. The values' `Debug` is the user's code: it must not run while the
        // span is locked.
        let mut late = SpanFields::new(&Limits { attributes: usize::MAX, ..process.limits });
        values.record(&mut late);
        if let Some(recording) = span.extensions_mut().get_mut::<Open>().and_then(|o| o.recording.as_mut()) {
            recording.add(late);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, cx: Context<'_, S>) {
        let context = cx.span(follows).and_then(|s| s.extensions().get::<Open>().map(|o| o.context.clone()));
        let (Some(span), Some(context)) = (cx.span(id), context) else {
            return;
        };
        if let Some(recording) = span.extensions_mut().get_mut::<Open>().and_then(|o| o.recording.as_mut()) {
            recording.link(context);
        }
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let Some(process) = PROCESS.get().filter(|_| !quiet::is_hushed()) else { return };
        let metadata = event.metadata();
        if !process.wants(metadata) {
            return;
        }
        let mut fields = EventFields::new(&process.limits);
        event.record(&mut fields);
        truncated(process, fields.truncated);
        let time_unix_nanos = clock::unix_nanos();
        let mut service = Service::current();
        let (mut context, mut name) = (None, None);
        let mut ambient = Beside::get(cx.event_span(event).map(|span| span.id()).as_ref());
        let place = cx.event_span(event).and_then(nearest);
        #[cfg(feature = "opentelemetry")]
        let place = match attached::event(event, &cx) {
            Some(attached) => {
                ambient = attached.ambient.or(ambient);
                let (place, named) = attached::of_event(&attached.parent, place, &cx);
                context = named;
                place
            }
            None => place,
        };
        if let Some(span) = place
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            context = Some(open.context.clone());
            ambient = ambient.or_else(|| open.ambient.clone());
            name = Some(open.name(span.metadata()));
            if service == Service::PROCESS {
                service = open.service;
            }
            if let Some(recording) = open.recording.as_mut() {
                recording.event(time_unix_nanos, metadata, &fields);
            }
        }
        if process.limits.cut_texts() {
            fields = EventFields::new(&process.limits.of_whole_texts());
            event.record(&mut fields);
        }
        ambient.iter().for_each(|ambient| ambient.add_to(&mut fields.attributes));
        let (dropped_attributes, shortened) = process.log_limits.apply(&mut fields.attributes);
        truncated(process, shortened);
        process.sink.put(Record::Log(Arc::new(LogRecord {
            time_unix_nanos,
            severity: severity(*metadata.level()),
            target: Text::Borrowed(metadata.target()),
            body: fields.message,
            attributes: fields.attributes,
            dropped_attributes,
            context,
            correlation_id: ambient.and_then(|ambient| ambient.correlation_id.clone()),
            span: name,
            resource: service.resource(),
        })));
    }

    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        if let Some(span) = cx.span(&id) {
            end(&span);
            span.extensions_mut().remove::<Open>();
        }
    }

    // SAFETY: the pointer is to a field of `self` of exactly the type that was asked for, and lives as long as `self`.
    #[allow(unsafe_code)] // `Layer::downcast_raw` is an unsafe function of the trait
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        self.port.downcast_raw(id, self)
    }
}

/// Hands over the record of a span. The context stays, for those below it.
fn end<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) {
    let Some(process) = PROCESS.get() else { return };
    let ended = span.extensions_mut().get_mut::<Open>().and_then(|open| {
        let name = open.name(span.metadata());
        Some((name, open.context.clone(), open.service, open.recording.take()?))
    });
    if let Some((name, context, service, recording)) = ended.filter(|(.., recording)| recording.is_wanted()) {
        truncated(process, recording.truncated());
        let record = recording.end(context, name, span.metadata(), service);
        process.sink.put(Record::Span(Arc::new(record)));
    }
}

/// Returns the span, or the nearest one above, that is ours.
fn nearest<'a, S: LookupSpan<'a>>(span: SpanRef<'a, S>) -> Option<SpanRef<'a, S>> {
    span.scope().find(|span| span.extensions().get::<Open>().is_some())
}

/// Returns what goes along with a span.
fn along<'a, S: LookupSpan<'a>>(span: SpanRef<'a, S>) -> Option<Arc<Ambient>> {
    nearest(span)?.extensions().get::<Open>()?.ambient.clone()
}

fn truncated(process: &Process, values: u64) {
    if values > 0 {
        process.sink.truncated(values);
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
