//! Hears which contexts are attached.
//!
//! It is called while the API's own state is borrowed: nothing here may call that API's context, nor a layer of
//! others.

use std::cell::Cell;
use std::sync::{Arc, Once};

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::{ContextObserver, GlobalContextObserver};
use opentelemetry::trace::TraceContextExt;

use super::propagator::Along;
use super::{opened, translate};
use crate::context::Ambient;
use crate::engine::attached::{self, Mark, Place};

struct Observer;

thread_local! {
    static HEARD: Cell<bool> = const { Cell::new(false) };
}

/// Begins to hear; once.
pub(super) fn observe() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| GlobalContextObserver::set(Arc::new(Observer)));
}

/// Tells whether contexts that are attached are heard of.
pub(super) fn is_heard() -> bool {
    HEARD.set(false);
    drop(Context::current().attach());
    HEARD.get()
}

/// By what contexts differ, for us.
pub(super) fn mark(context: &Context) -> Mark {
    let span = context.span();
    let span = span.span_context();
    let baggage = context.baggage();
    Mark {
        trace: translate::trace_id(span),
        span: translate::span_id(span),
        has_span: context.has_active_span(),
        baggage: if baggage.is_empty() { 0 } else { std::ptr::from_ref(baggage).addr() },
    }
}

impl ContextObserver for Observer {
    fn on_context_enter(&self, from: &Context, to: &Context) {
        let _ending = HEARD.try_with(|heard| heard.set(true));
        let (before, now) = (mark(from), mark(to));
        if before == now {
            return;
        }
        let same_span = Mark { baggage: 0, ..before } == Mark { baggage: 0, ..now };
        let place = if same_span { Place::Around } else { place(to) };
        let change = |ambient: &mut Ambient| change(from, to, ambient);
        attached::enter(now, place, (before.baggage != now.baggage).then_some(&change));
    }

    fn on_context_exit(&self, from: &Context, to: &Context) {
        let now = mark(to);
        if mark(from) != now {
            attached::leave_to(now);
        }
    }
}

/// Returns what a context says of the parent.
fn place(context: &Context) -> Place {
    let span = context.span();
    let span = span.span_context();
    match opened::find(span) {
        Some(stand_in) => Place::Span(stand_in),
        None if span.is_remote() => translate::ours(span).map_or(Place::Nothing, Place::Remote),
        None if span.is_valid() => Place::Around, // another SDK's
        None => Place::Nothing,
    }
}

/// Replaces the baggage of one context by that of the next, among what goes along here.
fn change(from: &Context, to: &Context, ambient: &mut Ambient) {
    for (name, _) in from.baggage() {
        ambient.baggage.remove(name.as_str());
    }
    translate::add_baggage(to.baggage(), &mut ambient.baggage);
    if let Some(along) = to.get::<Along>() {
        along.add_to(ambient);
    }
}
