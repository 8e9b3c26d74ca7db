//! What stands for a span where contexts of another API are attached, for as long as such a context is there: longer
//! than the span is open, and for spans of other processes as well.

use std::sync::Arc;

use tracing_core::span::Id;
use tracing_core::{Dispatch, dispatcher};

use super::arena::{Key, Slot, find};
use super::attached::{self, Beside, Change, Parent};
use super::pending;
use super::port::Port;
use super::shadow::Stacked;
use super::span::SpanHandle;
use super::subscriber::Engine;
use super::thread;
use crate::context::{Ambient, SpanContext};
use crate::service::Service;

/// What a stand-in stands for.
#[derive(Debug)]
pub(crate) enum Where<'a> {
    /// The span that the code is in.
    Around,
    /// No span.
    Nothing,
    /// A span of ours, or what stands for one.
    Slot(Option<Key>),
    /// A span of another process.
    Remote(&'a SpanContext),
}

/// Stands for a span. Does not keep it open.
#[derive(Debug)]
pub(crate) struct StandIn {
    dispatch: Dispatch,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A slot without a record, which it owns.
    Slot(Key, &'static Slot),
    /// Under a registry of the user's own.
    Span(Local),
}

/// What is known of a span of a registry, whether it is open or not.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) id: Id,
    pub(crate) context: SpanContext,
    pub(crate) service: Service,
    pub(crate) ambient: Option<Arc<Ambient>>,
}

impl StandIn {
    /// Stands for a span that is open; `None` where no layer of ours saw it.
    pub(crate) fn for_span(span: &impl SpanHandle) -> Option<StandIn> {
        span.with_subscriber(|id, dispatch| StandIn::for_id(dispatch, id)).flatten()
    }

    /// Does so for one that is known by its id.
    pub(crate) fn for_id(dispatch: &Dispatch, id: &Id) -> Option<StandIn> {
        if dispatch.downcast_ref::<Engine>().is_some() {
            return StandIn::of(dispatch, &Where::Slot(Some(Key::of(id))), None);
        }
        let port = dispatch.downcast_ref::<Port>()?;
        let local = Local {
            id: id.clone(),
            context: (port.context)(dispatch, id)?,
            service: (port.service)(dispatch, id)?,
            ambient: (port.ambient)(dispatch, id),
        };
        Some(StandIn { dispatch: dispatch.clone(), kind: Kind::Span(local) })
    }

    /// Stands for the span that is current here; `None` where there is none of this process.
    pub(crate) fn current() -> Option<StandIn> {
        dispatcher::get_default(|dispatch| {
            let span = dispatch.current_span();
            if dispatch.downcast_ref::<Engine>().is_none()
                && let Some(Beside { parent, .. }) = attached::beside(span.id())
            {
                match parent {
                    Parent::Around => {}
                    Parent::Nothing | Parent::Remote(_) => return None,
                    Parent::Local(local) => {
                        return Some(StandIn { dispatch: dispatch.clone(), kind: Kind::Span(local) });
                    }
                }
            }
            StandIn::for_id(dispatch, span.id()?)
        })
    }

    /// Returns it as the parent of a span of the current subscriber.
    pub(crate) fn as_parent(&self, context: Option<SpanContext>) -> pending::Parent {
        let is_known = dispatcher::get_default(|dispatch| {
            dispatch.downcast_ref::<Port>().is_some_and(|port| (port.knows)(dispatch, &self.id()))
        });
        match context {
            _ if is_known => pending::Parent::Local(self.id()),
            Some(context) => pending::Parent::Remote(context),
            None => pending::Parent::Root,
        }
    }

    /// Stands for something in a subscriber of ours; `None` in another one.
    pub(super) fn of(dispatch: &Dispatch, whence: &Where<'_>, change: Option<Change<'_>>) -> Option<StandIn> {
        let engine = dispatch.downcast_ref::<Engine>()?;
        let key = engine.stand_in(whence, change);
        Some(StandIn { dispatch: dispatch.clone(), kind: Kind::Slot(key, find(key)?) })
    }

    /// Tells whether it can be on the stack of entered spans.
    pub(super) fn is_enterable(&self) -> bool {
        matches!(self.kind, Kind::Slot(..))
    }

    pub(super) fn key(&self) -> Option<Key> {
        if let Kind::Slot(key, _) = self.kind { Some(key) } else { None }
    }

    pub(super) fn local(&self) -> Option<&Local> {
        if let Kind::Span(local) = &self.kind { Some(local) } else { None }
    }

    /// Returns the id by which it is named as a parent.
    pub(crate) fn id(&self) -> Id {
        match &self.kind {
            Kind::Slot(key, _) => key.id(),
            Kind::Span(local) => local.id.clone(),
        }
    }

    /// Returns its subscriber.
    pub(crate) fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// Makes it current on this thread.
    pub(super) fn enter(&self) {
        if let Kind::Slot(key, slot) = self.kind {
            thread::enter(key, slot);
        }
    }

    /// Leaves it.
    pub(super) fn leave(&self) {
        if let Kind::Slot(key, _) = self.kind {
            thread::leave(key);
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let Kind::Slot(key, _) = self.kind else { return };
        // Layers of others never saw it, and hear nothing: they might call the API whose context is being detached.
        match (self.dispatch.downcast_ref::<Stacked>(), self.dispatch.downcast_ref::<Engine>()) {
            (Some(stacked), _) => stacked.close_unseen(key),
            (None, Some(engine)) => {
                engine.close(key);
            }
            (None, None) => {}
        }
    }
}
