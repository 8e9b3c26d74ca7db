//! What happens in a process that was forked off this one.

/// Has `handler` called in every process that this one forks, by the only thread that it has, before `fork()` returns there.
/// Where that cannot be, nothing is called.
///
/// The handler may do what a signal handler may: any lock may be held by a thread that is not there.
pub(crate) fn in_child(handler: extern "C" fn()) {
    system::in_child(handler);
}

// `miri` knows no forks; the `libc` crate does not have the function everywhere.
#[cfg(all(any(target_os = "linux", target_vendor = "apple", target_os = "freebsd"), not(miri)))]
mod system {
    unsafe extern "C" {
        fn pthread_atfork(
            prepare: Option<extern "C" fn()>,
            parent: Option<extern "C" fn()>,
            child: Option<extern "C" fn()>,
        ) -> std::ffi::c_int;
    }

    pub(super) fn in_child(handler: extern "C" fn()) {
        // SAFETY: POSIX has it take three functions or null; this one lives as long as the program, or the library that it
        // is in: the C library forgets it when it unloads that.
        unsafe {
            let _no_memory = pthread_atfork(None, None, Some(handler));
        }
    }
}

#[cfg(not(all(any(target_os = "linux", target_vendor = "apple", target_os = "freebsd"), not(miri))))]
mod system {
    pub(super) fn in_child(_: extern "C" fn()) {}
}
