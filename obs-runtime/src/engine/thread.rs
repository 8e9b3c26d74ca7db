//! What the engine keeps for each thread.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::ptr;
use std::sync::{Arc, Once, Weak};

use super::arena::{self, Home, Key, Slot};
use super::collector::Collector;
use super::fork;
use super::ring::Producer;
use super::stack::{Entered, Stack};
use super::wire::Kind;
use crate::forked;

thread_local! {
    static THREAD: Thread = Thread::new();
    /// Whether it has a ring: who asks in a forked process must not make anything.
    static HAS_RING: Cell<bool> = const { Cell::new(false) };
}

/// One thread's slots, the spans it is in, and its ways to the collectors.
pub(crate) struct Thread {
    pub(crate) home: Home,
    pub(crate) stack: Stack,
    rings: RefCell<Vec<Ring>>,
    /// The slot that was used last: most spans are entered after they were opened, and closed after they were left.
    /// Apart: a pair is read in one piece, which would wait for the two that were written.
    recent_key: Cell<u64>,
    recent: Cell<Option<&'static Slot>>,
    /// A buffer to lend, for fields that do not fit elsewhere.
    pub(crate) buffer: Cell<Vec<u8>>,
}

/// A way to one collector.
struct Ring {
    owner: u32,
    collector: Weak<Collector>,
    producer: Producer,
}

/// Calls `work` with what the current thread has. A thread whose locals are gone borrows an arena for the call, and is in
/// no span.
#[inline(always)]
pub(crate) fn with<R>(work: impl Fn(&Thread) -> R) -> R {
    match THREAD.try_with(&work) {
        Ok(done) => done,
        Err(_) => without(work),
    }
}

/// What the current thread has, as [`own`] gives it: to be used on the spot, and not to be kept.
pub(crate) struct Own(*const Thread);

/// Returns what the current thread has; `None` where that is gone.
///
/// For what must be fast: a closure for [`with`] would be a function of its own, which is given everything in memory.
#[inline(always)]
pub(crate) fn own() -> Option<Own> {
    THREAD.try_with(ptr::from_ref).ok().map(Own)
}

/// Enters an open span. A thread whose locals are gone is in no span.
#[inline]
pub(crate) fn enter(key: Key, slot: &'static Slot) {
    if let Some(thread) = own() {
        thread.stack.push(Entered { key, slot });
    }
}

/// Leaves a span.
#[inline]
pub(crate) fn leave(key: Key) {
    if let Some(thread) = own() {
        thread.stack.pop(key);
    }
}

impl Deref for Own {
    type Target = Thread;

    #[inline(always)]
    #[allow(unsafe_code)]
    fn deref(&self) -> &Thread {
        // SAFETY: a pointer stays on its thread, and that drops its locals when all that it was to run has returned.
        unsafe { &*self.0 }
    }
}

#[cold]
#[inline(never)]
fn without<R>(work: impl Fn(&Thread) -> R) -> R {
    work(&Thread::new())
}

impl Thread {
    fn new() -> Self {
        Thread {
            home: Home::adopt(),
            stack: Stack::default(),
            rings: RefCell::default(),
            recent_key: Cell::new(0),
            recent: Cell::new(None),
            buffer: Cell::default(),
        }
    }

    /// Finds the slot that a key names.
    #[inline]
    pub(crate) fn find(&self, key: Key) -> Option<&'static Slot> {
        if self.recent_key.get() == key.get() {
            return self.recent.get();
        }
        let slot = arena::find(key)?;
        self.remember(key, slot);
        Some(slot)
    }

    /// Takes a free slot, as [`Home::take`].
    #[inline]
    pub(crate) fn take(&self) -> Option<(Key, &'static Slot)> {
        let (key, slot) = self.home.take()?;
        self.remember(key, slot);
        Some((key, slot))
    }

    #[inline]
    fn remember(&self, key: Key, slot: &'static Slot) {
        self.recent_key.set(key.get());
        self.recent.set(Some(slot));
    }

    /// Pushes a record to a subscriber's collector; false where it was lost, and counted.
    #[inline]
    pub(crate) fn push(
        &self,
        owner: u32,
        collector: &Arc<Collector>,
        (kind, len): (Kind, usize),
        write: impl FnOnce(&mut [u8]),
    ) -> bool {
        // Nothing that is called inside records anything.
        let Ok(mut rings) = self.rings.try_borrow_mut() else { return false };
        let ring = match rings.iter().position(|r| r.owner == owner) {
            Some(at) => at,
            None => open(&mut rings, owner, collector),
        };
        rings.get_mut(ring).is_some_and(|ring| ring.producer.push(kind, len, write))
    }
}

/// Opens a ring, in the place of those whose collectors are gone.
#[cold]
fn open(rings: &mut Vec<Ring>, owner: u32, collector: &Arc<Collector>) -> usize {
    rings.retain(|ring| ring.collector.strong_count() > 0);
    let producer = if forked::is_child() { collector.severed() } else { collector.producer() };
    rings.push(Ring { owner, collector: Arc::downgrade(collector), producer });
    if !HAS_RING.replace(true) {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            forked::watch();
            fork::in_child(sever);
        });
    }
    rings.len() - 1
}

/// Cuts the rings of the thread that a forked process has: nobody reads them there, and the lock that a full one would
/// wait for may be held by a thread that is gone.
extern "C" fn sever() {
    if !HAS_RING.get() {
        return;
    }
    let _thread_ends = THREAD.try_with(|thread| {
        if let Ok(mut rings) = thread.rings.try_borrow_mut() {
            rings.iter_mut().for_each(|ring| ring.producer.sever(&forked::LOST_SPANS));
        }
    });
}
