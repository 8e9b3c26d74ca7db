//! Not public API. What generated code calls; may change in any release.

pub use core::any::type_name_of_val;
pub use linkme;
pub use tracing_core::Level;
pub use tracing_core::field::Value;

pub use crate::call::Call;
pub use crate::callsite::{CATALOG, Callsite, Entry, Signals, Site, fields};
pub use crate::context::{ContextField, Envelope, HeadersField, Propagated};
pub use crate::engine::parent::{AsParent, Cause, LinkTarget, Links, Relatives, parent};
pub use crate::engine::pending::Parent;
pub use crate::health::{
    AsyncRun, BlockingRun, CheckKind, FromStates, HealthCheck, IntoHealth, Missing, Run, States,
};
pub use crate::metrics::{
    Chosen, Counter, Declared, Descriptor, Gauge, Histogram, Judged, LabelSet, LabelValue, Metric,
    MetricCall, Plain, Seconds, Unlabelled, counted, series, series_index, series_value, timed,
};
pub use crate::outcome::{OfAnything, OfError, OfResult, Outcome, Returned, Verdict};
pub use crate::record::SpanKind;
pub use crate::report::{
    ByDebug, ByDisplay, ErrorByDebug, ErrorByDisplay, EventSite, by_debug, by_display, error_by_debug,
    error_by_display,
};
pub use crate::slow::{Slow, slow, slow_future};
pub use crate::verdict::{ErrorType, Fallible, OkOfAnything, OkOfResult, asked, error_type_by};
pub use tracing::Span;

use core::fmt::{Debug, Display};

use tracing_core::field::{DebugValue, DisplayValue};

use crate::engine::pending::{self, Pending};

/// A value that a span's field can hold as it is.
#[diagnostic::on_unimplemented(
    message = "a field cannot hold a `{Self}` as it is",
    note = "record it by its `Display` with `%`, or by its `Debug` with `?`"
)]
pub trait FieldValue: Value {}

#[diagnostic::do_not_recommend]
impl<T: Value> FieldValue for T {}

/// Returns the value of a field that holds it as it is.
#[inline(always)]
pub fn value<T: FieldValue>(value: &T) -> &dyn Value {
    value
}

/// Returns the value of a field that holds its `Display`.
#[inline(always)]
pub fn display<T: Display>(value: &T) -> DisplayValue<&dyn Display> {
    tracing_core::field::display(value)
}

/// Returns the value of a field that holds its `Debug`.
#[inline(always)]
pub fn debug<T: Debug>(value: &T) -> DebugValue<&dyn Debug> {
    tracing_core::field::debug(value)
}

/// A place for the values of a span's fields, in the order of their names.
pub type Values<'a> = &'a mut dyn FnMut(&[Option<&dyn Value>]);

/// Makes the span of an annotated call. `values` is called at most once, and only if somebody wants the span.
pub fn span(callsite: &'static Callsite, parent: Parent, values: &mut dyn FnMut(Values<'_>)) -> Span {
    if callsite.is_enabled() { make(callsite, Relatives::under(parent), values) } else { Span::none() }
}

/// Makes the span of an annotated call that names its relatives. `relatives` and then `values` are called at most once,
/// and only if somebody wants the span.
pub fn span_among(
    callsite: &'static Callsite,
    relatives: &mut dyn FnMut() -> Relatives,
    values: &mut dyn FnMut(Values<'_>),
) -> Span {
    if callsite.is_enabled() { make(callsite, relatives(), values) } else { Span::none() }
}

fn make(callsite: &'static Callsite, relatives: Relatives, values: &mut dyn FnMut(Values<'_>)) -> Span {
    let Relatives { parent, links, causes } = relatives;
    let parent = match parent {
        Parent::Current => pending::take_parent().unwrap_or(Parent::Current),
        own => own,
    };
    let metadata = callsite.metadata();
    let mut span = Span::none();
    values(&mut |values: &[Option<&dyn Value>]| {
        let set = metadata.fields().value_set_all(values);
        let pending = Pending { callsite: Some(callsite), parent: parent.clone(), links: links.clone() };
        span = pending::offer(pending, || match &parent {
            Parent::Current => Span::new(metadata, &set),
            Parent::Local(id) => Span::child_of(id.clone(), metadata, &set),
            Parent::Root | Parent::Remote(_) => Span::new_root(metadata, &set),
        });
    });
    for cause in causes {
        span.follows_from(cause);
    }
    span
}

/// Returns the parent that a message brings: the sender's span, or a new trace.
pub fn parent_of(envelope: &(impl Envelope + ?Sized)) -> Parent {
    envelope.context().span_context().map_or(Parent::Root, Parent::Remote)
}
