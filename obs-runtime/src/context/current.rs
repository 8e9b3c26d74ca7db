//! The context of the code that runs now.

use super::{Carrier, Propagated, SpanContext};
use crate::engine::port;

/// Returns the span that the current code runs in; `None` outside every span, or without a runtime.
pub fn current() -> Option<SpanContext> {
    port::current()
}

/// Writes the current context into a carrier, so that the receiver continues the trace; nothing outside a span.
pub fn inject(carrier: &mut (impl Carrier + ?Sized)) {
    if let Some(context) = current() {
        Propagated::from_context(&context).write_to(carrier);
    }
}

/// Reads the context that a carrier brings; empty where it brings none. Never fails, whatever the headers hold.
pub fn extract(carrier: &(impl Carrier + ?Sized)) -> Propagated {
    Propagated::from_carrier(carrier)
}
