//! The engine with layers on top.

use std::any::TypeId;
use std::mem;
use std::sync::Arc;

use tracing_core::span::{Attributes, Current, Id, Record as Values};
use tracing_core::{Dispatch, Event, Interest, LevelFilter, Metadata, Subscriber};
use tracing_subscriber::layer::Layered;

use super::spans::Spans;
use super::table::{Answer, Table};
use crate::engine::arena::{Key, Slot};
use crate::engine::subscriber::Engine;
use crate::engine::thread;
use crate::engine::wire::flags;
use crate::quiet;

/// Any layer, or several on top of each other.
pub(crate) type AnyLayer = Box<dyn tracing_subscriber::Layer<Spans> + Send + Sync>;

/// Gives to the layers what they want, and everything that we want to the engine. Neither's filters are the other's.
pub(crate) struct Stacked {
    engine: Arc<Engine>,
    layers: Layered<AnyLayer, Spans>,
    table: Table,
}

impl Stacked {
    pub(crate) fn new(engine: Engine, layer: AnyLayer) -> Self {
        use tracing_subscriber::Layer;
        let engine = Arc::new(engine.below_others());
        let layers = layer.with_subscriber(Spans::new(Arc::clone(&engine)));
        let stacked = Stacked { engine, layers, table: Table::new() };
        if let Some(spans) = stacked.spans()
            && let Some(marker) = spans.filter_marker()
            && stacked.has(marker)
        {
            spans.set_all_filtered();
        }
        stacked
    }

    /// Tells whether a layer wants it. Where `tracing` asked us already, they were asked then.
    fn layers_want(&self, metadata: &Metadata<'_>) -> bool {
        match self.table.get(metadata) {
            Answer::Never => false,
            Answer::Always => true,
            Answer::Sometimes if self.engine.wants(metadata) => self.layers.enabled(metadata),
            Answer::Sometimes => true,
        }
    }

    /// Tells whether a layer wanted the span.
    pub(super) fn is_shadowed(&self, key: Key) -> bool {
        self.engine.slot(key).is_some_and(|slot| slot.flags() & flags::SHADOWED != 0)
    }

    fn spans(&self) -> Option<&Spans> {
        let layers: &dyn Subscriber = &self.layers;
        layers.downcast_ref::<Spans>()
    }

    /// Tells whether the layers as a whole are of a type.
    #[allow(unsafe_code)]
    fn has(&self, marker: TypeId) -> bool {
        // SAFETY: the pointer is not used.
        unsafe { self.layers.downcast_raw(marker) }.is_some()
    }

    /// Opens a span that no layer sees, below the nearest one above that they do.
    pub(in crate::engine) fn open_below(&self, attributes: &Attributes<'_>, more_flags: u16) -> Key {
        self.below(attributes, |engine| engine.open(attributes, more_flags))
    }

    /// Does so with a span that `open` opens.
    pub(in crate::engine) fn below(
        &self,
        attributes: &Attributes<'_>,
        open: impl FnOnce(&Engine) -> Key,
    ) -> Key {
        let above = self.engine.shadow_above(attributes);
        let key = open(&self.engine);
        if let Some(slot) = self.engine.slot(key) {
            slot.pass_shadow(self.hold(above));
        }
        key
    }

    /// Holds the nearest span above a new one that layers see: they may ask for it in the place of the new one.
    fn hold(&self, above: Option<Key>) -> Option<Key> {
        above.filter(|key| self.engine.slot(*key).is_some_and(|slot| slot.hold_shadow(key.generation())))
    }

    /// Tells the layers that a span has ended, and then those above it that were waiting for that.
    fn close(&self, mut key: Key, mut slot: &'static Slot) {
        loop {
            if slot.flags() & flags::SHADOWED != 0 {
                if !slot.drop_shadow(key.generation()) {
                    return;
                }
                self.layers.try_close(key.id());
            }
            let above = slot.shadow_parent();
            self.free(key, slot);
            match above.and_then(|above| Some((above, self.engine.slot(above)?))) {
                Some(next) => (key, slot) = next,
                None => return,
            }
        }
    }

    /// Gives back the one handle of a span that no layer saw, and that holds none for them.
    #[cfg(feature = "opentelemetry")]
    pub(in crate::engine) fn close_unseen(&self, key: Key) {
        if self.engine.release(key)
            && let Some(slot) = self.engine.slot(key)
        {
            self.free(key, slot);
        }
    }

    fn free(&self, key: Key, slot: &Slot) {
        if let Some(spans) = self.spans() {
            spans.forget(slot);
        }
        self.engine.free(key);
    }
}

/// Leaves a span that a layer did not let anybody enter: it panicked, and nobody else will.
struct Unwinds(Key);

impl Drop for Unwinds {
    #[cold]
    fn drop(&mut self) {
        thread::leave(self.0);
    }
}

impl Subscriber for Stacked {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.layers.on_register_dispatch(dispatch);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let theirs = self.layers.register_callsite(metadata);
        self.table.set(metadata, &theirs);
        if self.engine.wants(metadata) { Interest::always() } else { theirs }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.engine.wants(metadata)
            || self.table.get(metadata) != Answer::Never && self.layers.enabled(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.layers.max_level_hint().map(|theirs| theirs.max(self.engine.level()))
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        if !quiet::is_hushed() && self.layers_want(attributes.metadata()) {
            return self.layers.new_span(attributes);
        }
        self.open_below(attributes, 0).id()
    }

    fn record(&self, id: &Id, values: &Values<'_>) {
        let key = Key::of(id);
        if self.is_shadowed(key) { self.layers.record(id, values) } else { self.engine.add(key, values) }
    }

    fn record_follows_from(&self, id: &Id, follows: &Id) {
        let (key, other) = (Key::of(id), Key::of(follows));
        if self.is_shadowed(key) && self.is_shadowed(other) {
            self.layers.record_follows_from(id, follows);
        } else {
            self.engine.link(key, other);
        }
    }

    /// Whether a layer wants the event is found out in [`event`](Stacked::event): it must be asked once.
    fn event_enabled(&self, _: &Event<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        if quiet::is_hushed() {
            return;
        }
        if self.engine.wants(event.metadata()) {
            self.engine.tell(event);
        }
        if self.layers_want(event.metadata()) && self.layers.event_enabled(event) {
            self.layers.event(event);
        }
    }

    fn enter(&self, id: &Id) {
        let key = Key::of(id);
        if !self.is_shadowed(key) {
            return self.engine.step_in(key);
        }
        let unwinds = Unwinds(key);
        self.layers.enter(id);
        mem::forget(unwinds);
    }

    fn exit(&self, id: &Id) {
        let key = Key::of(id);
        if self.is_shadowed(key) { self.layers.exit(id) } else { thread::leave(key) }
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.engine.retain(Key::of(id));
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let key = Key::of(&id);
        if !self.engine.release(key) {
            return false;
        }
        let Some(slot) = self.engine.slot(key) else { return false };
        self.engine.end(key, slot);
        self.close(key, slot);
        true
    }

    fn current_span(&self) -> Current {
        self.engine.current_span()
    }

    // SAFETY: the pointer is to `self`, or what the engine or the layers give for a part of it: it lives as long.
    #[allow(unsafe_code)] // `Subscriber::downcast_raw` is an unsafe function of the trait
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        if id == TypeId::of::<Self>() {
            return Some(std::ptr::from_ref(self).cast());
        }
        // SAFETY: both keep what this function promises.
        unsafe { self.engine.downcast_raw(id).or_else(|| self.layers.downcast_raw(id)) }
    }
}
