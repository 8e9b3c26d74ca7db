//! The way back of slots that were closed on another thread: many push, the owner takes all.

use std::ptr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::super::sync::AtomicPtr;

/// A stack of things that are linked through themselves, and live for ever. Taken as a whole, so that there is no ABA.
#[derive(Debug)]
pub(crate) struct Returned<T>(AtomicPtr<T>);

impl<T> Returned<T> {
    pub(crate) fn new() -> Self {
        Returned(AtomicPtr::new(ptr::null_mut()))
    }

    /// Puts something on it; `next` is its link.
    pub(crate) fn push(&self, item: *mut T, next: &AtomicPtr<T>) {
        let mut head = self.0.load(Relaxed);
        loop {
            next.store(head, Relaxed);
            match self.0.compare_exchange_weak(head, item, Release, Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes all of it: the first of a chain that ends at null.
    pub(crate) fn take(&self) -> *mut T {
        if self.0.load(Relaxed).is_null() {
            return ptr::null_mut();
        }
        self.0.swap(ptr::null_mut(), Acquire)
    }
}
