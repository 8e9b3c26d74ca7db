//! A number that belongs to one use of a slot.

use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use super::super::sync::AtomicU64;

/// The generation in the upper half, the number in the lower. Who counts for another generation changes nothing.
#[derive(Debug)]
pub(super) struct Counted(AtomicU64);

const fn pack(generation: u32, number: u32) -> u64 {
    (generation as u64) << 32 | number as u64
}

impl Counted {
    pub(super) fn new() -> Self {
        Counted(AtomicU64::new(0))
    }

    /// Begins to count for a generation.
    #[inline]
    pub(super) fn begin(&self, generation: u32, number: u32) {
        self.0.store(pack(generation, number), Relaxed);
    }

    /// Returns the number, whichever generation's it is.
    #[inline]
    pub(super) fn get(&self) -> u32 {
        self.0.load(Relaxed) as u32
    }

    /// Adds one; false for another generation.
    pub(super) fn add(&self, generation: u32) -> bool {
        self.change(generation, |number| number.checked_add(1)).is_some()
    }

    /// Adds one, unless the number is 0.
    pub(super) fn add_to_some(&self, generation: u32) -> bool {
        self.change(generation, |number| number.checked_add(1).filter(|_| number > 0)).is_some()
    }

    /// Takes one, and returns what is left; `None` for another generation, and at 0.
    pub(super) fn take(&self, generation: u32) -> Option<u32> {
        self.change(generation, |number| number.checked_sub(1))
    }

    fn change(&self, generation: u32, next: impl Fn(u32) -> Option<u32>) -> Option<u32> {
        let mut now = self.0.load(Relaxed);
        while now >> 32 == u64::from(generation) {
            let number = next(now as u32)?;
            match self.0.compare_exchange_weak(now, pack(generation, number), AcqRel, Relaxed) {
                Ok(_) => return Some(number),
                Err(other) => now = other,
            }
        }
        None
    }
}
