//! What layers see in the place of a registry.

use std::any::TypeId;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::{Arc, OnceLock};

use tracing_core::span::{Attributes, Current, Id, Record as Values};
use tracing_core::{Event, Interest, Metadata, Subscriber};
use tracing_subscriber::filter::FilterId;
use tracing_subscriber::layer::{Identity, Layered, SubscriberExt};
use tracing_subscriber::registry::{self, Extensions, ExtensionsMut, LookupSpan, Registry};

use crate::engine::arena::{Key, Slot};
use crate::engine::subscriber::Engine;
use crate::engine::thread;
use crate::engine::wire::flags;

/// The spans of the process, as layers added by [`Builder::layer`](crate::Builder::layer) see them: the `S` of their
/// `Layer<S>`. Layers look spans up in it as in `tracing_subscriber::Registry`.
pub struct Spans {
    engine: Arc<Engine>,
    /// What layers keep with a span. A bare registry would never free it.
    kept: Layered<Identity, Registry>,
    /// Whether a layer has a filter of its own.
    filtered: bool,
    /// Whether every layer has one.
    all_filtered: AtomicBool,
    /// The first type that was asked for; see [`Spans::filter_marker`].
    asked: OnceLock<TypeId>,
}

/// A span, as layers see it.
pub struct SpanData<'a> {
    key: Key,
    slot: &'static Slot,
    parent: Option<Id>,
    kept: registry::Data<'a>,
}

impl Spans {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Spans {
            engine,
            kept: Registry::default().with(Identity::new()),
            filtered: false,
            all_filtered: AtomicBool::new(false),
            asked: OnceLock::new(),
        }
    }

    /// Returns the type by which layers tell that they have filters of their own.
    ///
    /// It has no public name; a stack that is built begins by asking whether we are of that type.
    pub(super) fn filter_marker(&self) -> Option<TypeId> {
        self.asked.get().copied()
    }

    /// Says that every layer has a filter of its own: what these do not want, nobody does.
    pub(super) fn set_all_filtered(&self) {
        self.all_filtered.store(true, Relaxed);
    }

    /// Returns the id under which layers keep things with a span; made at first use.
    fn kept_id(&self, slot: &Slot, metadata: &'static Metadata<'static>) -> Option<Id> {
        if let Some(id) = Key::from_u64(slot.shadow.load(Acquire)) {
            return Some(id.id());
        }
        let none = metadata.fields().value_set(&[]);
        let new = self.kept.new_span(&Attributes::new_root(metadata, &none));
        match slot.shadow.compare_exchange(0, new.into_u64(), AcqRel, Acquire) {
            Ok(_) => Some(new),
            Err(other) => {
                self.kept.try_close(new);
                Key::from_u64(other).map(Key::id)
            }
        }
    }

    /// Forgets what layers kept with a span.
    pub(super) fn forget(&self, slot: &Slot) {
        if let Some(id) = Key::from_u64(slot.shadow.swap(0, AcqRel)) {
            self.kept.try_close(id.id());
        }
    }
}

impl<'a> LookupSpan<'a> for Spans {
    type Data = SpanData<'a>;

    /// Finds a span. One that no layer wanted is not told apart from the nearest above that some layer did.
    fn span_data(&'a self, id: &Id) -> Option<SpanData<'a>> {
        let mut key = Key::of(id);
        let mut slot = self.engine.slot(key)?;
        if slot.flags() & flags::SHADOWED == 0
            && let Some(above) = slot.shadow_parent()
            && let Some(known) = self.engine.slot(above)
        {
            (key, slot) = (above, known);
        }
        let id = self.kept_id(slot, slot.metadata()?)?;
        let parent = slot.shadow_parent().filter(|above| self.engine.slot(*above).is_some());
        Some(SpanData { key, slot, parent: parent.map(Key::id), kept: self.kept.span_data(&id)? })
    }

    fn register_filter(&mut self) -> FilterId {
        self.filtered = true;
        self.kept.register_filter()
    }
}

impl<'a> registry::SpanData<'a> for SpanData<'a> {
    fn id(&self) -> Id {
        self.key.id()
    }

    fn metadata(&self) -> &'static Metadata<'static> {
        self.slot.metadata().unwrap_or_else(|| self.kept.metadata())
    }

    fn parent(&self) -> Option<&Id> {
        self.parent.as_ref()
    }

    fn extensions(&self) -> Extensions<'_> {
        self.kept.extensions()
    }

    fn extensions_mut(&self) -> ExtensionsMut<'_> {
        self.kept.extensions_mut()
    }

    fn is_enabled_for(&self, filter: FilterId) -> bool {
        self.slot.flags() & flags::SHADOWED != 0 && self.kept.is_enabled_for(filter)
    }
}

impl Subscriber for Spans {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Not through the layer around it, which turns `never` into `sometimes`.
        let kept: &dyn Subscriber = &self.kept;
        let filters = kept.downcast_ref::<Registry>().map(|r| r.register_callsite(metadata));
        match filters {
            // That of the layers with filters; there are others.
            Some(interest) if interest.is_never() && !self.all_filtered.load(Relaxed) => {
                Interest::sometimes()
            }
            other => other.unwrap_or_else(Interest::always),
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.kept.enabled(metadata)
    }

    fn event_enabled(&self, event: &Event<'_>) -> bool {
        self.kept.event_enabled(event)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let above = self.engine.shadow_above(attributes);
        let hidden = if self.engine.wants(attributes.metadata()) { 0 } else { flags::HIDDEN };
        let key = self.engine.open(attributes, flags::SHADOWED | hidden);
        if let Some(slot) = self.engine.slot(key) {
            let held = above.filter(|above| {
                self.engine.slot(*above).is_some_and(|slot| slot.hold_shadow(above.generation()))
            });
            slot.begin_shadow(key.generation(), held);
            if self.filtered {
                // The filters' answers for this span are taken over now.
                self.kept_id(slot, attributes.metadata());
            }
        }
        key.id()
    }

    fn record(&self, id: &Id, values: &Values<'_>) {
        self.engine.add(Key::of(id), values);
    }

    fn record_follows_from(&self, id: &Id, follows: &Id) {
        self.engine.link(Key::of(id), Key::of(follows));
    }

    /// Events come from outside; the engine has had them.
    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, id: &Id) {
        self.engine.step_in(Key::of(id));
    }

    fn exit(&self, id: &Id) {
        thread::leave(Key::of(id));
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.engine.retain(Key::of(id));
        id.clone()
    }

    /// Called for spans that end: the stack around counts the handles.
    fn try_close(&self, _: Id) -> bool {
        true
    }

    /// Returns the innermost span that a layer wanted.
    fn current_span(&self) -> Current {
        let top = self.engine.top_where(|slot| slot.flags() & flags::SHADOWED != 0);
        let known = top.and_then(|e| Some(Current::new(e.key.id(), e.slot.metadata()?)));
        known.unwrap_or_else(Current::none)
    }

    // SAFETY: the pointer is to `self`.
    #[allow(unsafe_code)] // `Subscriber::downcast_raw` is an unsafe function of the trait
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        if id == TypeId::of::<Self>() {
            return Some(std::ptr::from_ref(self).cast());
        }
        self.asked.get_or_init(|| id);
        None
    }
}

impl fmt::Debug for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spans").finish_non_exhaustive()
    }
}

impl fmt::Debug for SpanData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanData").field("metadata", &self.slot.metadata()).finish_non_exhaustive()
    }
}
