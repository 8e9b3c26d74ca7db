//! Which use of a slot is alive, and how many handles of it there are.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release as Publish};

use super::super::sync::{AtomicU64, fence};

/// Generations are counted modulo 2 to this: an id has no room for more.
pub(crate) const GENERATION_BITS: u32 = 26;

/// The generation in the upper half, the handles in the lower. A slot without handles is free, or about to be.
#[derive(Debug)]
pub(crate) struct State(AtomicU64);

/// What became of a handle that was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// It belongs to no open span.
    Stale,
    /// Others are left.
    Kept,
    /// It was the last: whoever is told so ends the span and calls [`State::retire`].
    Last,
}

const fn pack(generation: u32, handles: u32) -> u64 {
    (generation as u64) << 32 | handles as u64
}

const fn generation(state: u64) -> u32 {
    (state >> 32) as u32
}

const fn handles(state: u64) -> u32 {
    state as u32
}

impl State {
    pub(crate) fn new() -> Self {
        State(AtomicU64::new(pack(0, 0)))
    }

    /// Begins a use with one handle, and returns its generation. Only for the owner of a free slot.
    ///
    /// What is written to the slot afterwards cannot be seen by a [`read`](State::read) of an earlier generation.
    #[inline]
    pub(crate) fn open(&self) -> u32 {
        let generation = generation(self.0.load(Relaxed));
        // Handed to other threads by whoever hands them the id.
        self.0.store(pack(generation, 1), Relaxed);
        fence(Publish);
        generation
    }

    /// Tells whether the use has handles left.
    #[inline]
    pub(crate) fn is_open(&self, of: u32) -> bool {
        let state = self.0.load(Acquire);
        generation(state) == of && handles(state) > 0
    }

    /// Reads what belongs to one use: `None` if it ended before, or while reading.
    #[inline]
    pub(crate) fn read<T>(&self, of: u32, read: impl FnOnce() -> T) -> Option<T> {
        if generation(self.0.load(Acquire)) != of {
            return None;
        }
        let value = read();
        self.is_still(of).then_some(value)
    }

    /// Adds a handle; false if the use has ended.
    #[inline]
    pub(crate) fn retain(&self, of: u32) -> bool {
        let mut state = self.0.load(Relaxed);
        loop {
            if generation(state) != of || handles(state) == 0 || handles(state) == u32::MAX {
                return false;
            }
            match self.0.compare_exchange_weak(state, state + 1, Relaxed, Relaxed) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
    }

    /// Gives the handle back if it is the only one left; false if there are others, or the use has ended.
    #[inline(always)]
    pub(crate) fn release_only(&self, of: u32) -> bool {
        let is_only = self.0.load(Acquire) == pack(of, 1);
        if is_only {
            self.0.store(pack(of, 0), Relaxed);
        }
        is_only
    }

    /// Gives a handle back. The only one left needs no read-modify-write: nobody else has one to copy or give back.
    #[inline]
    pub(crate) fn release(&self, of: u32) -> Release {
        let mut state = self.0.load(Acquire);
        loop {
            if generation(state) != of || handles(state) == 0 {
                return Release::Stale;
            }
            if handles(state) == 1 {
                self.0.store(pack(of, 0), Relaxed);
                return Release::Last;
            }
            match self.0.compare_exchange_weak(state, state - 1, AcqRel, Acquire) {
                Ok(_) => return Release::Kept,
                Err(now) => state = now,
            }
        }
    }

    /// Tells whether the use goes on, for who has read what belongs to it.
    #[inline(always)]
    pub(crate) fn is_still(&self, of: u32) -> bool {
        // Pairs with the one in `open`: who saw what a later use wrote sees its generation as well.
        fence(Acquire);
        generation(self.0.load(Relaxed)) == of
    }

    /// Ends the use, after the last handle was given back: from here on its ids find nothing.
    #[inline]
    pub(crate) fn retire(&self, of: u32) {
        self.0.store(pack(of.wrapping_add(1) & ((1 << GENERATION_BITS) - 1), 0), Publish);
    }
}
