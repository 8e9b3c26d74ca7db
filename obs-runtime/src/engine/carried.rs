//! The current span, for work that goes on elsewhere: what is opened there is its child, and it ends when it ends.

use tracing_core::span::{Attributes, Id};
use tracing_core::{Dispatch, dispatcher};

use super::arena::{Key, find};
use super::shadow::Stacked;
use super::span::CallSpan;
use super::subscriber::Engine;
use super::wire::flags;

/// A span without a record that passes on the context of the current one.
const CARRIED: u16 = flags::HIDDEN | flags::CARRIED;

impl CallSpan {
    /// Returns what stands for the current span elsewhere; nothing outside every span.
    ///
    /// It does not keep that span open. Under a registry of the user's own it does, for there is nothing else to be
    /// carried.
    pub(crate) fn carried() -> CallSpan {
        dispatcher::get_default(|dispatch| {
            let carried = match dispatch.downcast_ref::<Engine>() {
                Some(engine) => carried_by(engine, dispatch),
                None => dispatch.current_span().id().map(|id| dispatch.clone_span(id)),
            };
            carried.map_or(CallSpan::none(), |id| CallSpan::of(id, dispatch.clone()))
        })
    }
}

fn carried_by(engine: &Engine, dispatch: &Dispatch) -> Option<Id> {
    let metadata = engine.top()?.slot.metadata()?;
    let values = metadata.fields().value_set(&[]);
    let attributes = Attributes::new(metadata, &values);
    let key = match dispatch.downcast_ref::<Stacked>() {
        Some(stacked) => stacked.open_below(&attributes, CARRIED),
        None => engine.open(&attributes, CARRIED),
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
        let first = CallSpan::carried();
        let place = slot(&first);
        drop(first);
        assert!(ptr::eq(slot(&CallSpan::carried()), place));
    }

    #[test]
    fn nothing_is_carried_outside_every_span() {
        let (_recorded, _restore) = record();
        assert!(!CallSpan::carried().is_some());
    }
}
