//! The context of the code that runs now.

#[cfg(feature = "tower")]
use super::Trust;
use super::{Carrier, Propagated, SpanContext};
use crate::engine::pending::{self, Parent, Pending};
use crate::engine::port;

/// Returns the span that the current code runs in; `None` outside every span, or without a runtime.
pub fn current() -> Option<SpanContext> {
    port::current()
}

/// Returns the same where the trace is sampled.
pub(crate) fn sampled() -> Option<SpanContext> {
    port::sampled()
}

/// Writes the current context into a carrier, so that the receiver continues the trace; nothing outside a span.
pub fn inject(carrier: &mut (impl Carrier + ?Sized)) {
    if let Some(context) = current() {
        Propagated::from_context(&context).write_to(carrier);
    }
}

/// Reads the context that a carrier brings; continue from it by [`continue_from`]. It is empty where there is none. Never fails, whatever the headers hold.
#[must_use = "a context does nothing until something continues from it"]
pub fn extract(carrier: &(impl Carrier + ?Sized)) -> Propagated {
    Propagated::from_carrier(carrier)
}

/// Runs `make` so that the first span it opens continues the trace of `context`; without one that span starts a trace.
///
/// What `make` opens is an annotated function that is called in it, or a `tracing` span that it returns. An `async` function
/// opens its span when it is first polled, which is later: return a span, and put the future into it.
///
/// ```
/// # use std::collections::HashMap;
/// # let headers = HashMap::from([("traceparent".to_owned(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned())]);
/// # mod obs { pub use obs_runtime::*; }
/// let context = obs::extract(&headers);
/// let span = obs::continue_from(&context, || tracing::info_span!("request"));
/// span.in_scope(|| { /* the caller's trace */ });
/// ```
pub fn continue_from<R>(context: &Propagated, make: impl FnOnce() -> R) -> R {
    let parent = context.span_context().map_or(Parent::Root, Parent::Remote);
    pending::offer(Pending { callsite: None, parent, links: Vec::new() }, make)
}

/// Returns the parent that a request brings, as far as its sender is trusted.
#[cfg(feature = "tower")]
pub(crate) fn received(propagated: Propagated, trust: Trust) -> Parent {
    match trust {
        Trust::Continue => propagated.span_context().map_or(Parent::Root, Parent::Remote),
        Trust::Link | Trust::Restart => Parent::Root,
    }
}
