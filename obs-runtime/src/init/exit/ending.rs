//! An end that comes once, whoever asks for it.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How far the end is.
#[derive(Debug, Default)]
pub(in crate::init) struct Ending {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    Begun,
    Over,
}

thread_local! {
    /// Whether the thread is at it: what it calls may come back here.
    static AT_IT: Cell<bool> = const { Cell::new(false) };
}

impl Ending {
    /// Does `work` for the first who asks; others wait until it is done, at most for `timeout`. Who is asked by `work` itself
    /// does not wait.
    pub(in crate::init) fn once(&self, timeout: Duration, work: impl FnOnce()) {
        let mut state = self.state();
        if *state != State::Open {
            if !AT_IT.get() {
                let _late = self.changed.wait_timeout_while(state, timeout, |state| *state != State::Over);
            }
            return;
        }
        *state = State::Begun;
        drop(state);
        let _over = Over(self);
        AT_IT.set(true);
        work();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that it is over, also where `work` panics.
struct Over<'a>(&'a Ending);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        AT_IT.set(false);
        *self.0.state() = State::Over;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn the_end_comes_once_and_others_wait_for_it() {
        let (ending, ends) = (Ending::default(), AtomicUsize::new(0));
        let (begun, begins) = channel();
        let (let_go, goes_on) = channel::<()>();
        thread::scope(|scope| {
            let (ending, ends) = (&ending, &ends);
            scope.spawn(move || {
                ending.once(LONG, || {
                    begun.send(()).unwrap();
                    goes_on.recv().unwrap();
                    ends.fetch_add(1, Ordering::SeqCst);
                });
            });
            begins.recv().unwrap();
            let second = scope.spawn(move || {
                ending.once(LONG, || unreachable!("it comes once"));
                ends.load(Ordering::SeqCst)
            });
            let_go.send(()).unwrap();
            assert_eq!(second.join().unwrap(), 1, "the second waits for the first");
        });
        ending.once(LONG, || unreachable!("it comes once"));
    }

    #[test]
    fn who_is_asked_by_the_end_itself_does_not_wait_for_it() {
        let ending = Ending::default();
        ending.once(LONG, || ending.once(LONG, || unreachable!("it comes once")));
    }

    #[test]
    fn an_end_that_panics_is_over() {
        let ending = Ending::default();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            ending.once(LONG, || panic!("as told"))
        }));
        assert!(panicked.is_err());
        ending.once(LONG, || unreachable!("it comes once"));
    }
}
