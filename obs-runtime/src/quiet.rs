//! Threads of our own: what happens on them is not observed.
//!
//! A mark, and not a subscriber of theirs that wants nothing: `tracing` would then ask at every span of the process.

use std::cell::Cell;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Marks the current thread, for good.
pub(crate) fn hush() {
    let _gone = QUIET.try_with(|quiet| quiet.set(true));
}

/// Tells whether the current thread is one of ours.
#[inline]
pub(crate) fn is_hushed() -> bool {
    QUIET.try_with(Cell::get).unwrap_or(false)
}
