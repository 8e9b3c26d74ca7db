//! What goes along with spans: held once, in a slot of its own, by all the spans that it goes along with.
//!
//! A span names the slot and has one of its handles, as it would of a span. That takes no memory, and finds out by itself
//! what has ended.

use std::sync::Arc;

use super::arena::{Context, Key, Release, Slot, find};
use super::subscriber::Engine;
use super::thread::{self, Thread};
use super::wire::{Entry, Scalar, flags};
use crate::context::Ambient;
use crate::record::{Attribute, Value};

/// What goes along with spans, and the part of it that is on each of their records.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) ambient: Arc<Ambient>,
    /// Entries; empty for most.
    pub(crate) shown: Vec<u8>,
}

impl Held {
    pub(crate) fn new(ambient: Arc<Ambient>) -> Self {
        let mut shown = Vec::new();
        if let Some(state) = &ambient.tracestate {
            Entry::TraceState(state).write(&mut shown);
        }
        for Attribute { key, value } in &ambient.fields {
            Entry::Attribute(key, scalar(value)).write(&mut shown);
        }
        Held { ambient, shown }
    }

    /// Returns what the flags of its spans say of it.
    pub(super) fn flags(&self) -> u16 {
        let state = if self.ambient.tracestate.is_some() { flags::TRACE_STATE } else { 0 };
        let shown = if self.shown.is_empty() { 0 } else { flags::SHOWN };
        flags::AMBIENT | state | shown
    }
}

/// Returns a value as it stands in the bytes.
pub(super) fn scalar(value: &Value) -> Scalar<'_> {
    Scalar::from(value)
}

impl Context {
    /// Returns it with nothing that goes along.
    pub(super) fn alone(self) -> Self {
        Context {
            ambient: 0,
            flags: self.flags & !(flags::AMBIENT | flags::TRACE_STATE | flags::SHOWN),
            ..self
        }
    }
}

/// Puts what goes along into a slot, of which the span of `context` has the one handle. Where there is no slot, nothing
/// goes along.
pub(super) fn hold(thread: &Thread, owner: u32, held: Arc<Held>, context: Context) -> Context {
    let Some((key, slot)) = thread.home.take() else { return context.alone() };
    let flags = held.flags();
    slot.fill_holder(owner, flags::HIDDEN | flags::EXTRA);
    slot.with_extra(key.generation(), |extra| extra.ambient = Some(held));
    Context { ambient: key.get(), flags: context.alone().flags | flags, ..context }
}

/// Takes a handle of what goes along with the span above; nothing goes along if that has ended meanwhile.
#[inline]
pub(super) fn share(context: Context) -> Context {
    if context.flags & flags::AMBIENT == 0 || retain(context.ambient) { context } else { context.alone() }
}

/// Takes a handle of what goes along; false if it was given up meanwhile. Who takes one at the moment at which the last other
/// one is given back, which needs the bare id of a span that ends just then, may have one of nothing: it finds nothing, and
/// is given back to nobody.
#[inline]
pub(super) fn retain(holder: u64) -> bool {
    let Some(key) = Key::from_u64(holder) else { return false };
    find(key).is_some_and(|slot| slot.state.retain(key.generation()))
}

/// Gives back the handle of a span that has ended, or did not come to be.
#[inline]
pub(super) fn release(thread: &Thread, holder: u64) {
    let Some(key) = Key::from_u64(holder) else { return };
    let Some(slot) = find(key) else { return };
    if slot.state.release(key.generation()) == Release::Last {
        slot.clear_extra();
        thread.home.give_back(key, slot);
    }
}

/// Returns what goes along with a span that is open, or about to end.
pub(super) fn held(key: Key, slot: &Slot) -> Option<Arc<Held>> {
    held_in(key, slot).map(|(held, _)| held)
}

/// Returns it with the slot that holds it: read at once, for the span may end meanwhile and its slot be another's.
pub(super) fn held_in(key: Key, slot: &Slot) -> Option<(Arc<Held>, u64)> {
    let holder = slot
        .state
        .read(key.generation(), || if slot.flags() & flags::AMBIENT == 0 { 0 } else { slot.ambient() })?;
    let holder = Key::from_u64(holder)?;
    let held = find(holder)?.with_extra(holder.generation(), |extra| extra.ambient.clone()).flatten()?;
    Some((held, holder.get()))
}

impl Engine {
    /// Returns what goes along with the current code.
    pub(in crate::engine) fn ambient(&self) -> Option<Arc<Ambient>> {
        thread::with(|thread| {
            let top = thread.stack.top(self.owner())?;
            held(top.key, top.slot).map(|held| Arc::clone(&held.ambient))
        })
    }

    /// Returns what goes along with a span of ours.
    pub(in crate::engine) fn ambient_of(&self, key: Key) -> Option<Arc<Ambient>> {
        let slot = self.slot(key)?;
        held(key, slot).map(|held| Arc::clone(&held.ambient))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use std::collections::HashSet;
    use std::ptr;

    use super::*;
    use crate::engine::span::{CallSpan, SpanHandle};
    use crate::testing::record;

    /// Opens something that goes along, with a span inside, and returns where it is held.
    fn open() -> (CallSpan, tracing::Span, &'static Slot) {
        let ambient = Ambient { correlation_id: Some("order-7".into()), ..Ambient::default() };
        let scope = CallSpan::carried_with(Arc::new(ambient)).unwrap();
        let span = {
            let _inside = scope.enter();
            tracing::info_span!("inside")
        };
        let holder = scope.with_subscriber(|id, _| find(Key::of(id)).unwrap().ambient()).unwrap();
        (scope, span, find(Key::from_u64(holder).unwrap()).unwrap())
    }

    #[test]
    fn it_stays_for_the_last_of_its_spans_and_leaves_its_place_to_the_next() {
        let (_recorded, _restore) = record();
        let (scope, span, place) = open();
        drop(scope);
        let correlation_id = || span.in_scope(crate::correlation_id);
        assert_eq!(correlation_id().as_deref(), Some("order-7"));
        let (second, other, elsewhere) = open();
        assert!(!ptr::eq(place, elsewhere), "it is still there");
        drop((second, other, span));
        let places: HashSet<usize> = (0..1000).map(|_| ptr::from_ref(open().2).addr()).collect();
        assert!(places.len() < 10, "{} places", places.len());
    }
}
