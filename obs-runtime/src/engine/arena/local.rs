//! A thread's shard, adopted by the next thread when it ends.

use std::cell::Cell;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use super::key::Key;
use super::shard::{self, Shard};
use super::slot::Slot;

/// The shards of threads that ended.
static ORPHANS: Mutex<Vec<Owned>> = Mutex::new(Vec::new());

/// A shard, and what only its owner knows of it.
#[derive(Clone, Copy, Debug)]
struct Owned {
    shard: &'static Shard,
    /// The first of a chain of free slots.
    free: Option<&'static Slot>,
    /// The chunks made so far.
    chunks: usize,
}

/// The shard of one thread: slots are taken from it by nobody else.
#[derive(Debug)]
pub(crate) struct Home {
    shard: Option<&'static Shard>,
    free: Cell<Option<&'static Slot>>,
    chunks: Cell<usize>,
}

impl Home {
    /// Adopts the shard of a thread that ended, or makes one.
    pub(crate) fn adopt() -> Self {
        let orphan = ORPHANS.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let owned = orphan.or_else(|| Some(Owned { shard: Shard::make()?, free: None, chunks: 0 }));
        Home {
            shard: owned.map(|o| o.shard),
            free: Cell::new(owned.and_then(|o| o.free)),
            chunks: Cell::new(owned.map_or(0, |o| o.chunks)),
        }
    }

    /// Takes a free slot and opens it with one handle; `None` where there is no room.
    #[inline]
    pub(crate) fn take(&self) -> Option<(Key, &'static Slot)> {
        let slot = match self.free.get() {
            Some(slot) => slot,
            None => self.refill()?,
        };
        self.free.set(slot.linked());
        Some((slot.open(), slot))
    }

    #[cold]
    fn refill(&self) -> Option<&'static Slot> {
        let shard = self.shard?;
        Slot::take_off(&shard.returned).or_else(|| {
            let made = self.chunks.get();
            let Some(first) = shard.grow(made) else { return self.free.get() };
            self.chunks.set(made + 1);
            Some(first)
        })
    }

    /// Counts a span that starts on this thread.
    #[inline(always)]
    pub(crate) fn started(&self) {
        self.count(|shard| &shard.started);
    }

    /// Counts a span that ends on this thread.
    #[inline(always)]
    pub(crate) fn ended(&self) {
        self.count(|shard| &shard.ended);
    }

    /// Counts in the thread's own shard, where nobody else writes.
    #[inline(always)]
    fn count(&self, cell: impl FnOnce(&Shard) -> &AtomicU64) {
        if let Some(shard) = self.shard {
            let cell = cell(shard);
            cell.store(cell.load(Relaxed) + 1, Relaxed);
        }
    }

    /// Gives a slot back whose use has ended: to this thread's shard if it is from there, else over its return stack.
    #[inline]
    pub(crate) fn give_back(&self, key: Key, slot: &'static Slot) {
        slot.state.retire(key.generation());
        if self.shard.is_some_and(|own| own.index() == slot.shard()) {
            slot.link(self.free.get());
            self.free.set(Some(slot));
        } else if let Some(shard) = shard::shard(slot.shard()) {
            slot.put_on(&shard.returned);
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(shard) = self.shard {
            let owned = Owned { shard, free: self.free.get(), chunks: self.chunks.get() };
            ORPHANS.lock().unwrap_or_else(PoisonError::into_inner).push(owned);
        }
    }
}
