//! What the rings of one pipeline may hold together, beyond the segment that each has from the start.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that are shared out. Beside the bound of each ring: many threads with full rings would be too much.
pub(crate) struct Pool {
    held: AtomicUsize,
    bound: usize,
}

impl Pool {
    pub(crate) const fn new(bound: usize) -> Self {
        Pool { held: AtomicUsize::new(0), bound }
    }

    /// Takes bytes; false where they are not left.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let before = self.held.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.bound;
        if !fits {
            self.give(bytes);
        }
        fits
    }

    /// Gives bytes back.
    pub(super) fn give(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Tells whether it is time to drain.
    pub(super) fn is_half_empty(&self) -> bool {
        self.held.load(Ordering::Relaxed) > self.bound / 2
    }
}
