//! Not public API. What generated code calls; may change in any release.

pub use core::any::type_name_of_val;
pub use linkme;
pub use tracing_core::Level;
pub use tracing_core::field::{Value, debug, display};

pub use crate::callsite::{CATALOG, Callsite, Entry, Signals, Site, fields};
pub use crate::context::Envelope;
pub use crate::engine::pending::Parent;
pub use crate::health::{
    AsyncRun, BlockingRun, CheckKind, FromStates, HealthCheck, IntoHealth, Missing, Run, States,
};
pub use crate::metrics::{LabelSet, LabelValue, Metric, MetricCall, counted, timed};
pub use crate::outcome::{Call, OfAnything, OfResult, Outcome, Returned};
pub use crate::record::SpanKind;
pub use tracing::Span;

use crate::engine::pending::{self, Pending};

/// A place for the values of a span's fields, in the order of their names.
pub type Values<'a> = &'a mut dyn FnMut(&[Option<&dyn Value>]);

/// Makes the span of an annotated call. `values` is called at most once, and only if somebody wants the span.
pub fn span(callsite: &'static Callsite, parent: Parent, values: &mut dyn FnMut(Values<'_>)) -> Span {
    if !callsite.is_enabled() {
        return Span::none();
    }
    let metadata = callsite.metadata();
    let mut span = Span::none();
    values(&mut |values: &[Option<&dyn Value>]| {
        let set = metadata.fields().value_set_all(values);
        let pending = Pending {
            callsite: Some(callsite),
            parent: parent.clone(),
        };
        span = pending::offer(pending, || match parent {
            Parent::Current => Span::new(metadata, &set),
            Parent::Root | Parent::Remote(_) => Span::new_root(metadata, &set),
        });
    });
    span
}

/// Returns the parent that a message brings: the sender's span, or a new trace.
pub fn parent_of(envelope: &(impl Envelope + ?Sized)) -> Parent {
    envelope
        .context()
        .span_context()
        .map_or(Parent::Root, Parent::Remote)
}
