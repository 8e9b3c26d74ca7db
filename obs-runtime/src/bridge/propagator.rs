//! The headers of a context, for users of the API.

use std::ops::ControlFlow;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;

use super::{observer, provider, translate};
use crate::context::{self, Ambient, Baggage, Carrier, Propagated, Propagators};

/// Reads and writes the headers that `OTEL_PROPAGATORS` names, as [`inject`](crate::inject) and
/// [`extract`](crate::extract) do: the same limits, and what breaks the rules is counted in
/// `obs_propagation_rejected_total`.
///
/// What is written is what is current here, of whichever kind, for the API's current context, and what the context
/// says for any other. The correlation id of headers that were read is in the context beside span and baggage. An
/// injector can remove nothing: headers of another context that stand there stay, where this one has none of that
/// name.
#[derive(Clone, Debug)]
pub struct Propagator {
    fields: Vec<String>,
}

impl Propagator {
    /// Makes one that speaks what the process speaks: that of `init()`, if it has run.
    pub fn new() -> Self {
        observer::observe();
        Propagator { fields: Propagators::spoken().fields().map(str::to_owned).collect() }
    }
}

impl Default for Propagator {
    fn default() -> Self {
        Propagator::new()
    }
}

/// What came in: beside span and baggage of a context, for what the API has no name for.
#[derive(Debug)]
pub(super) struct Along(Propagated);

impl Along {
    /// Adds the ids that came.
    pub(super) fn add_to(&self, ambient: &mut Ambient) {
        let (_, correlation_id, request_id) = self.0.clone().into_parts();
        ambient.correlation_id =
            correlation_id.or_else(|| request_id.clone()).or(ambient.correlation_id.take());
        ambient.request_id = request_id.or(ambient.request_id.take());
    }

    /// Returns what came in with the span of a context, if that is still its span; its baggage is what the context
    /// says.
    pub(super) fn of(context: &Context) -> Option<Propagated> {
        let Along(came) = context.get()?;
        let span = came.span_context()?;
        let (theirs, mut baggage) = (context.span(), Baggage::new());
        let same = translate::ours(theirs.span_context())
            .is_some_and(|context| (context.trace_id, context.span_id) == (span.trace_id, span.span_id));
        translate::add_baggage(context.baggage(), &mut baggage);
        same.then(|| came.clone().with_baggage(baggage))
    }
}

/// Returns what travels with a context.
fn travelling(cx: &Context) -> Propagated {
    let theirs = || translate::ours(cx.span().span_context());
    let mut ambient = Ambient::default();
    if let Some(along) = cx.get::<Along>() {
        along.add_to(&mut ambient);
    }
    translate::add_baggage(cx.baggage(), &mut ambient.baggage);
    if !provider::is_current(cx) {
        return ambient.propagated(theirs());
    }
    let here = context::propagated(None);
    let span = here.span_context().or_else(theirs);
    let (mut baggage, correlation_id, request_id) = here.into_parts();
    translate::add_baggage(cx.baggage(), &mut baggage);
    Ambient {
        baggage,
        correlation_id: correlation_id.or(ambient.correlation_id),
        request_id: request_id.or(ambient.request_id),
        ..Ambient::default()
    }
    .propagated(span)
}

impl TextMapPropagator for Propagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let travelling = travelling(cx);
        if !travelling.is_empty() {
            travelling.write_to(&mut Injected(injector));
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let came = Propagated::from_carrier(&Extracted(extractor));
        if came.is_empty() {
            return cx.clone();
        }
        let mut out = match came.span_context() {
            Some(span) => cx.with_remote_span_context(translate::remote(&span)),
            None => cx.clone(),
        };
        if !came.baggage().is_empty() {
            out = out.with_baggage(translate::baggage(came.baggage()));
        }
        out.with_value(Along(came))
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

/// What is written to.
struct Injected<'a>(&'a mut dyn Injector);

impl Carrier for Injected<'_> {
    fn get_all(&self, _: &str, _: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.0.set(name, value.to_owned());
    }

    fn remove(&mut self, _: &'static str) {}
}

/// What is read from.
struct Extracted<'a>(&'a dyn Extractor);

impl Carrier for Extracted<'_> {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.0.get_all(name).into_iter().flatten().try_for_each(|value| each(value.as_bytes()))
    }

    fn set(&mut self, _: &'static str, _: &str) {}

    fn remove(&mut self, _: &'static str) {}
}
