//! The way back of slots that were closed on another thread: many push, the owner takes all.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::super::sync::AtomicU32;

/// Ends every chain of free slots.
pub(crate) const NONE: u32 = u32::MAX;

/// A stack of slots, linked through themselves. Taken as a whole, so that there is no ABA.
#[derive(Debug)]
pub(crate) struct Returned(AtomicU32);

impl Returned {
    pub(crate) fn new() -> Self {
        Returned(AtomicU32::new(NONE))
    }

    /// Puts a slot on it; `next` is that slot's link.
    pub(crate) fn push(&self, slot: u32, next: &AtomicU32) {
        let mut head = self.0.load(Relaxed);
        loop {
            next.store(head, Relaxed);
            match self.0.compare_exchange_weak(head, slot, Release, Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes all of them: the first of a chain that ends at [`NONE`].
    pub(crate) fn take(&self) -> u32 {
        if self.0.load(Relaxed) == NONE {
            return NONE;
        }
        self.0.swap(NONE, Acquire)
    }
}
