//! The context of the code that runs now.

use super::{Carrier, Propagated, Received, SpanContext, Trust, passed, scope};
use crate::engine::pending::{self, Parent, Pending};
use crate::engine::port;

/// Returns the span that the current code runs in; `None` outside every span, or without a runtime. Where the span of a
/// request or a message is not recorded (it is filtered out, or `OTEL_SDK_DISABLED=true`), that is the sender's.
pub fn current() -> Option<SpanContext> {
    passed().and_then(|passed| passed.parent().cloned()).or_else(port::current)
}

/// Writes the current context into a carrier, so that the receiver continues the trace: the span, baggage and correlation
/// id, in the formats that `OTEL_PROPAGATORS` names. Headers of another context that stood there are removed; outside every
/// context nothing changes.
pub fn inject(carrier: &mut (impl Carrier + ?Sized)) {
    let here = scope::propagated(None);
    if !here.is_empty() {
        here.write_to(carrier);
    }
}

/// Reads the context that a carrier brings; continue from it by [`continue_from`]. It is empty where there is none. Never fails, whatever the headers hold.
#[must_use = "a context does nothing until something continues from it"]
pub fn extract(carrier: &(impl Carrier + ?Sized)) -> Propagated {
    Propagated::from_carrier(carrier)
}

/// Runs `make` so that the first span it opens continues the trace of `context`; without one that span starts a trace.
/// Baggage goes along with the span, and a correlation id: that of `context`, else the id of the trace.
///
/// What `make` opens is an annotated function that is called in it, or a `tracing` span that it returns. An `async` function
/// opens its span when it is first polled, which is later: return a span, and put the future into it.
///
/// ```
/// # extern crate obs_runtime as obs;
/// # use std::collections::HashMap;
/// # let headers = HashMap::from([("traceparent".to_owned(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned())]);
/// # mod obs { pub use obs::*; }
/// let context = obs::extract(&headers);
/// let span = obs::continue_from(&context, || tracing::info_span!("request"));
/// span.in_scope(|| { /* the caller's trace */ });
/// ```
pub fn continue_from<R>(context: &Propagated, make: impl FnOnce() -> R) -> R {
    let parent = received(context.clone(), Trust::Continue);
    pending::offer(Pending { callsite: None, parent, links: Vec::new() }, make)
}

/// Returns the parent that a context is, as far as its sender is trusted.
pub(crate) fn received(context: Propagated, trust: Trust) -> Parent {
    Parent::Received(Box::new(Received::new(context, trust)))
}
