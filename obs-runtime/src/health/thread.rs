//! The thread that schedules run on.

use std::io;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use super::monitor::MOST;

/// A thread called `obs-health` with a current-thread runtime of its own, with I/O and timers: a check that blocks the
/// program's runtime, or a runtime that stands still, is seen from here.
///
/// Dropped, it ends; what blocks on its pool is left behind.
pub(super) struct Thread {
    handle: Handle,
    _ends_it: oneshot::Sender<()>,
}

impl Thread {
    /// Starts it. Fails where the operating system refuses a thread or a poller.
    pub(super) fn start() -> io::Result<Thread> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_name("obs-health-run")
            .max_blocking_threads(MOST + 100) // all checks may hang, on one each, and some look names up
            .build()?;
        let handle = runtime.handle().clone();
        let (ends_it, ended) = oneshot::channel::<()>();
        let main = move || {
            let _dropped = runtime.block_on(ended);
            runtime.shutdown_background();
        };
        std::thread::Builder::new().name("obs-health".to_owned()).spawn(main)?;
        Ok(Thread { handle, _ends_it: ends_it })
    }

    /// Returns its runtime. Tasks must not block.
    pub(super) fn handle(&self) -> Handle {
        self.handle.clone()
    }
}
