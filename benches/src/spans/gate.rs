//! A barrier that spins: a burst lasts microseconds, less than it takes to wake a thread.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};

pub struct Gate {
    threads: usize,
    passed: AtomicUsize,
}

impl Gate {
    pub fn new(threads: usize) -> Self {
        Gate { threads, passed: AtomicUsize::new(0) }
    }

    /// Returns once every thread has called it as often as this one.
    pub fn pass(&self) {
        let ticket = self.passed.fetch_add(1, Ordering::SeqCst);
        let all = (ticket / self.threads + 1) * self.threads;
        let mut spins = 0_u32;
        while self.passed.load(Ordering::SeqCst) < all {
            spins += 1;
            if spins.is_multiple_of(10_000) {
                std::thread::yield_now();
            }
            spin_loop();
        }
    }
}
