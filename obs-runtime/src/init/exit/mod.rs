//! What is left is delivered however the process ends: the guard is dropped, or forgotten, the program calls
//! `process::exit`, panics where that aborts, or is told to end by a signal.
//!
//! A process that is killed, calls `_exit` or `abort`, or runs into a fault loses what was not delivered.

mod ending;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod system;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::InitError;
use super::guard::Running;
use crate::{forked, quiet};

pub(super) use ending::Ending;

/// The time that an end may take beyond the shutdown timeout.
pub(super) const GRACE: Duration = Duration::from_millis(500);

/// What runs, until the guard was dropped.
static RUNNING: Mutex<Option<Arc<Running>>> = Mutex::new(None);

fn running() -> MutexGuard<'static, Option<Arc<Running>>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has what is left delivered when the process ends and the guard was not dropped.
pub(super) fn watch(started: &Arc<Running>, on_signals: bool) -> Result<(), InitError> {
    forked::watch();
    *running() = Some(Arc::clone(started));
    #[cfg(unix)]
    {
        system::at_exit(left);
        if on_signals {
            signals::watch(started).map_err(InitError::Signals)?;
        }
    }
    #[cfg(not(unix))]
    let _there_are_none = on_signals;
    if cfg!(panic = "abort") {
        before_abort();
    }
    Ok(())
}

/// Says that the end is near. Returns how long to go on.
pub(super) fn begin_shutdown() -> Duration {
    if forked::is_child() {
        return Duration::ZERO; // the locks are the parent's
    }
    let running = running().clone();
    running.map_or(Duration::ZERO, |running| running.leave())
}

/// Lets go: the guard was dropped, and nothing is left.
pub(super) fn forget() {
    *running() = None;
    #[cfg(unix)]
    signals::forget();
}

/// Called by the C library when the process exits: the guard was forgotten, or the program called `process::exit`.
#[cfg(unix)]
extern "C" fn left() {
    // A panic must not leave a function of C's.
    let _nobody_hears_of_it = catch_unwind(deliver);
}

/// Delivers what is left before a panic aborts the process; the hook that was there is called first.
///
/// A panic that can be caught is none of it: the guard is dropped while the thread unwinds.
fn before_abort() {
    if thread::panicking() {
        return; // hooks cannot be changed now
    }
    let former = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        former(info);
        deliver();
    }));
}

/// Delivers what is left, on a thread of its own: the one that ends the process may have no locals any more, or be in the
/// middle of something.
fn deliver() {
    if forked::is_child() {
        return; // it is the parent's, and so are the locks
    }
    let Some(running) = running().clone() else { return };
    let done = Arc::new((Mutex::new(false), Condvar::new()));
    let (limit, tell) = (running.timeout + 2 * GRACE, Arc::clone(&done));
    let inline = Arc::clone(&running);
    let work = move || {
        quiet::hush();
        let _ended_anyway = catch_unwind(AssertUnwindSafe(|| running.stop()));
        *tell.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        tell.1.notify_all();
    };
    if thread::Builder::new().name("obs-exit".to_owned()).spawn(work).is_err() {
        return inline.stop();
    }
    let waits = done.0.lock().unwrap_or_else(PoisonError::into_inner);
    let _late = done.1.wait_timeout_while(waits, limit, |done| !*done);
}
