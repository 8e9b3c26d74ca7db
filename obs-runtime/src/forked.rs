//! Whether this process was forked off one that observes: it has a copy of everything but the threads, so that nobody
//! delivers what it records.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::engine::fork;

static CHILD: AtomicBool = AtomicBool::new(false);

/// Spans that ended here and go nowhere.
pub(crate) static LOST_SPANS: AtomicU64 = AtomicU64::new(0);

/// Has every process that this one forks know it.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| fork::in_child(mark));
}

/// Tells whether it is one.
#[inline]
pub(crate) fn is_child() -> bool {
    CHILD.load(Ordering::Relaxed)
}

/// Returns how many spans were lost since this was asked before.
pub(crate) fn take_lost_spans() -> u64 {
    LOST_SPANS.swap(0, Ordering::Relaxed)
}

extern "C" fn mark() {
    CHILD.store(true, Ordering::Relaxed);
    LOST_SPANS.store(0, Ordering::Relaxed); // a parent may be a child
}
