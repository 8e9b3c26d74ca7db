//! The way from a thread to the collector: a queue of byte records with one producer and one consumer.
//!
//! Its memory is a chain of segments: the producer writes in the last, the consumer reads in the first and gives it
//! back when there is a record in the next. One counter, of pushed records, publishes everything before it.

mod consumer;
mod pool;
mod producer;
mod segment;

#[cfg(all(test, not(obs_loom)))]
mod tests;

use std::sync::{Arc as StdArc, PoisonError, TryLockError};

use super::sync::{Arc, AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Mutex, Ordering};
use super::wire::Kind;
use segment::Segment;

pub(crate) use consumer::Consumer;
pub(crate) use pool::Pool;
pub(crate) use producer::Producer;

/// How large a ring is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Bytes of a segment: what an idle thread keeps.
    pub(crate) segment: usize,
    /// Bytes of all segments together; two of them at least.
    pub(crate) bound: usize,
}

impl Default for Size {
    fn default() -> Self {
        Size { segment: 4 << 10, bound: 1 << 20 }
    }
}

/// Wakes who drains. Called by the producer when a ring crosses half of its bound; must not block.
pub(crate) type Wake = StdArc<dyn Fn() + Send + Sync>;

/// Makes a ring, whose growth comes out of `pool`.
pub(crate) fn ring(size: Size, wake: Wake, pool: StdArc<Pool>) -> (Producer, Consumer) {
    let size = Size { bound: size.bound.max(2 * size.segment), ..size };
    let first = Segment::new(size.segment);
    let bytes = first.bytes();
    let first = Box::into_raw(first);
    let shared = Arc::new(Shared {
        pushed: Line(AtomicU64::new(0)),
        lost: [AtomicU64::new(0), AtomicU64::new(0)],
        over: AtomicBool::new(false),
        held: AtomicUsize::new(bytes),
        chained: AtomicUsize::new(bytes),
        bound: AtomicUsize::new(size.bound),
        spares: Mutex::new(Vec::new()),
        first: AtomicPtr::new(first),
        segment: bytes,
        pool,
    });
    (Producer::new(Arc::clone(&shared), first, wake), Consumer::new(shared, first))
}

/// Keeps what one thread writes all the time out of the cache lines of others.
#[repr(align(128))]
struct Line<T>(T);

/// What both ends see.
struct Shared {
    /// Records pushed; written by the producer alone.
    pushed: Line<AtomicU64>,
    /// Records refused, by [`Kind`]; written by the producer alone.
    lost: [AtomicU64; 2],
    /// The producer is gone.
    over: AtomicBool,
    /// Bytes of all segments: those of the chain, and the spare ones.
    held: AtomicUsize,
    /// Bytes of the chain.
    chained: AtomicUsize,
    /// The most that may be held.
    bound: AtomicUsize,
    /// Segments of the common size, for the producer to use again.
    #[allow(clippy::vec_box)] // they move between the chain and here, which must not copy them
    spares: Mutex<Vec<Box<Segment>>>,
    /// The first segment of the chain; written by the consumer alone.
    first: AtomicPtr<Segment>,
    segment: usize,
    pool: StdArc<Pool>,
}

impl Shared {
    fn lost(&self, kind: Kind) -> &AtomicU64 {
        let [spans, events] = &self.lost;
        match kind {
            Kind::Span => spans,
            Kind::Event => events,
        }
    }

    /// Returns a segment with room for `bytes`; `None` where the bound does not allow one.
    ///
    /// Waits for the consumer, who holds the lock for a moment, only where the alternative is a loss.
    fn take(&self, bytes: usize) -> Option<Box<Segment>> {
        if bytes > self.segment {
            return self.allocate(bytes);
        }
        let spare = match self.spares.try_lock() {
            Ok(mut spares) => spares.pop(),
            Err(TryLockError::Poisoned(spares)) => spares.into_inner().pop(),
            Err(TryLockError::WouldBlock) => None,
        };
        spare
            .or_else(|| self.allocate(self.segment))
            .or_else(|| self.spares.lock().unwrap_or_else(PoisonError::into_inner).pop())
    }

    fn allocate(&self, bytes: usize) -> Option<Box<Segment>> {
        let bytes = bytes.next_multiple_of(segment::WORD);
        // The producer alone adds, so that nothing comes between the check and the addition.
        let held = self.held.load(Ordering::Relaxed).saturating_add(bytes);
        if held > self.bound.load(Ordering::Relaxed) || !self.pool.take(bytes) {
            return None;
        }
        self.held.fetch_add(bytes, Ordering::Relaxed);
        Some(Segment::new(bytes))
    }

    /// Counts bytes as freed.
    fn freed(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
        self.pool.give(bytes);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The first segment was not out of the pool.
        self.pool.give(self.held.load(Ordering::Relaxed).saturating_sub(self.segment));
        let mut at = self.first.load(Ordering::Relaxed);
        while !at.is_null() {
            // SAFETY: both ends are gone, and every segment of the chain came out of `Box::into_raw`, once.
            let mut segment = unsafe { Box::from_raw(at) };
            at = segment.next();
        }
    }
}
