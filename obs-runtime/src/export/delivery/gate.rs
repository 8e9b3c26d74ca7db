//! What all requests to one destination know of it: whether it is there, and whether it wants to be left alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync;
use tokio::time::{Instant, sleep_until};

use super::queue::Queue;
use super::retry::later;

/// The longest time for which a destination can silence us by `Retry-After`.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// The time to the second attempt to connect while a flush waits; each further one is twice the one before.
const URGENT: Duration = Duration::from_millis(250);

/// Holds requests to a place in the network back. One connection is tried at a time, and after a failure not before the
/// delay has passed.
pub(in crate::export) struct Gate {
    delay: Duration,
    queue: Arc<Queue>,
    state: Mutex<State>,
    connecting: sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// The time before which no connection is tried.
    unreachable: Option<Instant>,
    /// The flushes there were by then; a later one tries at once.
    flushes: u64,
    /// The time before which nothing is sent, as the destination asked for; a flush changes nothing about it.
    asked: Option<Instant>,
    /// Whether the last attempt to connect failed.
    suspect: bool,
    /// New connections, one after the other, that broke before there was an answer.
    broken: u32,
    /// Attempts to connect, one after the other, that failed while a flush waited.
    urgent: u32,
}

impl Gate {
    pub(in crate::export) fn new(delay: Duration, queue: &Arc<Queue>) -> Self {
        Gate { delay, queue: Arc::clone(queue), state: Mutex::default(), connecting: sync::Mutex::new(()) }
    }

    /// Waits until a request may be sent. A flush is worth an attempt to connect before its time.
    pub(super) async fn open(&self) {
        loop {
            let (asked, unreachable, flushes) = {
                let state = self.lock();
                (pending(state.asked), pending(state.unreachable), state.flushes)
            };
            match (asked, unreachable) {
                (Some(until), _) => sleep_until(until).await,
                (None, Some(until)) => tokio::select! {
                    () = sleep_until(until) => {}
                    () = self.queue.flush_after(flushes) => self.lock().unreachable = None,
                },
                (None, None) => return,
            }
        }
    }

    /// Returns until when nothing should be sent.
    pub(super) fn closed_until(&self) -> Option<Instant> {
        let state = self.lock();
        state.unreachable.max(state.asked).filter(|at| *at > Instant::now())
    }

    /// Tells whether a flush waits in vain: the attempt that it was worth has failed.
    pub(super) fn has_failed_a_flush(&self) -> bool {
        let (flushes, waits) = self.queue.flushes();
        let state = self.lock();
        waits && pending(state.unreachable).is_some() && state.flushes >= flushes
    }

    /// Tells whether one request at a time is enough to find out whether the destination is back.
    pub(super) fn is_suspect(&self) -> bool {
        self.lock().suspect
    }

    /// Waits for the turn to connect; `None` where another attempt has failed a moment ago.
    pub(in crate::export) async fn turn(&self) -> Option<Turn<'_>> {
        let lock = self.connecting.lock().await;
        let early = pending(self.lock().unreachable).is_some();
        (!early).then_some(Turn { gate: self, connected: false, _lock: lock })
    }

    /// Notes that the destination cannot be reached: nothing is tried before the delay has passed.
    pub(super) fn unreachable(&self) {
        let (flushes, waits) = self.queue.flushes();
        let mut state = self.lock();
        // Who waits for a flush, as at the end of the process, has no time for the usual pace.
        state.urgent = if waits { state.urgent.saturating_add(1) } else { 0 };
        let urgent = URGENT.saturating_mul(1 << state.urgent.saturating_sub(1).min(16));
        let delay = if waits { self.delay.min(urgent) } else { self.delay };
        state.unreachable = Some(later(Instant::now(), delay));
        state.flushes = flushes;
        state.suspect = true;
    }

    /// Notes that the destination can be reached: it answered.
    pub(super) fn reachable(&self) {
        let mut state = self.lock();
        state.unreachable = None;
        state.suspect = false;
        state.broken = 0;
        state.urgent = 0;
    }

    /// Notes that there is a connection, which somebody may have taken who does not reach the destination himself.
    fn connected(&self) {
        let mut state = self.lock();
        state.unreachable = None;
        state.suspect = state.broken > 1;
    }

    /// Notes that a new connection broke before there was an answer. One may be an accident; from the second in a row on
    /// the destination counts as unreachable, as behind a proxy that takes connections and resets them.
    pub(super) fn broke(&self) {
        let again = {
            let mut state = self.lock();
            state.broken = state.broken.saturating_add(1);
            state.broken > 1
        };
        if again {
            self.unreachable();
        }
    }

    /// Notes that the destination asked for a pause.
    pub(super) fn asked(&self, after: Duration) {
        let until = later(Instant::now(), after.min(MAX_RETRY_AFTER));
        let mut state = self.lock();
        state.asked = state.asked.max(Some(until));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a moment that is still to come.
fn pending(at: Option<Instant>) -> Option<Instant> {
    at.filter(|at| *at > Instant::now())
}

/// The right to connect. Dropped without success, as by an error or a deadline, the destination counts as unreachable.
pub(in crate::export) struct Turn<'a> {
    gate: &'a Gate,
    connected: bool,
    _lock: sync::MutexGuard<'a, ()>,
}

impl Turn<'_> {
    /// Ends the turn with a connection.
    pub(in crate::export) fn succeeded(mut self) {
        self.connected = true;
        self.gate.connected();
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.connected {
            self.gate.unreachable();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;
    use crate::export::delivery::Settings;
    use crate::export::delivery::transport::Body;
    use crate::export::{Ledger, Signal};

    const DELAY: Duration = Duration::from_secs(5);

    fn gate(delay: Duration) -> (Gate, Arc<Queue>) {
        let account = Ledger::default().account(Signal::Traces, "test", &[]);
        let queue = Queue::new(&Settings::default(), account);
        (Gate::new(delay, &queue), queue)
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_failure_one_attempt_is_made_when_the_delay_has_passed() {
        let (gate, _queue) = gate(DELAY);
        drop(gate.turn().await.unwrap());
        assert!(gate.turn().await.is_none() && gate.is_suspect());
        let began = Instant::now();
        gate.open().await;
        assert!((DELAY..DELAY * 2).contains(&began.elapsed()), "{:?}", began.elapsed());
        assert!(gate.is_suspect());
        gate.turn().await.unwrap().succeeded();
        assert!(gate.closed_until().is_none() && !gate.is_suspect());
    }

    #[tokio::test(start_paused = true)]
    async fn a_flush_opens_what_is_unreachable_and_not_what_was_asked_for() {
        let (gate, queue) = gate(Duration::MAX);
        let body = Body { bytes: "waits".into(), gzip: false };
        let _receipt = queue.push_made(Some(body), 1).unwrap();
        drop(gate.turn().await.unwrap());
        gate.asked(Duration::from_secs(u64::MAX));
        let flush = queue.flush();
        let began = Instant::now();
        tokio::select! {
            biased;
            () = flush => unreachable!("nothing was delivered"),
            () = gate.open() => {}
        }
        let waited = began.elapsed();
        assert!((MAX_RETRY_AFTER..MAX_RETRY_AFTER + DELAY).contains(&waited), "{waited:?}");
    }
}
