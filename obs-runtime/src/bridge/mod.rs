//! The OpenTelemetry API and this runtime in one trace (feature `opentelemetry`).
//!
//! [`tracer_provider`] makes spans of that API by the engine: same sampler, same limits, same exporters, no SDK.
//! Either kind is the parent of the other, whichever was entered or attached last:
//!
//! - A span that is started by the API inside a span of `tracing` or `#[traced]` is its child, where its context is
//!   the current one: [`Tracer::start`](opentelemetry::trace::Tracer::start), `in_span`, `build`, and any context
//!   with the same span as the current one. Any other context says the parent itself. One without a span begins a
//!   trace where the current one has a span; else, and where no other context is to be found, take
//!   `Context::new().with_remote_span_context(SpanContext::NONE)`.
//! - A span of `tracing` or `#[traced]` that is opened while a context is attached (`attach`, `mark_span_as_active`,
//!   `in_span`, `with_context`) is the child of that context's span, which may be one of this process or, by
//!   `with_remote_span_context`, of another one.
//!
//! What is attached later and changes neither span nor baggage, as `Context::current_with_value(..)`, changes no
//! parent. A context whose span another SDK made in this process is no parent of ours, for the layer of
//! `tracing-opentelemetry` attaches such a one for every span of `tracing`; handed to a [`Tracer`] by itself it is.
//!
//! The API's own [`Context::current`](opentelemetry::Context::current) does not know the spans of `tracing`. Where
//! work goes on elsewhere, take [`context`] instead, or [`spawn`](crate::spawn), which take both kinds along.
//!
//! Attributes that are arrays become text (`["a","b"]`), for a value of ours is a scalar. Attributes of links, and
//! the version, schema and attributes of an instrumentation scope are not kept; its name is.
//!
//! Baggage of a context that is attached is [`baggage`](crate::baggage) of ours, and is sent with it. That of ours is
//! not in the API's current context: [`context`] has it.
//!
//! The API tells when a context is attached by its feature `experimental_context_observer`, of which there is one per
//! process, set by the first [`tracer_provider`] or [`Propagator`]: what was attached before is not known. Where something
//! else has taken it, `init()` warns: spans of `tracing` then do not see contexts that are attached.

mod observer;
mod opened;
mod propagator;
mod provider;
mod span;
mod translate;

#[cfg(test)]
mod tests;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{Span as _, SpanContext, TraceContextExt};

use crate::engine::port;

pub use propagator::Propagator;
pub use provider::{Tracer, TracerProvider};
pub use span::Span;

/// Returns the provider whose spans the engine makes: that of `init()`, of `obs::layer()` or of a test's capture,
/// whichever is current where a span is started. Without any, its spans record nothing and pass on the parent's
/// context.
pub fn tracer_provider() -> TracerProvider {
    observer::observe();
    TracerProvider::new()
}

/// Makes [`tracer_provider`] and [`Propagator`] the API's global ones:
/// [`Builder::opentelemetry`](crate::Builder::opentelemetry) does so when everything has started.
pub fn install() {
    opentelemetry::global::set_tracer_provider(tracer_provider());
    opentelemetry::global::set_text_map_propagator(Propagator::new());
}

/// Returns the API's current context with the span that is current here, of whichever kind, and with our baggage: for
/// `with_context`, for `attach` on another thread, and for who asks the API for the current span.
///
/// The span in it can be given attributes, events and a status. It ends when it ends, whatever becomes of the
/// context; to `end` it by the context does nothing.
pub fn context() -> Context {
    let mut context = Context::current();
    let ids = |context: &SpanContext| (context.trace_id(), context.span_id());
    if let Some(span) = Span::current()
        && ids(span.span_context()) != ids(context.span().span_context())
    {
        context = context.with_span(span);
    }
    match port::ambient() {
        Some(ambient) if !ambient.baggage.is_empty() => {
            let mut baggage = ambient.baggage.clone();
            translate::add_baggage(context.baggage(), &mut baggage);
            context.with_baggage(translate::baggage(&baggage))
        }
        _ => context,
    }
}

/// Tells whether somebody else has the place of the one observer that contexts have.
pub(crate) fn is_unobserved() -> bool {
    !observer::is_heard()
}
