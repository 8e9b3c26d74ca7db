//! A thread's shard, adopted by the next thread when it ends.

use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use super::key::Key;
use super::returned::NONE;
use super::shard::Shard;
use super::slot::Slot;

/// The shards of threads that ended.
static ORPHANS: Mutex<Vec<Owned>> = Mutex::new(Vec::new());

/// A shard, and what only its owner knows of it.
#[derive(Clone, Copy, Debug)]
struct Owned {
    shard: &'static Shard,
    /// The first of a chain of free slots.
    free: u32,
    /// The chunks made so far.
    chunks: usize,
}

/// The shard of one thread: slots are taken from it by nobody else.
#[derive(Debug)]
pub(crate) struct Home {
    shard: Option<&'static Shard>,
    free: Cell<u32>,
    chunks: Cell<usize>,
}

impl Home {
    /// Adopts the shard of a thread that ended, or makes one.
    pub(crate) fn adopt() -> Self {
        let orphan = ORPHANS.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let owned = orphan.or_else(|| Some(Owned { shard: Shard::make()?, free: NONE, chunks: 0 }));
        Home {
            shard: owned.map(|o| o.shard),
            free: Cell::new(owned.map_or(NONE, |o| o.free)),
            chunks: Cell::new(owned.map_or(0, |o| o.chunks)),
        }
    }

    /// Takes a free slot and opens it with one handle; `None` where there is no room.
    #[inline]
    pub(crate) fn take(&self) -> Option<(Key, &'static Shard, &'static Slot)> {
        let shard = self.shard?;
        let mut index = self.free.get();
        if index == NONE {
            index = self.refill(shard);
        }
        let slot = shard.slot(index)?;
        self.free.set(slot.next.load(Relaxed));
        Some((Key::new(slot.state.open(), shard.index(), index), shard, slot))
    }

    #[cold]
    fn refill(&self, shard: &Shard) -> u32 {
        let returned = shard.returned.take();
        if returned != NONE {
            return returned;
        }
        let first = shard.grow(self.chunks.get());
        if first != NONE {
            self.chunks.set(self.chunks.get() + 1);
        }
        first
    }

    /// Gives a slot back whose use has ended: to this thread's shard if it is from there, else over its return stack.
    #[inline]
    pub(crate) fn give_back(&self, key: Key, shard: &'static Shard, slot: &Slot) {
        slot.state.retire(key.generation());
        if self.shard.is_some_and(|own| std::ptr::eq(own, shard)) {
            slot.next.store(self.free.get(), Relaxed);
            self.free.set(key.slot());
        } else {
            shard.returned.push(key.slot(), &slot.next);
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
