//! What only the C library can do.
#![allow(unsafe_code)]

use std::io;
use std::mem::MaybeUninit;
use std::os::raw::c_int;

/// Has `handler` called when the process exits, before handlers that were registered earlier. Where there is no memory
/// for that, nothing is called.
pub(super) fn at_exit(handler: extern "C" fn()) {
    // SAFETY: C has it take a function; this one lives as long as the program, or the library that it is in: the C
    // library calls it when it unloads that.
    let _no_memory = unsafe { libc::atexit(handler) };
}

/// What happens at a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disposition {
    Default,
    Ignored,
    /// The program has a handler.
    Handled,
}

/// Returns what happens at a signal as things are.
pub(super) fn disposition(signal: c_int) -> io::Result<Disposition> {
    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: it changes nothing where it is given no new action, and fills in the one that it is given room for.
    let found = unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) };
    if found != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it succeeded, and so has filled it in.
    Ok(match unsafe { action.assume_init() }.sa_sigaction {
        libc::SIG_DFL => Disposition::Default,
        libc::SIG_IGN => Disposition::Ignored,
        _ => Disposition::Handled,
    })
}

/// Has `action` called in the handler of a signal, after the handler that the program had.
pub(super) fn on_signal(signal: c_int, action: fn(c_int)) -> io::Result<()> {
    // SAFETY: every action of `signals.rs` does what a handler may: atomics, `write`, and the functions of `end_by`.
    unsafe { signal_hook_registry::register(signal, move || action(signal)) }.map(drop)
}

/// Ends the process as the signal would have. Does what a signal handler may.
pub(super) fn end_by(signal: c_int) -> ! {
    // SAFETY: all of them are async-signal-safe (POSIX, 2.4.3) and are given valid arguments.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), signal);
        // In a handler of its own it is blocked, and a thread may have it blocked anyway.
        libc::pthread_sigmask(libc::SIG_UNBLOCK, set.as_ptr(), std::ptr::null_mut());
        libc::raise(signal);
        // The first process of a container is not ended by a signal that it does not handle: as a shell says it then.
        libc::_exit(128 + signal)
    }
}
