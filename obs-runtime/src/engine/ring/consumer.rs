//! The reading end.

use std::sync::PoisonError;

use super::super::sync::{Arc, Ordering};
use super::super::wire::Kind;
use super::Shared;
use super::segment::{Found, Segment, WORD};

/// The reading end of a ring.
pub(crate) struct Consumer {
    shared: Arc<Shared>,
    at: Place,
    /// What was seen of `lost`.
    lost: [u64; 2],
    /// Records that [`Consumer::look_ahead`] has shown, counted from the first.
    looked: u64,
    /// Segments given back since the last trim, and those that may stay as spare ones.
    used: usize,
    keep: usize,
}

/// Before the record of number `record`, counted from 0.
#[derive(Clone, Copy)]
struct Place {
    segment: *mut Segment,
    at: usize,
    record: u64,
}

// SAFETY: the segments up to the published count are written by nobody any more, and are freed by the consumer alone.
unsafe impl Send for Consumer {}

impl Consumer {
    pub(super) fn new(shared: Arc<Shared>, first: *mut Segment) -> Self {
        let at = Place { segment: first, at: 0, record: 0 };
        Consumer { shared, at, lost: [0; 2], looked: 0, used: 0, keep: 0 }
    }

    /// Returns how many records have been pushed so far: what [`Consumer::drain`] may go up to.
    pub(crate) fn mark(&self) -> u64 {
        self.shared.pushed.0.load(Ordering::Acquire)
    }

    /// Shows the records up to a mark, in order, until one is not taken; that one stays. True where all were.
    ///
    /// The second argument of `take` tells whether [`Consumer::look_ahead`] has shown the record before.
    pub(crate) fn drain(&mut self, mark: u64, mut take: impl FnMut(&[u8], bool) -> bool) -> bool {
        while self.at.record < mark {
            let here = self.at;
            // SAFETY: the mark was loaded with `Acquire`, so that everything up to it is published.
            match unsafe { (*here.segment).find(here.at) } {
                Found::Next(next) => self.leave(next),
                Found::Record(len) => {
                    self.at = here.behind(len); // first, so that a record whose taker panics does not come back
                    let looked = here.record < self.looked;
                    // SAFETY: found there.
                    if !unsafe { (*here.segment).show(here.at, len, |record| take(record, looked)) } {
                        self.at = here;
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Shows every record that has not been drained nor shown, up to the present; they stay.
    pub(crate) fn look_ahead(&mut self, mut each: impl FnMut(&[u8])) {
        let mark = self.mark();
        let mut here = self.at;
        while here.record < mark {
            // SAFETY: as in `drain`.
            match unsafe { (*here.segment).find(here.at) } {
                Found::Next(next) => here = Place { segment: next, at: 0, ..here },
                Found::Record(len) => {
                    if here.record >= self.looked {
                        // SAFETY: found there.
                        unsafe { (*here.segment).show(here.at, len, &mut each) };
                    }
                    here = here.behind(len);
                }
            }
        }
        self.looked = mark;
    }

    /// Returns how many records of a kind the ring has refused since the last call.
    pub(crate) fn take_lost(&mut self, kind: Kind) -> u64 {
        let lost = self.shared.lost(kind).load(Ordering::Acquire);
        let [spans, events] = &mut self.lost;
        let seen = match kind {
            Kind::Span => spans,
            Kind::Event => events,
        };
        lost.wrapping_sub(std::mem::replace(seen, lost))
    }

    /// Tells whether the producer is gone and everything was drained; losses may be left to take.
    pub(crate) fn is_over(&self) -> bool {
        self.shared.over.load(Ordering::Acquire) && self.at.record == self.mark()
    }

    /// Tells whether more than half of the ring is in use: its producer will wake nobody, for it did so on the way there.
    pub(crate) fn is_pressed(&self) -> bool {
        self.shared.chained.load(Ordering::Relaxed) >= self.shared.bound.load(Ordering::Relaxed) / 2
    }

    /// Frees spare memory that was not used lately. Called every now and then: what was used since the last call stays,
    /// and of the rest an eighth goes.
    pub(crate) fn trim(&mut self) {
        self.keep = self.used.max(self.keep - self.keep.div_ceil(8));
        self.used = 0;
        let mut spares = self.shared.spares.lock().unwrap_or_else(PoisonError::into_inner);
        let keep = self.keep.min(spares.len());
        let unused = spares.split_off(keep);
        spares.shrink_to(self.keep);
        drop(spares);
        for segment in unused {
            self.shared.freed(segment.bytes());
        }
    }

    /// Lets the ring grow no more: nobody will drain it.
    pub(crate) fn abandon(&self) {
        self.shared.bound.store(0, Ordering::Relaxed);
    }

    /// Returns the bytes that the ring holds.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.shared.held.load(Ordering::Relaxed)
    }

    /// Goes on to the next segment and gives the former one back.
    fn leave(&mut self, next: *mut Segment) {
        // SAFETY: it came out of `Box::into_raw`, and the producer went on to `next` before it published what follows.
        let mut former = unsafe { Box::from_raw(self.at.segment) };
        former.unlink();
        self.at = Place { segment: next, at: 0, ..self.at };
        self.shared.first.store(next, Ordering::Relaxed);
        self.shared.chained.fetch_sub(former.bytes(), Ordering::Relaxed);
        self.used += 1;
        self.keep = self.keep.max(self.used);
        if former.bytes() == self.shared.segment {
            self.shared.spares.lock().unwrap_or_else(PoisonError::into_inner).push(former);
        } else {
            self.shared.freed(former.bytes());
        }
    }
}

impl Place {
    /// The place behind a record of `len` bytes that stands here.
    fn behind(self, len: usize) -> Place {
        Place { at: self.at + WORD + len.next_multiple_of(WORD), record: self.record + 1, ..self }
    }
}
