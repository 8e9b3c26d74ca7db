//! The provider, and its tracers.

use std::sync::Arc;

use opentelemetry::trace::{SpanBuilder, TraceContextExt};
use opentelemetry::{Context, InstrumentationScope, trace};

use super::observer::mark;
use super::propagator::Along;
use super::span::Span;
use super::{opened, translate};
use crate::context::{Trust, received};
use crate::engine::attached::Mark;
use crate::engine::pending::Parent;
use crate::engine::port;

/// Makes tracers whose spans the engine makes. From [`tracer_provider`](super::tracer_provider).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TracerProvider {}

impl TracerProvider {
    pub(super) fn new() -> Self {
        TracerProvider {}
    }
}

impl trace::TracerProvider for TracerProvider {
    type Tracer = Tracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> Tracer {
        Tracer { scope: Arc::from(scope.name()) }
    }
}

/// Starts spans. Their instrumentation scope has its name.
#[derive(Clone, Debug)]
pub struct Tracer {
    scope: Arc<str>,
}

impl trace::Tracer for Tracer {
    type Span = Span;

    /// Starts a span below the current one, of whichever kind, if the context is the current one or has the same
    /// span; else below that of the context.
    fn build_with_context(&self, builder: SpanBuilder, parent_cx: &Context) -> Span {
        // What the context of another SDK's span is worth, where there is none of ours.
        let is_foreign = parent_cx.has_active_span() && port::current().is_none();
        let parent = if is_current(parent_cx) && !is_foreign { Parent::Current } else { parent(parent_cx) };
        if parent_cx.is_telemetry_suppressed() {
            return Span::passing_on(&parent, parent_cx);
        }
        Span::start(&self.scope, builder, parent, parent_cx)
    }
}

/// Tells whether a context is the current one, as far as its span is concerned.
pub(super) fn is_current(context: &Context) -> bool {
    let of = |context: &Context| Mark { baggage: 0, ..mark(context) };
    Context::map_current(|current| std::ptr::eq(current, context) || of(current) == of(context))
}

/// Returns the parent that a context names.
fn parent(context: &Context) -> Parent {
    let span = context.span();
    let span = span.span_context();
    if let Some(stand_in) = opened::find(span) {
        return stand_in.as_parent(translate::ours(span));
    }
    match Along::of(context) {
        Some(came) => received(came, Trust::Continue),
        None => translate::ours(span).map_or(Parent::Root, Parent::Remote),
    }
}
