//! The `tracing` subscriber: spans live in the arena, records leave over the rings.

#[cfg(feature = "opentelemetry")]
mod by_hand;
mod child;
mod close;
mod event;
mod hidden;
mod late;
mod open;
mod port;

#[cfg(test)]
mod tests;

pub(in crate::engine) use close::End;
pub(in crate::engine) use open::Local;

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tracing_core::span::{Attributes, Current, Id, Record as Values};
use tracing_core::{Dispatch, Event, Interest, LevelFilter, Metadata, Subscriber};

use super::ambient;
use super::arena::{Key, Release, Slot, find};
use super::collector::Collector;
use super::exemplars::ExemplarFilter;
use super::limits::{Limits, LogLimits};
use super::port::Port;
use super::sampler::Sampler;
use super::stack::Entered;
use super::thread;
use super::wire::flags;
use crate::context::{SpanContext, Witness};
use crate::record::Sink;

/// What a subscriber is made of.
pub(crate) struct Parts {
    pub(crate) collector: Arc<Collector>,
    pub(crate) sampler: Arc<Sampler>,
    /// Where log records go, at once.
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) limits: Limits,
    pub(crate) log_limits: LogLimits,
    pub(crate) wanted: Wanted,
}

/// Which callsites are recorded, and the level beyond which none is. Where an answer changes, `tracing` is to be told to
/// ask again.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub(crate) level: Arc<dyn Fn() -> LevelFilter + Send + Sync>,
    pub(crate) filter: Filter,
}

/// Tells whether a callsite is wanted.
pub(crate) type Filter = Arc<dyn Fn(&Metadata<'_>) -> bool + Send + Sync>;

impl Wanted {
    /// Everything.
    pub(crate) fn all() -> Self {
        Wanted { level: Arc::new(|| LevelFilter::TRACE), filter: Arc::new(|_| true) }
    }

    /// Everything down to a level.
    #[cfg(test)]
    pub(crate) fn down_to(level: LevelFilter) -> Self {
        Wanted {
            level: Arc::new(move || level),
            filter: Arc::new(move |metadata| *metadata.level() <= level),
        }
    }
}

/// Records spans and events. Several may be in use at once; each knows its own spans only.
pub(crate) struct Engine {
    /// Tells its spans from those of others.
    owner: u32,
    collector: Arc<Collector>,
    sampler: Arc<Sampler>,
    sink: Arc<dyn Sink>,
    limits: Limits,
    log_limits: LogLimits,
    wanted: Wanted,
    port: Port,
    /// Whether layers of others are on top, which must hear of every span they want.
    is_stacked: bool,
}

impl Engine {
    /// Returns the engine that a dispatch leads to, if nobody else listens.
    #[inline]
    pub(in crate::engine) fn alone(dispatch: &Dispatch) -> Option<&Engine> {
        dispatch.downcast_ref::<Engine>().filter(|engine| !engine.is_stacked)
    }

    pub(crate) fn new(parts: Parts) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let Parts { collector, sampler, sink, limits, log_limits, wanted } = parts;
        let owner = NEXT.fetch_add(1, Ordering::Relaxed);
        Engine {
            owner,
            collector,
            sampler,
            sink,
            limits,
            log_limits,
            wanted,
            port: port::PORT,
            is_stacked: false,
        }
    }

    /// Returns it for use below layers of others.
    pub(in crate::engine) fn below_others(self) -> Self {
        Engine { is_stacked: true, ..self }
    }

    pub(in crate::engine) fn owner(&self) -> u32 {
        self.owner
    }

    /// Tells whether the callsite is recorded.
    #[inline]
    pub(in crate::engine) fn wants(&self, metadata: &Metadata<'_>) -> bool {
        (self.wanted.filter)(metadata)
    }

    pub(in crate::engine) fn level(&self) -> LevelFilter {
        (self.wanted.level)()
    }

    /// Returns the slot of a span of ours; `None` for ids of others, and of spans that ended.
    #[inline]
    pub(in crate::engine) fn slot(&self, key: Key) -> Option<&'static Slot> {
        let slot = find(key)?;
        slot.state.read(key.generation(), || slot.owner() == self.owner)?.then_some(slot)
    }

    /// Returns the innermost span of ours that this thread is in.
    #[inline]
    pub(in crate::engine) fn top(&self) -> Option<Entered> {
        thread::with(|thread| thread.stack.top(self.owner))
    }

    /// Returns the innermost one that fits.
    pub(in crate::engine) fn top_where(&self, fits: fn(&Slot) -> bool) -> Option<Entered> {
        thread::with(|thread| thread.stack.top_where(self.owner, fits))
    }

    #[inline]
    pub(in crate::engine) fn step_in(&self, key: Key) {
        let Some(thread) = thread::own() else { return };
        let Some(slot) = thread.find(key) else { return };
        if slot.owner() == self.owner && slot.state.is_open(key.generation()) {
            thread.stack.push(Entered { key, slot });
        }
    }

    #[inline]
    pub(in crate::engine) fn retain(&self, key: Key) {
        if let Some(slot) = self.slot(key) {
            slot.state.retain(key.generation());
        }
    }

    /// Gives a handle back; the last one ends the span. True for the last.
    #[inline]
    pub(in crate::engine) fn release(&self, key: Key) -> bool {
        let Some(slot) = self.slot(key) else { return false };
        slot.state.release(key.generation()) == Release::Last
    }

    /// Returns where an observation in an open span of ours is made, where its trace is sampled.
    pub(in crate::engine) fn witness(&self, Entered { key, slot }: Entered) -> Option<Witness> {
        let flags = slot.flags();
        if flags & flags::SAMPLED == 0 && !ExemplarFilter::AlwaysOn.is_in_force() {
            return None;
        }
        let held = if flags & flags::AMBIENT == 0 { None } else { ambient::held(key, slot) };
        let correlation_id = held.and_then(|held| held.ambient.correlation_id.clone());
        Some(Witness { context: self.context(key)?, correlation_id })
    }

    /// Returns the context of a span of ours as others see it.
    pub(in crate::engine) fn context(&self, key: Key) -> Option<SpanContext> {
        let slot = self.slot(key)?;
        let context = slot.state.read(key.generation(), || slot.context())?;
        let held = if context.flags & flags::TRACE_STATE == 0 { None } else { ambient::held(key, slot) };
        open::visible(&context, held.and_then(|held| held.ambient.tracestate.clone()))
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("owner", &self.owner).finish_non_exhaustive()
    }
}

impl Subscriber for Engine {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level())
    }

    #[inline]
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.open(attributes, 0).id()
    }

    fn record(&self, id: &Id, values: &Values<'_>) {
        self.add(Key::of(id), values);
    }

    fn record_follows_from(&self, id: &Id, follows: &Id) {
        self.link(Key::of(id), Key::of(follows));
    }

    fn event(&self, event: &Event<'_>) {
        self.tell(event);
    }

    #[inline]
    fn enter(&self, id: &Id) {
        self.step_in(Key::of(id));
    }

    #[inline]
    fn exit(&self, id: &Id) {
        thread::leave(Key::of(id));
    }

    #[inline]
    fn clone_span(&self, id: &Id) -> Id {
        self.retain(Key::of(id));
        id.clone()
    }

    #[inline]
    fn try_close(&self, id: Id) -> bool {
        self.close(Key::of(&id))
    }

    fn current_span(&self) -> Current {
        let top = self.top();
        let known = top.and_then(|e| Some(Current::new(e.key.id(), e.slot.metadata()?)));
        known.unwrap_or_else(Current::none)
    }

    // SAFETY: the pointer is to `self` or a field of it, of exactly the type that was asked for, and lives as long.
    #[allow(unsafe_code)] // `Subscriber::downcast_raw` is an unsafe function of the trait
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        self.port.downcast_raw(id, self)
    }
}
