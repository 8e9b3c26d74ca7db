//! Counts heap allocations of one thread, and their bytes. Shared by the fuzz targets and the ordinary tests.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    static MADE: Cell<Made> = const { Cell::new(Made { count: 0, bytes: 0 }) };
}

/// Allocations, and what they came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) count: usize,
    pub(crate) bytes: usize,
}

fn count(bytes: usize) {
    // The last ones of a thread may come after its locals.
    let _is_counted = MADE.try_with(|made| {
        let Made { count, bytes: before } = made.get();
        made.set(Made { count: count + 1, bytes: before + bytes });
    });
}

// SAFETY: everything is the system's allocator's; counting changes nothing, and does not allocate.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(place, layout) }
    }
}

/// Returns what `f` does, and what this thread allocated or grew meanwhile.
pub(crate) fn counted<R>(f: impl FnOnce() -> R) -> (R, Made) {
    let before = MADE.get();
    let result = f();
    let after = MADE.get();
    (result, Made { count: after.count - before.count, bytes: after.bytes - before.bytes })
}
