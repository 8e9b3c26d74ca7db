//! A program's allocator that makes spans, in a process of its own: it may be called wherever memory is needed.

#![allow(clippy::unwrap_used, missing_docs)] // a test fails by panicking, and its name says what holds

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use obs::testing::Memory;

/// What takes as long is a deadlock.
const FOR_EVER: Duration = Duration::from_secs(60);

const DEEP: u64 = 2_000;

thread_local! {
    static TALKS: Cell<bool> = const { Cell::new(false) };
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

#[obs::traced]
fn nested(depth: u64) {
    if depth > 1 {
        nested(depth - 1);
    }
}

#[obs::traced]
fn work(depth: u64) {
    if depth > 1 {
        work(depth - 1);
    }
}

/// Makes more spans than there is room for, where this thread is asked to; who answers itself never ends.
fn talk() {
    if TALKS.replace(false) {
        CALLS.set(CALLS.get() + 1);
        nested(100);
        TALKS.set(true);
    }
}

struct Talking;

#[global_allocator]
static TALKING: Talking = Talking;

// SAFETY: everything is the system's allocator's; what is done besides does not come back here for more of it.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Talking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        talk();
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        talk();
        // SAFETY: the caller's promise.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[test]
fn an_allocator_may_make_spans_wherever_memory_is_needed() {
    let memory = Memory::default();
    let guard = obs::builder().admin_off().log("off").exporter(memory.clone()).init().unwrap();
    nested(1);
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        work(1);
        TALKS.set(true);
        work(DEEP);
        TALKS.set(false);
        done.send(CALLS.get()).unwrap();
    });
    assert!(wait.recv_timeout(FOR_EVER).unwrap() > 10, "it was hardly called");
    guard.flush(FOR_EVER).unwrap();

    // One below the other: nothing of what was entered is forgotten.
    let spans = memory.spans();
    let work: Vec<_> = spans.iter().filter(|span| span.name == "work").collect();
    assert_eq!(work.len() as u64, DEEP + 1);
    let outermost = work.last().unwrap();
    assert!(outermost.parent.is_none());
    let mut pairs = work.iter().skip(1).zip(work.iter().skip(2));
    let chained = pairs.all(|(inner, outer)| inner.parent == Some(outer.context.span_id));
    assert!(chained, "a call is not below its caller");
}
