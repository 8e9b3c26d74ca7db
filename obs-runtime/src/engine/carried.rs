//! The current span, for work that goes on elsewhere: what is opened there is its child, and it ends when it ends.

use std::sync::Arc;

use tracing_core::span::{Attributes, Id};
use tracing_core::{Dispatch, dispatcher};

use super::ambient::Held;
use super::arena::{Key, find};
use super::shadow::Stacked;
use super::span::CallSpan;
use super::subscriber::Engine;
use super::wire::flags;
use crate::callsite::{Callsite, Plan};
use crate::context::Ambient;

/// A span without a record that passes on the context of the current one.
const CARRIED: u16 = flags::HIDDEN | flags::CARRIED;

/// What the subscriber is told of where there is no span.
static OUTSIDE: Callsite = Callsite::new("context\n\n\n", Plan::TRACED, None);

impl CallSpan {
    /// Returns the same, with something else going along; `None` where the subscriber is none of ours.
    pub(crate) fn carried_with(ambient: Arc<Ambient>) -> Option<CallSpan> {
        dispatcher::get_default(|dispatch| {
            let engine = dispatch.downcast_ref::<Engine>()?;
            let carried = carried_by(engine, dispatch, Some(&Arc::new(Held::new(Arc::clone(&ambient)))));
            Some(carried.map_or(CallSpan::none(), |id| CallSpan::of(id, dispatch.clone())))
        })
    }

    /// Returns what stands for the current span elsewhere; nothing outside every span.
    ///
    /// It does not keep that span open. Under a registry of the user's own it does, for there is nothing else to be
    /// carried.
    ///
    /// True where the subscriber is ours: what goes along with the span is carried, too.
    pub(crate) fn carried() -> (CallSpan, bool) {
        dispatcher::get_default(|dispatch| {
            let engine = dispatch.downcast_ref::<Engine>();
            let carried = match engine {
                Some(engine) => carried_by(engine, dispatch, None),
                None => dispatch.current_span().id().map(|id| dispatch.clone_span(id)),
            };
            let span = carried.map_or(CallSpan::none(), |id| CallSpan::of(id, dispatch.clone()));
            (span, engine.is_some())
        })
    }
}

fn carried_by(engine: &Engine, dispatch: &Dispatch, held: Option<&Arc<Held>>) -> Option<Id> {
    let top = engine.top().and_then(|top| top.slot.metadata());
    let metadata = top.or_else(|| held.map(|_| OUTSIDE.metadata()))?;
    let values = metadata.fields().value_set(&[]);
    let attributes = Attributes::new(metadata, &values);
    let open = |engine: &Engine| match held {
        Some(held) => engine.open_holding(&attributes, CARRIED, held),
        None => engine.open(&attributes, CARRIED),
    };
    let key = match dispatch.downcast_ref::<Stacked>() {
        Some(stacked) => stacked.below(&attributes, open),
        None => open(engine),
    };
    find(key).map(|_| Key::id(key))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use std::ptr;

    use super::*;
    use crate::engine::arena::Slot;
    use crate::engine::span::SpanHandle;
    use crate::testing::record;

    fn slot(span: &CallSpan) -> &'static Slot {
        span.with_subscriber(|id, _| find(Key::of(id))).flatten().unwrap()
    }

    #[test]
    fn what_was_carried_leaves_its_place_to_the_next() {
        let (_recorded, _restore) = record();
        let span = tracing::info_span!("request");
        let _entered = span.enter();
        let (first, _) = CallSpan::carried();
        let place = slot(&first);
        drop(first);
        assert!(ptr::eq(slot(&CallSpan::carried().0), place));
    }

    #[test]
    fn nothing_is_carried_outside_every_span() {
        let (_recorded, _restore) = record();
        assert!(!CallSpan::carried().0.is_some());
    }
}
