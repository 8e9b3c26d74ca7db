//! Whose recorder there is.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed};
use std::thread;

use ::metrics::{Recorder, with_recorder};

/// Ours is that of the process: nobody else is told.
static OURS: AtomicBool = AtomicBool::new(false);

/// The address of the process' recorder, once it is known: it stays where it is. 0 before.
static GLOBAL: AtomicUsize = AtomicUsize::new(0);

/// How often a thread is asked for it: a program that has recorders of its threads alone would ask at every update.
const ASKS: u8 = 8;

/// Says that our recorder was installed.
pub(crate) fn found_own_recorder() {
    OURS.store(true, Relaxed);
}

/// Says that the process has a recorder, and that it is not ours.
pub(crate) fn found_foreign_recorder() {
    ask();
}

#[inline]
pub(super) fn is_ours() -> bool {
    OURS.load(Relaxed)
}

/// Returns the address of the current recorder; `None` where there is none.
///
/// The one that stands for none has no size, and one of no size that was installed was boxed and has no place.
pub(super) fn current() -> Option<usize> {
    with_recorder(|recorder: &dyn Recorder| {
        let address = std::ptr::from_ref(recorder).addr();
        let is_noop = size_of_val(recorder) == 0 && address > align_of_val(recorder);
        (!is_noop).then_some(address)
    })
}

/// Tells whether an address is that of the process' recorder: one of a thread may be gone, and another in its place.
pub(super) fn is_global(address: usize) -> bool {
    static ASKED: AtomicU8 = AtomicU8::new(0);
    match GLOBAL.load(Relaxed) {
        0 if ASKED.fetch_update(Relaxed, Relaxed, |n| (n < ASKS).then_some(n + 1)).is_ok() => {
            ask() == Some(address)
        }
        global => global == address,
    }
}

/// Asks a thread that has no recorder of its own.
fn ask() -> Option<usize> {
    let asked = thread::Builder::new().name("obs-recorder".to_owned()).spawn(current).ok()?;
    let found = asked.join().ok().flatten()?;
    GLOBAL.store(found, Relaxed);
    Some(found)
}
