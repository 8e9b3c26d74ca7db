//! Access to the span data of whichever subscriber is current, without knowing its type.

use std::any::TypeId;
use std::sync::Arc;

use tracing_core::Dispatch;
use tracing_core::dispatcher;
use tracing_core::span::Id;

use super::exemplars::ExemplarFilter;
use super::global;
use super::span::SpanHandle;
use super::subscriber::Engine;
use crate::context::{Ambient, Beside, SpanContext, Witness};
use crate::outcome::Verdict;
use crate::service::Service;

/// What a subscriber with our layer answers; reached by `Dispatch::downcast_ref`.
#[derive(Clone, Copy)]
pub(crate) struct Port {
    pub(crate) context: fn(&Dispatch, &Id) -> Option<SpanContext>,
    /// Returns what goes along with a span.
    pub(crate) ambient: fn(&Dispatch, &Id) -> Option<Arc<Ambient>>,
    pub(crate) service: fn(&Dispatch, &Id) -> Option<Service>,
    pub(crate) set_verdict: fn(&Dispatch, &Id, Verdict),
    /// Tells whether the span is open.
    pub(crate) knows: fn(&Dispatch, &Id) -> bool,
    /// Sets the description of the status, unless a field did.
    pub(crate) describe: fn(&Dispatch, &Id, &str),
    /// Has the span's trace exported, also where nobody sampled it.
    pub(crate) keep: fn(&Dispatch, &Id),
    /// Links an open span to another.
    pub(crate) link: fn(&Dispatch, &Id, &SpanContext),
    /// Counts links that a span was not given.
    pub(crate) drop_links: fn(&Dispatch, &Id, u32),
    #[cfg(feature = "opentelemetry")]
    pub(crate) by_hand: super::by_hand::ByHand,
}

impl Port {
    /// Answers `downcast_raw` for whoever holds this: a pointer to the holder or to this, whichever has the type that is
    /// asked for. It lives as long as that does.
    pub(super) fn downcast_raw<T: 'static>(&self, id: TypeId, holder: &T) -> Option<*const ()> {
        if id == TypeId::of::<T>() {
            Some(std::ptr::from_ref(holder).cast())
        } else if id == TypeId::of::<Port>() {
            Some(std::ptr::from_ref(self).cast())
        } else {
            None
        }
    }
}

/// Returns the context of a span; `None` where no layer of ours saw it.
pub(crate) fn context_of(span: &impl SpanHandle) -> Option<SpanContext> {
    span.with_subscriber(|id, dispatch| {
        let port = dispatch.downcast_ref::<Port>()?;
        (port.context)(dispatch, id)
    })
    .flatten()
}

/// Returns where an observation in a span is made, where its trace is sampled.
pub(crate) fn witness_of(span: &impl SpanHandle) -> Option<Witness> {
    let context = context_of(span).filter(is_witness)?;
    let correlation_id = ambient_of(span).and_then(|ambient| ambient.correlation_id.clone());
    Some(Witness { context, correlation_id })
}

/// Tells whether observations in a span may lead to it.
fn is_witness(context: &SpanContext) -> bool {
    context.is_sampled() || ExemplarFilter::AlwaysOn.is_in_force()
}

/// Returns what goes along with a span; `None` where no layer of ours saw it, or nothing does.
pub(crate) fn ambient_of(span: &impl SpanHandle) -> Option<Arc<Ambient>> {
    span.with_subscriber(|id, dispatch| {
        let port = dispatch.downcast_ref::<Port>()?;
        (port.ambient)(dispatch, id)
    })
    .flatten()
}

/// Returns what goes along with the current code.
pub(crate) fn ambient() -> Option<Arc<Ambient>> {
    dispatcher::get_default(|dispatch| {
        if let Some(engine) = dispatch.downcast_ref::<Engine>() {
            let top = engine.top().map(|top| top.key.id());
            return Beside::get(top.as_ref()).or_else(|| engine.ambient());
        }
        let span = dispatch.current_span();
        #[cfg(feature = "opentelemetry")]
        if let Some(ambient) = super::attached::beside(span.id()).and_then(|beside| beside.ambient) {
            return Some(ambient);
        }
        Beside::get(span.id()).or_else(|| (dispatch.downcast_ref::<Port>()?.ambient)(dispatch, span.id()?))
    })
}

/// Returns the service that a span belongs to; `None` where no layer of ours saw it.
pub(crate) fn service_of(span: &impl SpanHandle) -> Option<Service> {
    span.with_subscriber(|id, dispatch| {
        let port = dispatch.downcast_ref::<Port>()?;
        (port.service)(dispatch, id)
    })
    .flatten()
}

/// Returns the service of the span that the current code runs in.
pub(crate) fn current_service() -> Option<Service> {
    dispatcher::get_default(|dispatch| {
        let port = dispatch.downcast_ref::<Port>()?;
        (port.service)(dispatch, dispatch.current_span().id()?)
    })
}

/// Returns the context of the span that the current code runs in.
pub(crate) fn current() -> Option<SpanContext> {
    dispatcher::get_default(|dispatch| {
        let port = dispatch.downcast_ref::<Port>()?;
        let span = dispatch.current_span();
        #[cfg(feature = "opentelemetry")]
        if let Some(beside) = super::attached::beside(span.id())
            && let Some(context) = beside.parent.context()
        {
            return context.cloned();
        }
        (port.context)(dispatch, span.id()?)
    })
}

/// Returns where an observation of the current code is made, where its trace is sampled.
pub(crate) fn witness() -> Option<Witness> {
    match global::engine() {
        Some(engine) => engine.witness(engine.top()?),
        None => {
            let context = current().filter(is_witness)?;
            let correlation_id = ambient().and_then(|ambient| ambient.correlation_id.clone());
            Some(Witness { context, correlation_id })
        }
    }
}

/// Has a span's trace exported that began as [`Parent::Watched`](super::pending::Parent), or waits for the tail rule.
pub(crate) fn keep(span: &impl SpanHandle) {
    span.with_subscriber(|id, dispatch| {
        if let Some(port) = dispatch.downcast_ref::<Port>() {
            (port.keep)(dispatch, id);
        }
    });
}

/// Says how the call that the span stands for ended.
pub(crate) fn set_verdict(span: &impl SpanHandle, verdict: Verdict) {
    span.with_subscriber(|id, dispatch| {
        if let Some(port) = dispatch.downcast_ref::<Port>() {
            (port.set_verdict)(dispatch, id, verdict);
        }
    });
}

/// Says in words why the span ended as it did.
pub(crate) fn describe(span: &impl SpanHandle, why: &str) {
    span.with_subscriber(|id, dispatch| {
        if let Some(port) = dispatch.downcast_ref::<Port>() {
            (port.describe)(dispatch, id, why);
        }
    });
}

/// Links an open span to another.
pub(crate) fn link(span: &impl SpanHandle, to: &SpanContext) {
    span.with_subscriber(|id, dispatch| {
        if let Some(port) = dispatch.downcast_ref::<Port>() {
            (port.link)(dispatch, id, to);
        }
    });
}

/// Counts links that a span was not given.
pub(crate) fn drop_links(span: &impl SpanHandle, count: u32) {
    span.with_subscriber(|id, dispatch| {
        if let Some(port) = dispatch.downcast_ref::<Port>() {
            (port.drop_links)(dispatch, id, count);
        }
    });
}
