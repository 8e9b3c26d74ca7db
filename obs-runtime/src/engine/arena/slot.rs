//! What is kept of one open span.

use std::ptr;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing_core::Metadata;

use super::super::sync::{AtomicPtr, AtomicU32, AtomicU64};
use super::cell::Static;
use super::counted::Counted;
use super::extra::Extra;
use super::key::{Key, Place};
use super::returned::Returned;
use super::state::State;
use crate::callsite::Callsite;
use crate::engine::wire::flags::AMBIENT;

/// Words of fields that a slot holds itself; what is longer goes to its [`Extra`].
pub(crate) const INLINE: usize = 12;

/// What travels from a span to its children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) trace: u128,
    pub(crate) span: u64,
    /// The span at which the trace entered this process, or this service.
    pub(crate) local_root: u64,
    /// The sampling threshold of the trace, where one is known; see `engine/wire.rs`.
    pub(crate) threshold: u64,
    /// The slot that holds what goes along, where the flags say that something does.
    pub(crate) ambient: u64,
    pub(crate) flags: u16,
    pub(crate) service: u16,
    /// The subscriber that made it.
    pub(crate) owner: u32,
}

/// One slot, on cache lines of its own.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Slot {
    pub(crate) state: State,
    /// Which slot it is.
    place: Place,
    /// The next slot of a chain of free ones, in the same shard.
    next: AtomicPtr<Slot>,
    /// Words used of `inline`.
    length: AtomicU32,
    /// Owner in the upper half, then service, then flags.
    word: AtomicU64,
    trace: [AtomicU64; 2],
    span: AtomicU64,
    local_root: AtomicU64,
    threshold: AtomicU64,
    ambient: AtomicU64,
    parent: AtomicU64,
    start: AtomicU64,
    metadata: Static<Metadata<'static>>,
    callsite: Static<Callsite>,
    events: Counted,
    /// Those of them that were dropped.
    dropped_events: Counted,
    /// How the call ended, as the index of an `Outcome` plus one.
    outcome: AtomicU8,
    /// The id under which layers of others keep things with the span; see `engine/shadow`.
    pub(crate) shadow: AtomicU64,
    /// The nearest span above that such a layer wanted.
    shadow_above: AtomicU64,
    /// Who keeps the span from those layers' `on_close`: its handles, as one, and its children.
    shadow_holds: Counted,
    inline: [AtomicU64; INLINE],
    extra: Mutex<Option<Box<Extra>>>,
}

impl Slot {
    pub(super) fn new(place: Place) -> Self {
        let word = || AtomicU64::new(0);
        Slot {
            state: State::new(),
            place,
            next: AtomicPtr::new(ptr::null_mut()),
            length: AtomicU32::new(0),
            word: word(),
            trace: [word(), word()],
            span: word(),
            local_root: word(),
            threshold: word(),
            ambient: word(),
            parent: word(),
            start: word(),
            metadata: Static::none(),
            callsite: Static::none(),
            events: Counted::new(),
            dropped_events: Counted::new(),
            outcome: AtomicU8::new(0),
            shadow: word(),
            shadow_above: word(),
            shadow_holds: Counted::new(),
            inline: [const { AtomicU64::new(0) }; INLINE],
            extra: Mutex::new(None),
        }
    }

    /// Returns the index of its shard.
    #[inline]
    pub(super) fn shard(&self) -> u16 {
        self.place.shard()
    }

    /// Begins a use of it with one handle. Only for the owner of a free slot.
    #[inline]
    pub(super) fn open(&self) -> Key {
        Key::new(self.state.open(), self.place)
    }

    /// Says which slot follows in a chain of free ones.
    #[inline]
    pub(super) fn link(&self, next: Option<&'static Slot>) {
        self.next.store(next.map_or(ptr::null_mut(), |next| ptr::from_ref(next).cast_mut()), Relaxed);
    }

    /// Returns the slot that follows in a chain of free ones.
    #[inline]
    pub(super) fn linked(&self) -> Option<&'static Slot> {
        at(self.next.load(Relaxed))
    }

    /// Puts the slot, which another thread closed, on its shard's stack.
    pub(super) fn put_on(&'static self, returned: &Returned<Slot>) {
        returned.push(ptr::from_ref(self).cast_mut(), &self.next);
    }

    /// Takes all slots off their shard's stack, as a chain.
    pub(super) fn take_off(returned: &Returned<Slot>) -> Option<&'static Slot> {
        at(returned.take())
    }

    /// Writes what every span has; only between [`State::open`] and giving the id away.
    #[inline]
    pub(crate) fn fill(&self, context: &Context, metadata: &'static Metadata<'static>) {
        self.word.store(pack(context.owner, context.service, context.flags), Relaxed);
        self.trace[0].store((context.trace >> 64) as u64, Relaxed);
        self.trace[1].store(context.trace as u64, Relaxed);
        self.span.store(context.span, Relaxed);
        self.local_root.store(context.local_root, Relaxed);
        self.threshold.store(context.threshold, Relaxed);
        self.ambient.store(context.ambient, Relaxed);
        self.metadata.set(Some(metadata));
    }

    /// Writes what a slot has that is none of a span; at the same time.
    pub(crate) fn fill_holder(&self, owner: u32, flags: u16) {
        self.word.store(pack(owner, 0, flags), Relaxed);
    }

    /// Writes which span has the part of one without a record, in the place of its parent; at the same time.
    pub(crate) fn show(&self, shown: Option<Key>) {
        self.parent.store(shown.map_or(0, Key::get), Relaxed);
    }

    /// Returns that span.
    pub(crate) fn shown(&self) -> Option<Key> {
        Key::from_u64(self.parent.load(Relaxed))
    }

    /// Writes what a child takes from the span above it, which was found open, and returns that span's id; at the same
    /// time. `None` if that has ended meanwhile.
    #[inline(always)]
    pub(crate) fn inherit(
        &self,
        (above, of): (&Slot, u32),
        span: u64,
        (service, flags): (u16, u16),
        metadata: &'static Metadata<'static>,
    ) -> Option<u64> {
        self.trace[0].store(above.trace[0].load(Relaxed), Relaxed);
        self.trace[1].store(above.trace[1].load(Relaxed), Relaxed);
        self.local_root.store(above.local_root.load(Relaxed), Relaxed);
        self.threshold.store(above.threshold.load(Relaxed), Relaxed);
        if flags & AMBIENT != 0 {
            self.ambient.store(above.ambient.load(Relaxed), Relaxed);
        }
        self.word.store(pack(above.owner(), service, flags), Relaxed);
        self.span.store(span, Relaxed);
        self.metadata.set(Some(metadata));
        let parent = above.span.load(Relaxed);
        above.state.is_still(of).then_some(parent)
    }

    /// Writes what spans have beyond that whose record will be wanted; at the same time.
    #[inline]
    pub(crate) fn fill_recording(&self, generation: u32, parent: u64, callsite: Option<&'static Callsite>) {
        self.parent.store(parent, Relaxed);
        self.callsite.set(callsite);
        self.events.begin(generation, 0);
        self.dropped_events.begin(generation, 0);
        self.outcome.store(0, Relaxed);
    }

    /// Reads the context; only meaningful inside [`State::read`], or with a handle.
    #[inline]
    pub(crate) fn context(&self) -> Context {
        let word = self.word.load(Relaxed);
        Context {
            trace: u128::from(self.trace[0].load(Relaxed)) << 64 | u128::from(self.trace[1].load(Relaxed)),
            span: self.span.load(Relaxed),
            local_root: self.local_root.load(Relaxed),
            threshold: self.threshold.load(Relaxed),
            ambient: self.ambient.load(Relaxed),
            flags: word as u16,
            service: (word >> 16) as u16,
            owner: (word >> 32) as u32,
        }
    }

    /// Returns owner, service and flags, from the highest bits to the lowest.
    #[inline]
    pub(crate) fn word(&self) -> u64 {
        self.word.load(Relaxed)
    }

    /// Returns the trace's id, the upper half first.
    #[inline]
    pub(crate) fn trace(&self) -> [u64; 2] {
        self.trace.each_ref().map(|half| half.load(Relaxed))
    }

    #[inline]
    pub(crate) fn span(&self) -> u64 {
        self.span.load(Relaxed)
    }

    #[inline]
    pub(crate) fn local_root(&self) -> u64 {
        self.local_root.load(Relaxed)
    }

    /// Returns the slot that holds what goes along, for one whose flags say that something does.
    #[inline]
    pub(crate) fn ambient(&self) -> u64 {
        self.ambient.load(Relaxed)
    }

    #[inline]
    pub(crate) fn threshold(&self) -> u64 {
        self.threshold.load(Relaxed)
    }

    #[inline]
    pub(crate) fn flags(&self) -> u16 {
        self.word.load(Relaxed) as u16
    }

    #[inline]
    pub(crate) fn owner(&self) -> u32 {
        (self.word.load(Relaxed) >> 32) as u32
    }

    #[inline]
    pub(crate) fn service(&self) -> u16 {
        (self.word.load(Relaxed) >> 16) as u16
    }

    /// Sets flags, which are never unset.
    pub(crate) fn add_flags(&self, flags: u16) {
        self.word.fetch_or(u64::from(flags), Relaxed);
    }

    #[inline]
    pub(crate) fn parent(&self) -> u64 {
        self.parent.load(Relaxed)
    }

    #[inline]
    pub(crate) fn start(&self) -> u64 {
        self.start.load(Relaxed)
    }

    #[inline]
    pub(crate) fn set_start(&self, tick: u64) {
        self.start.store(tick, Relaxed);
    }

    #[inline]
    pub(crate) fn metadata(&self) -> Option<&'static Metadata<'static>> {
        self.metadata.get()
    }

    #[inline]
    pub(crate) fn callsite(&self) -> Option<&'static Callsite> {
        self.callsite.get()
    }

    #[inline]
    pub(crate) fn outcome(&self) -> u8 {
        self.outcome.load(Relaxed)
    }

    #[inline]
    pub(crate) fn set_outcome(&self, outcome: u8) {
        self.outcome.store(outcome, Relaxed);
    }

    /// Counts an event of one use, and tells whether it is among the first `most`.
    pub(crate) fn count_event(&self, generation: u32, most: u32) -> bool {
        let kept = self.events.get().saturating_sub(self.dropped_events.get());
        self.events.add(generation) && (kept < most || !self.dropped_events.add(generation))
    }

    /// Says that an event that was counted did not get through.
    pub(crate) fn drop_event(&self, generation: u32) {
        self.dropped_events.add(generation);
    }

    /// Returns how many events are on their way, and how many were dropped.
    #[inline]
    pub(crate) fn events(&self) -> (u32, u32) {
        let (all, dropped) = (self.events.get(), self.dropped_events.get());
        (all.saturating_sub(dropped), dropped)
    }

    /// Copies fields into the slot: as many words as it holds.
    #[inline]
    pub(crate) fn write_inline(&self, words: &[u64]) {
        for (to, word) in self.inline.iter().zip(words) {
            to.store(*word, Relaxed);
        }
        self.length.store(words.len().min(INLINE) as u32, Relaxed);
    }

    /// Returns how many bytes of fields the slot itself holds.
    #[inline]
    pub(crate) fn inline_len(&self) -> usize {
        (self.length.load(Relaxed) as usize).min(INLINE) * size_of::<u64>()
    }

    /// Copies the slot's own fields out; `out` is [`inline_len`](Slot::inline_len) long.
    #[inline]
    pub(crate) fn read_inline(&self, out: &mut [u8]) {
        for (to, word) in out.as_chunks_mut().0.iter_mut().zip(&self.inline) {
            *to = word.load(Relaxed).to_le_bytes();
        }
    }

    /// Works on what few spans have, if this use is still open or about to end.
    ///
    /// No code of the user's may run inside.
    pub(crate) fn with_extra<T>(&self, generation: u32, work: impl FnOnce(&mut Extra) -> T) -> Option<T> {
        let mut extra = self.lock();
        self.state.read(generation, || ())?;
        let extra = extra.get_or_insert_default();
        if extra.generation != Some(generation) {
            extra.reset();
            extra.generation = Some(generation);
        }
        Some(work(extra))
    }

    /// Forgets what few spans have; for spans that have it, before they end.
    pub(crate) fn clear_extra(&self) {
        let ambient = {
            let mut extra = self.lock();
            extra.as_mut().and_then(|e| e.reset())
        };
        drop(ambient);
    }

    /// Begins to be seen by layers of others. `held` is a span that the caller holds for this one.
    pub(crate) fn begin_shadow(&self, generation: u32, held: Option<Key>) {
        self.pass_shadow(held);
        self.shadow_holds.begin(generation, 1);
    }

    /// Says which span layers of others see in the place of this one.
    pub(crate) fn pass_shadow(&self, above: Option<Key>) {
        self.shadow_above.store(above.map_or(0, Key::get), Relaxed);
    }

    /// Returns the nearest span above that layers of others see.
    pub(crate) fn shadow_parent(&self) -> Option<Key> {
        Key::from_u64(self.shadow_above.load(Relaxed))
    }

    /// Keeps the span from being closed for layers of others.
    pub(crate) fn hold_shadow(&self, generation: u32) -> bool {
        self.shadow_holds.add_to_some(generation)
    }

    /// Lets go of it; true for the last to do so.
    pub(crate) fn drop_shadow(&self, generation: u32) -> bool {
        self.shadow_holds.take(generation) == Some(0)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<Extra>>> {
        self.extra.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the slot that a link leads to.
#[inline]
#[allow(unsafe_code)]
fn at(link: *mut Slot) -> Option<&'static Slot> {
    // SAFETY: null, or made of a `&'static Slot` by `link` or `put_on`, and never written through.
    unsafe { link.as_ref() }
}

const fn pack(owner: u32, service: u16, flags: u16) -> u64 {
    (owner as u64) << 32 | (service as u64) << 16 | flags as u64
}
