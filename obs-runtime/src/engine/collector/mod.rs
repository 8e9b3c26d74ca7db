//! Drains the rings of all threads: joins spans with their events, applies the tail rule, hands over what is exported.

mod aged;
mod desk;
mod events;
mod joined;
mod pass;
mod records;
mod tail;
mod thread;

#[cfg(test)]
mod tests;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::limits::Limits;
use super::ring::{self, Consumer, Pool, Producer, Size, Wake};
use super::tick;
use super::wire;
use crate::forked;
use crate::record::{Sink, SpanEvent, SpanRecord};
use desk::Desk;
use pass::Rings;
use thread::Signal;

pub use tail::TailRule;

/// What a collector is told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CollectorSettings {
    pub(crate) limits: Limits,
    /// Without one, of traces that are not sampled those alone are kept that are watched and fail.
    pub(crate) tail: Option<TailRule>,
    pub(crate) ring: Size,
    pub(crate) codec: Codec,
}

/// Makes records of bytes; tests have a simpler one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Codec {
    pub(crate) span: fn(&[u8], Vec<SpanEvent>, &Limits) -> Option<SpanRecord>,
    pub(crate) event: fn(&[u8], &Limits) -> Option<SpanEvent>,
}

impl Default for Codec {
    fn default() -> Self {
        Codec { span: wire::decode_span, event: wire::decode_event }
    }
}

/// The reading side of all rings of one pipeline.
///
/// Spans reach the sink in the order in which they closed on each thread; those of traces that only the tail rule keeps
/// come when it has decided. With a thread of its own, called `obs-collector`, no record waits longer than 100 ms.
pub(crate) struct Collector {
    rings: Mutex<Rings>,
    /// Rings made since the last pass, apart, so that a new thread does not wait for a pass.
    arrived: Mutex<Vec<Consumer>>,
    signal: Arc<Signal>,
    size: Size,
    pool: Arc<Pool>,
    /// Nobody drains the rings unless asked.
    stopped: AtomicBool,
}

/// Bytes that the rings of a pipeline may grow by, all together.
const POOL: usize = 8 << 20;

impl Collector {
    /// Starts a collector with its thread, which ends when the last handle is gone. Fails where the operating system
    /// refuses a thread.
    pub(crate) fn start(sink: Arc<dyn Sink>, settings: CollectorSettings) -> io::Result<Arc<Self>> {
        let collector = Collector::inline(sink, settings);
        thread::start(&collector)?;
        Ok(collector)
    }

    /// Makes a collector that works when [`Collector::collect`] is called, and only then.
    pub(crate) fn inline(sink: Arc<dyn Sink>, settings: CollectorSettings) -> Arc<Self> {
        tick::now(); // finds out what ticks, which takes a while
        let desk = Desk::new(sink, settings.codec, settings.limits, settings.tail);
        Arc::new(Collector {
            rings: Mutex::new(Rings::new(desk)),
            arrived: Mutex::new(Vec::new()),
            signal: Arc::new(Signal::default()),
            size: settings.ring,
            pool: Arc::new(Pool::new(POOL)),
            stopped: AtomicBool::new(false),
        })
    }

    /// Makes a ring for one thread. It outlives the thread until it is drained.
    pub(crate) fn producer(&self) -> Producer {
        let signal = Arc::clone(&self.signal);
        let wake: Wake = Arc::new(move || signal.wake());
        let (producer, consumer) = ring::ring(self.size, wake, Arc::clone(&self.pool));
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).push(consumer);
        self.settle(); // where nobody collects any more: this ring must not grow, those of threads that have ended go
        producer
    }

    /// Makes a ring that refuses everything, for a thread of a forked process. Takes no lock.
    pub(crate) fn severed(&self) -> Producer {
        let (mut producer, _nobody_reads) = ring::ring(self.size, Arc::new(|| {}), Arc::clone(&self.pool));
        producer.sever(&forked::LOST_SPANS);
        producer
    }

    /// Hands over everything that was pushed before this call, in the calling thread, and decides on the traces that had
    /// ended. Waits for a pass that runs; not to be called from within the sink.
    pub(crate) fn collect(&self) {
        self.collect_with(&mut self.rings());
    }

    /// Has everything handed over that was pushed before this call, by the collector's thread where there is one. False
    /// where it was not done after `timeout`.
    pub(crate) fn collect_within(&self, timeout: Duration) -> bool {
        self.signal.pass(timeout).unwrap_or_else(|| {
            self.collect();
            true
        })
    }

    /// Hands over what was pushed since the collector was stopped, for the sink to count it. Does nothing while it runs,
    /// nor where another thread is at it.
    pub(crate) fn settle(&self) {
        if !self.stopped.load(Ordering::Acquire) {
            return;
        }
        let mut rings = match self.rings.try_lock() {
            Ok(rings) => rings,
            Err(TryLockError::Poisoned(rings)) => rings.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        self.collect_with(&mut rings);
        rings.end();
    }

    fn collect_with(&self, rings: &mut Rings) {
        self.pass(rings);
        if rings.is_due() {
            self.pass(rings);
        }
    }

    /// Collects a last time and ends the thread, waiting at most for `timeout`. Afterwards rings take what fits into the
    /// memory they have, and [`Collector::settle`] hands it over.
    pub(crate) fn stop(&self, timeout: Duration) {
        if !self.signal.stop(timeout) {
            self.finish();
        }
    }

    /// The last act.
    fn finish(&self) {
        self.collect(); // what rings refused so far they had no room for
        let mut rings = self.rings();
        rings.abandon();
        self.collect_with(&mut rings);
        rings.end();
        self.stopped.store(true, Ordering::Release);
    }

    fn pass(&self, rings: &mut Rings) {
        let arrived = std::mem::take(&mut *self.arrived.lock().unwrap_or_else(PoisonError::into_inner));
        rings.pass(arrived);
    }

    fn rings(&self) -> MutexGuard<'_, Rings> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.signal.wake(); // the thread finds nothing to do and ends
    }
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collector").field("size", &self.size).finish_non_exhaustive()
    }
}
