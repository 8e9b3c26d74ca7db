//! The collector's thread.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::Collector;
use crate::engine::tick;
use crate::quiet;

/// The longest that a record waits in a ring, and how often memory is looked after.
const PACE: Duration = Duration::from_millis(100);

/// What the thread is told.
#[derive(Debug, Default)]
pub(super) struct Signal {
    thread: OnceLock<Thread>,
    stop: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

/// How far the thread is.
#[derive(Debug, Default)]
struct State {
    ended: bool,
    /// Passes that were asked for, and the last of them that one has been made for.
    asked: u64,
    done: u64,
}

impl Signal {
    /// Makes the thread look at the rings at once. Does nothing where there is none.
    pub(super) fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// Ends the thread and waits for its end, at most for `timeout`. False where there is no thread.
    pub(super) fn stop(&self, timeout: Duration) -> bool {
        if self.thread.get().is_none() {
            return false;
        }
        self.stop.store(true, Ordering::Release);
        self.wake();
        let _late = self.changed.wait_timeout_while(self.state(), timeout, |state| !state.ended);
        true
    }

    /// Asks the thread for a pass and waits for its end, at most for `timeout`; false if that was too short. `None` where
    /// there is no thread, or no longer.
    pub(super) fn pass(&self, timeout: Duration) -> Option<bool> {
        self.thread.get()?;
        let mut state = self.state();
        state.asked += 1;
        let mine = state.asked;
        self.wake();
        let waits = |state: &mut State| !state.ended && state.done < mine;
        let (state, _) =
            self.changed.wait_timeout_while(state, timeout, waits).unwrap_or_else(PoisonError::into_inner);
        if state.done >= mine { Some(true) } else { (!state.ended).then_some(false) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }
}

/// Says that the thread has ended, however it did.
struct Ends(Arc<Signal>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.change(|state| state.ended = true);
    }
}

pub(super) fn start(collector: &Arc<Collector>) -> io::Result<()> {
    let (signal, weak) = (Arc::clone(&collector.signal), Arc::downgrade(collector));
    let ends = Ends(Arc::clone(&signal));
    let handle = thread::Builder::new().name("obs-collector".to_owned()).spawn(move || main(&weak, &ends))?;
    let _first = signal.thread.set(handle.thread().clone());
    Ok(())
}

/// Runs until it is told to stop or nobody has the collector any more. What is done here is not observed itself.
fn main(collector: &Weak<Collector>, ends: &Ends) {
    quiet::hush();
    let mut looked_after = Instant::now();
    while let Some(collector) = collector.upgrade() {
        let stop = ends.0.stop.load(Ordering::Acquire);
        let State { asked, done, .. } = *ends.0.state();
        let work = AssertUnwindSafe(|| if stop { collector.finish() } else { collector.collect() });
        // A panic, which would be a mistake of ours, costs the record at hand: its ring has moved on, and the rest comes
        // with the next pass.
        let panicked = catch_unwind(work).is_err();
        if asked > done && !panicked {
            ends.0.change(|state| state.done = asked);
        }
        if stop && !panicked {
            return;
        }
        if looked_after.elapsed() >= PACE {
            looked_after = Instant::now();
            collector.rings().trim();
            tick::follow();
        }
        let pressed = collector.rings().is_pressed();
        drop(collector); // before the wait, so that it can go
        if !pressed {
            thread::park_timeout(PACE);
        }
    }
}
