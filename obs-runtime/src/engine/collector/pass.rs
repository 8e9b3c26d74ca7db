//! A pass over all rings.

use super::desk::Desk;
use crate::engine::ring::Consumer;
use crate::engine::wire::Kind;
use crate::record::Loss;

/// The rings of one pipeline, and what is done with their records.
pub(super) struct Rings {
    rings: Vec<Consumer>,
    /// How far this pass goes, by ring.
    marks: Vec<u64>,
    desk: Desk,
    /// No ring may grow any more.
    abandoned: bool,
}

impl Rings {
    pub(super) fn new(desk: Desk) -> Self {
        Rings { rings: Vec::new(), marks: Vec::new(), desk, abandoned: false }
    }

    /// Drains what was pushed before the call, in the order of each ring.
    ///
    /// A span whose events have not all come stops its ring: they were pushed before it closed, to rings that were
    /// drained already. One look at what came since finds them; what it does not find was lost.
    pub(super) fn pass(&mut self, arrived: Vec<Consumer>) {
        if self.abandoned {
            arrived.iter().for_each(Consumer::abandon);
        }
        self.rings.extend(arrived);
        self.marks.clear();
        self.marks.extend(self.rings.iter().map(Consumer::mark));
        if !self.drain(true) {
            for ring in &mut self.rings {
                ring.look_ahead(|record| self.desk.take_event(record));
            }
            self.drain(false);
        }
        let why = if self.abandoned { Loss::Shutdown } else { Loss::RingFull };
        self.rings.retain_mut(|ring| {
            let over = ring.is_over(); // first: then there is no loss that is not taken
            self.desk.lost(why, ring.take_lost(Kind::Span));
            !over
        });
        self.desk.end_pass();
    }

    /// Tells whether another pass would decide on traces that have ended.
    pub(super) fn is_due(&self) -> bool {
        self.desk.is_due()
    }

    /// Tells whether a ring was filled while it was drained, and must be drained again before anybody waits.
    pub(super) fn is_pressed(&self) -> bool {
        !self.abandoned && self.rings.iter().any(Consumer::is_pressed)
    }

    /// Frees memory that was not used lately.
    pub(super) fn trim(&mut self) {
        self.rings.iter_mut().for_each(Consumer::trim);
    }

    /// Lets no ring grow any more: nobody will drain them.
    pub(super) fn abandon(&mut self) {
        self.abandoned = true;
        self.rings.iter().for_each(Consumer::abandon);
    }

    /// Decides on everything whose fate is open.
    pub(super) fn end(&mut self) {
        self.desk.end();
    }

    /// True where every ring was drained up to its mark.
    fn drain(&mut self, hope: bool) -> bool {
        let mut all = true;
        for (ring, mark) in self.rings.iter_mut().zip(&self.marks) {
            all &= ring.drain(*mark, |record, looked| self.desk.take(record, looked, hope));
        }
        all
    }
}
