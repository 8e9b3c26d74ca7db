//! What the engine keeps for each thread.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Weak};

use super::arena::{self, Home, Key, Shard, Slot};
use super::collector::Collector;
use super::ring::Producer;
use super::stack::Stack;
use super::wire::Kind;

thread_local! {
    static THREAD: Thread = Thread::new();
}

/// One thread's slots, the spans it is in, and its ways to the collectors.
pub(crate) struct Thread {
    pub(crate) home: Home,
    pub(crate) stack: Stack,
    rings: RefCell<Vec<Ring>>,
    /// The slot that was used last: most spans are entered after they were opened, and closed after they were left.
    recent: Cell<Option<Found>>,
    /// A buffer that is lent: who finds it lent out gets a new one.
    buffer: Cell<Vec<u8>>,
}

/// A key, and where it leads.
type Found = (Key, &'static Shard, &'static Slot);

/// A way to one collector.
struct Ring {
    owner: u32,
    collector: Weak<Collector>,
    producer: Producer,
}

/// The bytes that a lent buffer may keep.
const KEPT: usize = 4096;

/// Calls `work` with what the current thread has. A thread whose locals are gone borrows an arena for the call, and is in
/// no span.
#[inline(always)]
pub(crate) fn with<R>(work: impl Fn(&Thread) -> R) -> R {
    match THREAD.try_with(&work) {
        Ok(done) => done,
        Err(_) => without(work),
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
            recent: Cell::new(None),
            buffer: Cell::default(),
        }
    }

    /// Finds the slot that a key names, and its shard.
    #[inline]
    pub(crate) fn find(&self, key: Key) -> Option<(&'static Shard, &'static Slot)> {
        if let Some((known, shard, slot)) = self.recent.get()
            && known == key
        {
            return Some((shard, slot));
        }
        let (shard, slot) = arena::find(key)?;
        self.recent.set(Some((key, shard, slot)));
        Some((shard, slot))
    }

    /// Takes a free slot, as [`Home::take`].
    #[inline]
    pub(crate) fn take(&self) -> Option<(Key, &'static Slot)> {
        let (key, shard, slot) = self.home.take()?;
        self.recent.set(Some((key, shard, slot)));
        Some((key, slot))
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

    /// Lends the thread's buffer, which is empty.
    #[inline]
    pub(crate) fn lend<R>(&self, work: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        let mut buffer = self.buffer.take();
        let done = work(&mut buffer);
        if buffer.capacity() > 0 {
            buffer.clear();
            buffer.shrink_to(KEPT);
            self.buffer.set(buffer);
        }
        done
    }
}

/// Opens a ring, in the place of those whose collectors are gone.
#[cold]
fn open(rings: &mut Vec<Ring>, owner: u32, collector: &Arc<Collector>) -> usize {
    rings.retain(|ring| ring.collector.strong_count() > 0);
    rings.push(Ring { owner, collector: Arc::downgrade(collector), producer: collector.producer() });
    rings.len() - 1
}
