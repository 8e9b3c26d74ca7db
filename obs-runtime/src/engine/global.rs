//! The engine that is the subscriber of the process, with nobody on top: found by the address of the dispatch.
//!
//! `tracing` keeps the global dispatch in a static, for ever: who is shown that very place needs to ask nothing, and a
//! handle of a span need not keep the subscriber alive.

use std::ptr;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::thread;

use tracing_core::{Dispatch, dispatcher};

use super::subscriber::Engine;

static DISPATCH: AtomicPtr<Dispatch> = AtomicPtr::new(ptr::null_mut());
static ENGINE: AtomicPtr<Engine> = AtomicPtr::new(ptr::null_mut());

/// Returns the engine that is current, if that is the one which was [`announce`]d.
#[inline(always)]
pub(crate) fn engine() -> Option<&'static Engine> {
    if dispatcher::get_default(is_global) { announced() } else { None }
}

/// Tells whether a dispatch is the one whose engine was announced.
#[inline(always)]
pub(crate) fn is_global(dispatch: &Dispatch) -> bool {
    ptr::eq(dispatch, DISPATCH.load(Acquire))
}

/// Returns the engine that was announced.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn announced() -> Option<&'static Engine> {
    // SAFETY: null, or set by `announce` to an engine that is never dropped.
    unsafe { ENGINE.load(Relaxed).as_ref() }
}

/// Returns the global dispatch, if its engine was announced.
#[allow(unsafe_code)]
pub(crate) fn dispatch() -> Option<&'static Dispatch> {
    // SAFETY: null, or set by `announce` to a static of `tracing`'s that is set once.
    unsafe { DISPATCH.load(Acquire).as_ref() }
}

/// Looks for the engine of the global dispatch, after that was set; where there is none, nothing changes.
///
/// On threads of their own, which have no other dispatch than the global one. What two of them are shown at once is in
/// neither's locals. Where none can be started, spans take the way through `tracing`.
pub(crate) fn announce() {
    let _none = elsewhere(|| {
        dispatcher::get_default(|global| {
            let place = ptr::from_ref(global).addr();
            let same =
                elsewhere(move || dispatcher::get_default(|other| ptr::from_ref(other).addr() == place));
            if let (Some(true), Some(engine)) = (same, Engine::alone(global)) {
                ENGINE.store(ptr::from_ref(engine).cast_mut(), Relaxed);
                DISPATCH.store(ptr::from_ref(global).cast_mut(), Release);
            }
        });
    });
}

/// Runs something on a thread of its own.
fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    thread::Builder::new().name("obs".to_owned()).spawn(work).ok()?.join().ok()
}
