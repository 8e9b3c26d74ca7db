//! The writing end.

use super::super::sync::{Arc, Ordering};
use super::super::wire::Kind;
use super::segment::{Segment, WORD};
use super::{Shared, Wake};

/// The writing end of a ring: one thread's at a time.
pub(crate) struct Producer {
    shared: Arc<Shared>,
    /// The last segment of the chain.
    last: *const Segment,
    /// Where the next record goes, and the bytes from there to the end.
    at: usize,
    room: usize,
    pushed: u64,
    wake: Wake,
    /// Nobody reads any more: what is refused is counted there.
    severed: Option<&'static std::sync::atomic::AtomicU64>,
}

// SAFETY: the last segment is written by nobody else, and outlives `shared`'s chain of which it is a part.
unsafe impl Send for Producer {}

impl Producer {
    pub(super) fn new(shared: Arc<Shared>, first: *const Segment, wake: Wake) -> Self {
        let room = shared.segment;
        Producer { shared, last: first, at: 0, room, pushed: 0, wake, severed: None }
    }

    /// Appends one record of `len` bytes which `write` fills; they are not zeroed. False where the ring is full, or
    /// `len` more than [`Producer::largest`]; then the record is counted as lost, by its kind.
    ///
    /// Never waits for long; allocates only where the ring has to grow. A panic of `write` leaves the ring as it was.
    #[inline]
    pub(crate) fn push(&mut self, kind: Kind, len: usize, write: impl FnOnce(&mut [u8])) -> bool {
        // Cannot overflow: no slice is longer than half of the address space.
        let need = WORD + len.next_multiple_of(WORD);
        if need > self.room && !self.make_room(len, need) {
            self.refuse(kind);
            return false;
        }
        // SAFETY: `last` is the segment that this end alone writes to, and lives in the chain until the consumer has
        // read a record of the next one; `need` bytes are left behind `at`, and none of them was published.
        unsafe { (*self.last).fill(self.at, len, write) };
        self.at += need;
        self.room -= need;
        self.pushed += 1;
        self.shared.pushed.0.store(self.pushed, Ordering::Release);
        true
    }

    /// Returns the length of the largest record that the ring takes, a quarter of its bound.
    pub(crate) fn largest(&self) -> usize {
        self.shared.bound.load(Ordering::Relaxed) / 4
    }

    /// Refuses everything from now on, and counts spans in `lost`. Takes no lock and allocates nothing: the other end was
    /// on a thread that is gone, with whatever it had locked.
    pub(crate) fn sever(&mut self, lost: &'static std::sync::atomic::AtomicU64) {
        self.room = 0;
        self.severed = Some(lost);
    }

    #[cold]
    fn make_room(&mut self, len: usize, need: usize) -> bool {
        if self.severed.is_some() || len > self.largest().max(self.shared.segment - WORD) {
            return false;
        }
        let Some(next) = self.shared.take(need) else { return false };
        self.room = next.bytes();
        let chained = self.shared.chained.fetch_add(self.room, Ordering::Relaxed);
        let next = Box::into_raw(next);
        // SAFETY: as in `push`; the consumer follows the link only once a record behind it is published.
        unsafe { (*self.last).move_on(self.at, next) };
        self.last = next;
        self.at = 0;
        let half = self.shared.bound.load(Ordering::Relaxed) / 2;
        if chained < half && chained + self.room >= half || self.shared.pool.is_half_empty() {
            (self.wake)();
        }
        true
    }

    #[cold]
    fn refuse(&self, kind: Kind) {
        if let Some(lost) = self.severed {
            lost.fetch_add(u64::from(matches!(kind, Kind::Span)), std::sync::atomic::Ordering::Relaxed);
            return;
        }
        let lost = self.shared.lost(kind);
        lost.store(lost.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
    }
}
