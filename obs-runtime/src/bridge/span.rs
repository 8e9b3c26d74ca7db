//! A span of the API.

use std::borrow::Cow;
use std::mem;
use std::time::SystemTime;

use opentelemetry::trace::{
    self, Event, Link as TheirLink, SpanBuilder, SpanContext, Status, TraceContextExt,
};
use opentelemetry::{Context, KeyValue};
use tracing_core::Dispatch;
use tracing_core::field::Value as FieldValue;
use tracing_core::span::{Id, Record as Values};

use super::opened::Opened;
use super::translate;
use crate::callsite::{Callsite, Plan};
use crate::engine::by_hand::{self, Happening};
use crate::engine::pending::{Parent, Told};
use crate::engine::port;
use crate::engine::span::{CallSpan, SpanHandle};
use crate::engine::stand_in::StandIn;
use crate::engine::wire::{Entry, Scalar};
use crate::record::{Attribute, Link};

/// The callsite of all spans that the API starts: what filters know them by is the target `opentelemetry`, at `info`.
static SPAN: Callsite = Callsite::new(
    "opentelemetry\n\n\nspan\n\notel.name,otel.kind,otel.status_code,otel.status_description\n",
    Plan::TRACED,
    None,
);

/// Its fields, in their order.
const FIELDS: [&str; 4] = ["otel.name", "otel.kind", "otel.status_code", "otel.status_description"];

/// A span that was started by the OpenTelemetry API. Ends when it is told to, or dropped.
///
/// Neither blocks nor fails; what does not fit its limits is counted on its record as dropped.
#[derive(Debug)]
pub struct Span {
    context: SpanContext,
    handle: Handle,
    status: Status,
    /// Lets contexts find it.
    opened: Option<Opened>,
}

#[derive(Debug)]
enum Handle {
    /// It ended, or nobody wants it.
    Nothing,
    /// It is open.
    Own(CallSpan),
    /// It ended, and its registry is to keep what contexts refer to.
    Ended {
        /// Keeps it.
        _span: CallSpan,
    },
    /// It is a span that others end, known by what stands for it.
    Other,
}

impl Span {
    /// Starts a span.
    pub(super) fn start(scope: &str, builder: SpanBuilder, parent: Parent, around: &Context) -> Span {
        let SpanBuilder { span_kind, name, start_time, attributes, events, links, .. } = builder;
        let mut span = CallSpan::none();
        if SPAN.is_enabled() {
            let links: Vec<Link> = links.into_iter().flatten().filter_map(link).collect();
            let told = Told { callsite: None, parent: &parent, links: &links };
            let kind = span_kind.as_ref().map(translate::kind);
            let name: &str = &name;
            let values: [Option<&dyn FieldValue>; 4] =
                [Some(&name), kind.as_ref().map(|kind| kind as &dyn FieldValue), None, None];
            let metadata = SPAN.metadata();
            span.open(&told, metadata, &metadata.fields().value_set_all(&values), false);
        }
        let Some(context) = port::context_of(&span) else { return Span::passing_on(&parent, around) };
        let context = translate::context(&context);
        let opened = StandIn::for_span(&span).map(|stand_in| Opened::new(&context, stand_in));
        let mut this = Span { context, handle: Handle::Own(span), status: Status::Unset, opened };
        this.amend(&Entry::Scope(scope));
        if let Some(time) = start_time {
            this.amend(&Entry::Began(translate::unix_nanos(time)));
        }
        trace::Span::set_attributes(&mut this, attributes.into_iter().flatten());
        events.into_iter().flatten().for_each(|event| this.tell(event));
        this
    }

    /// Returns a span that records nothing, and passes on what is above it (specification of the API, "Behavior of
    /// the API in the absence of an installed SDK").
    pub(super) fn passing_on(parent: &Parent, around: &Context) -> Span {
        let current = if let Parent::Current = parent { Span::current() } else { None };
        let (context, opened) = match current {
            Some(current) => (current.context, current.opened),
            None => (around.span().span_context().clone(), None),
        };
        Span { context, handle: Handle::Nothing, status: Status::Unset, opened }
    }

    /// Returns the span that is current here, of whichever kind; `None` where there is none.
    pub(super) fn current() -> Option<Span> {
        let context = translate::context(&port::current()?);
        let opened = StandIn::current().map(|stand_in| Opened::new(&context, stand_in));
        Some(Span { context, handle: Handle::Other, status: Status::Unset, opened })
    }

    /// Calls `work` with the span, if it is open.
    fn with<T>(&self, work: impl FnOnce(&Asked<'_>) -> T) -> Option<T> {
        match (&self.handle, &self.opened) {
            (Handle::Own(span), _) => Some(work(&Asked::Own(span))),
            (Handle::Other, Some(opened)) => Some(work(&Asked::Other(opened.stand_in()))),
            _ => None,
        }
    }

    fn amend(&self, entry: &Entry<'_>) {
        self.with(|span| by_hand::amend(span, entry));
    }

    /// Records fields whose names speak to the exporter; layers of others see those of spans of ours.
    fn record(&self, fields: [Option<&str>; 4]) {
        match &self.handle {
            Handle::Own(span) => {
                let values =
                    fields.each_ref().map(|field| field.as_ref().map(|text| text as &dyn FieldValue));
                let values = SPAN.metadata().fields().value_set_all(&values);
                span.with_subscriber(|id, dispatch| dispatch.record(id, &Values::new(&values)));
            }
            _ => {
                for (name, text) in FIELDS.iter().zip(fields) {
                    text.iter().for_each(|text| self.amend(&Entry::Attribute(name, Scalar::Str(text))));
                }
            }
        }
    }

    fn tell(&self, event: Event) {
        if !trace::Span::is_recording(self) {
            return;
        }
        let attributes: Vec<Attribute> = event.attributes.into_iter().map(translate::attribute).collect();
        let happening = Happening {
            name: &event.name,
            unix_nanos: translate::unix_nanos(event.timestamp),
            attributes: &attributes,
            dropped: event.dropped_attributes_count,
        };
        self.with(|span| by_hand::happen(span, &happening));
    }
}

impl trace::Span for Span {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        self.tell(Event::new(name, timestamp, attributes, 0));
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.with(|span| by_hand::is_recording(span)).unwrap_or(false)
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        let Attribute { key, value } = translate::attribute(attribute);
        self.amend(&Entry::Attribute(&key, Scalar::from(&value)));
    }

    /// That all is well is the last word, and that nothing is known is none (specification of the API, "Set Status").
    fn set_status(&mut self, status: Status) {
        match (&self.status, &status) {
            (Status::Ok, _) | (_, Status::Unset) => return,
            (_, Status::Ok) => self.record([None, None, Some("OK"), None]),
            (_, Status::Error { description }) => {
                self.record([None, None, Some("ERROR"), Some(description.as_ref())]);
            }
        }
        self.status = status;
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        let name = new_name.into();
        self.record([Some(name.as_ref()), None, None, None]);
    }

    fn add_link(&mut self, span_context: SpanContext, _attributes: Vec<KeyValue>) {
        if let Some(context) = translate::ours(&span_context) {
            self.with(|span| port::link(span, &context));
        }
    }

    /// Ends the span; the first one counts. Of a span that others end, nothing happens.
    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        if let Handle::Own(span) = &self.handle {
            by_hand::amend(span, &Entry::Ended(translate::unix_nanos(timestamp)));
        }
        self.handle = match mem::replace(&mut self.handle, Handle::Nothing) {
            Handle::Own(span) if by_hand::is_kept_by_registry(&span) => Handle::Ended { _span: span },
            Handle::Own(span) => {
                drop(span);
                Handle::Nothing
            }
            other => other,
        };
    }
}

/// A span that is open, or what stands for one.
enum Asked<'a> {
    Own(&'a CallSpan),
    Other(&'a StandIn),
}

impl SpanHandle for Asked<'_> {
    fn with_subscriber<T>(&self, ask: impl FnOnce(&Id, &Dispatch) -> T) -> Option<T> {
        match self {
            Asked::Own(span) => span.with_subscriber(ask),
            Asked::Other(stand_in) => Some(ask(&stand_in.id(), stand_in.dispatch())),
        }
    }
}

fn link(theirs: TheirLink) -> Option<Link> {
    translate::ours(&theirs.span_context).map(|context| Link { context })
}
