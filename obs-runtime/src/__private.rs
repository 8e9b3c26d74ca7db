//! Not public API. What generated code calls; may change in any release.

pub use tracing_core::Level;
pub use tracing_core::field::Value;

pub use crate::__obs_callsite as callsite;
pub use crate::__obs_entry as entry;
pub use crate::__obs_functions_of_an_impl_block_need_health_checks_on_the_block as functions_of_an_impl_block_need_health_checks_on_the_block;
pub use crate::call::{
    Begin, Call, Deferred, Drive, DriveStream, Driven, Giving, Place, Reply, Scope, giving, link_reply,
    stamp_reply,
};
pub use crate::callsite::{CATALOG, Callsite, Entry, More, Plan, Signals, Site};
pub use crate::context::wire;
pub use crate::context::{
    AttemptField, BodyField, Carrier, ContextField, Delivery, Envelope, HeadersField, MessageIdField,
    Propagated, Trust,
};
pub use crate::engine::batch::{Batch, batch_size};
pub use crate::engine::parent::{AsParent, Cause, LinkTarget, Links, Relatives, parent};
pub use crate::engine::pending::Parent;
pub use crate::engine::span::CallSpan as Span;
pub use crate::health::{
    AsyncRun, BlockingRun, CheckKind, FromStates, HealthCheck, IntoHealth, Missing, Run, State, States,
};
pub use crate::hostile::guarded;
pub use crate::metrics::{
    AsShown, AsText, Chosen, Counter, Counts, Declared, Descriptor, Dictionary, Dynamic, DynamicLabel, Gauge,
    Histogram, Judged, LabelSet, LabelValue, LabelValues, Metric, MetricCall, Plain, Seconds, ShownLabel,
    Unlabelled, counted, series_index, timed,
};
pub use crate::metrics::{ChosenError, ErrorLabel, ErrorNames, ErrorTyped, are_labels};
pub use crate::metrics::{Fact, Facts, Info, TextLabel, Texts, texts};
pub use crate::outcome::{
    Anything, Awaited, Failing, IsVerdictFree, ItemsAreOut, Named, Now, Outcome, Streaming, Verdict,
    WorkIsDone, Working, awaited, returned,
};
pub use crate::record::SpanKind;
pub use crate::report::{
    ByDebug, ByDisplay, Ended, ErrorByDebug, ErrorByDisplay, EventSite, by_debug, by_display, error_by_debug,
    error_by_display,
};
pub use crate::slow::{Slow, slow, slow_future, slow_scope};
pub use crate::verdict::{ErrorType, Fallible, error_if, error_type_by, ok_if};

use core::fmt::{Debug, Display};
use core::pin::Pin;

use futures_core::Stream;
use tracing_core::field::{DebugValue, DisplayValue, ValueSet};

use crate::context::{Received, SpanContext};
use crate::engine::owned::OwnedValues;
use crate::engine::pending::{self, Told};
use crate::engine::port;
use crate::hostile::{Inspected, Shown};

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
pub fn display<T: Display>(value: &T) -> DisplayValue<Shown<'_>> {
    tracing_core::field::display(Shown(value))
}

/// Returns the value of a field that holds its `Debug`.
#[inline(always)]
pub fn debug<T: Debug>(value: &T) -> DebugValue<Inspected<'_>> {
    tracing_core::field::debug(Inspected(value))
}

/// A place for the values of a span's fields, in the order of their names.
pub type Values<'a> = &'a mut dyn FnMut(&[Option<&dyn Value>]);

/// Makes the span of an annotated call, and enters it if it is to be `entered`. `values` is called at most once, and only
/// if somebody wants the span; where it panics, the span has no fields.
pub(crate) fn span(
    callsite: &'static Callsite,
    parent: Parent,
    values: &mut dyn FnMut(Values<'_>),
    entered: bool,
    span: &mut Span,
) {
    if callsite.is_enabled() {
        span_of(callsite, &or_continued(Relatives::under(parent)), values, entered, span);
    } else if parent.is_received() {
        span.pass(&parent, entered);
    }
}

/// Makes the span of an annotated call whose fields are variables: to take their values runs nothing.
#[inline(always)]
pub(crate) fn span_naming(
    callsite: &'static Callsite,
    values: &[Option<&dyn Value>],
    entered: bool,
    span: &mut Span,
) {
    if !callsite.is_enabled() {
        return;
    }
    if pending::is_offered() || !span.open_child(callsite, values, entered) {
        span_below(callsite, values, entered, span);
    }
}

/// Makes it where it is not what most are.
#[inline(never)]
fn span_below(callsite: &'static Callsite, values: &[Option<&dyn Value>], entered: bool, span: &mut Span) {
    let parent = pending::take_parent().unwrap_or(Parent::Current);
    let told = Told { callsite: Some(callsite), parent: &parent, links: &[] };
    let metadata = callsite.metadata();
    let fields = metadata.fields();
    let values = if values.is_empty() { fields.value_set(&[]) } else { fields.value_set_all(values) };
    span.open(&told, metadata, &values, entered);
}

/// Makes the span of an annotated call that names its relatives. `relatives` and then `values` are called at most once,
/// and only if somebody wants the span, or its context goes on without one; where `relatives` panics, the span has none.
pub(crate) fn span_among(
    callsite: &'static Callsite,
    relatives: &mut dyn FnMut() -> Relatives,
    values: &mut dyn FnMut(Values<'_>),
    entered: bool,
    span: &mut Span,
) {
    if !callsite.is_enabled() {
        if callsite.passes_on()
            && let Some(relatives) = guarded(relatives)
        {
            span.pass(&relatives.parent, entered);
        }
        return;
    }
    let continued = or_continued(Relatives::default());
    let relatives = guarded(relatives).unwrap_or_default();
    let relatives = match relatives.parent {
        Parent::Current => Relatives { parent: continued.parent, ..relatives },
        _ => relatives,
    };
    span_of(callsite, &relatives, values, entered, span);
}

fn span_of(
    callsite: &'static Callsite,
    relatives: &Relatives,
    values: &mut dyn FnMut(Values<'_>),
    entered: bool,
    span: &mut Span,
) {
    let fields = callsite.metadata().fields();
    if !fields.is_empty() {
        let _caught = guarded(|| {
            values(&mut |values: &[Option<&dyn Value>]| {
                make_span(callsite, relatives, &fields.value_set_all(values), entered, span);
            });
        });
    }
    if !span.is_some() {
        make_span(callsite, relatives, &fields.value_set(&[]), entered, span);
    }
}

/// Evaluates the values of a span that will be made later; `None` if there are none, nobody wants them or they panic.
pub(crate) fn keep(callsite: &'static Callsite, values: &mut dyn FnMut(Values<'_>)) -> Option<OwnedValues> {
    let fields = callsite.metadata().fields();
    if fields.is_empty() || !callsite.is_enabled() {
        return None;
    }
    let mut kept = None;
    let _caught = guarded(|| {
        values(&mut |values: &[Option<&dyn Value>]| {
            kept = Some(OwnedValues::copy(&fields.value_set_all(values), fields.len()));
        });
    });
    kept
}

/// Makes the span of a call that begins now and was made before.
pub(crate) fn span_of_kept(
    callsite: &'static Callsite,
    relatives: Relatives,
    kept: Option<&OwnedValues>,
    span: &mut Span,
) {
    if !callsite.is_enabled() {
        return span.pass(&relatives.parent, false);
    }
    let relatives = or_continued(relatives);
    let fields = callsite.metadata().fields();
    match kept {
        Some(kept) => make_span(callsite, &relatives, &fields.value_set_all(&kept.values()), false, span),
        None => make_span(callsite, &relatives, &fields.value_set(&[]), false, span),
    }
}

fn make_span(
    callsite: &'static Callsite,
    relatives: &Relatives,
    values: &ValueSet<'_>,
    entered: bool,
    span: &mut Span,
) {
    let Relatives { parent, links, dropped_links, causes } = relatives;
    let told = Told { callsite: Some(callsite), parent, links };
    span.open(&told, callsite.metadata(), values, entered);
    for cause in causes {
        span.follows_from(cause);
    }
    if *dropped_links > 0 {
        port::drop_links(span, *dropped_links);
    }
}

/// A parent that was left for the next span is taken before the user's code runs, which may make spans.
fn or_continued(relatives: Relatives) -> Relatives {
    match relatives.parent {
        Parent::Current => {
            Relatives { parent: pending::take_parent().unwrap_or(Parent::Current), ..relatives }
        }
        _ => relatives,
    }
}

/// Makes what the caller is given: what an annotated function does before it returns its future.
#[inline(always)]
pub fn make<F>(body: impl FnOnce() -> F) -> F {
    body()
}

/// Tells inference what a future gives.
#[inline(always)]
pub fn future_of<T, F: Future<Output = T>>(future: F) -> F {
    future
}

/// Tells inference what a stream gives.
#[inline(always)]
pub fn stream_of<T, S: Stream<Item = T>>(stream: S) -> S {
    stream
}

/// Waits for a future that is already inside its call's own; keeps the outer future from holding it twice.
#[inline(always)]
pub fn once<F: Future>(future: F) -> F {
    future
}

/// Boxes a future or a stream.
pub fn boxed<F>(future: F) -> Pin<Box<F>> {
    Box::pin(future)
}

/// Writes a call's context into a message, or that of what is current.
pub(crate) fn stamp(envelope: &mut (impl Envelope + ?Sized), context: Option<SpanContext>) {
    let sent = crate::context::propagated(context);
    if !sent.is_empty() {
        envelope.stamp(&sent);
    }
}

/// Returns the parent that a message brings, as far as its sender is trusted; a new trace where it panics.
pub fn received(envelope: &(impl Envelope + ?Sized), trust: Trust) -> Parent {
    guarded(|| Received::message(envelope.context(), trust, envelope.delivery()))
        .map_or(Parent::Root, |received| Parent::Received(Box::new(received)))
}
