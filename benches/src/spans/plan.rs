//! The cases: what is called, by how many threads, and what is measured.

use super::subject::{CHILDREN, PLAIN_CHILDREN, Subject};
use super::subjects::Entry;

/// Which functions are called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    Fields,
    Plain,
    Awaiting,
    /// Those with fields, below what a request brought: baggage and a correlation id go along.
    Requested,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Nanoseconds of bursts, each flushed after its time was taken; by one thread also its allocations.
    Time { threads: usize },
    /// What is lost if nobody waits.
    Overload,
    /// CPU of the whole process up to the bytes that a collector reads.
    Cpu { gzip: bool },
    /// Instructions of the calling thread, counted by callgrind.
    Instructions,
}

/// What the sampler says of the traces.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Traces {
    Sampled,
    Unsampled,
    /// Not sampled, and recorded all the same: the tail rule decides when they have ended. Ours alone has one.
    Tail,
}

/// A case in one of its variants.
pub struct Plan {
    pub case: &'static str,
    pub variant: &'static str,
    pub calls: Calls,
    pub measure: Measure,
    pub traces: Traces,
    /// Whether it is measured of ours alone, beside another variant.
    pub ours: bool,
}

const fn plan(case: &'static str, variant: &'static str, calls: Calls, measure: Measure) -> Plan {
    Plan { case, variant, calls, measure, traces: Traces::Sampled, ours: false }
}

const ONE: Measure = Measure::Time { threads: 1 };
const INSTRUCTIONS: &str = "instructions";

/// Every case, in the order of the table.
pub const PLANS: [Plan; 17] = [
    plan("P1", "1 thread", Calls::Fields, ONE),
    plan("P1", "2 threads", Calls::Fields, Measure::Time { threads: 2 }),
    plan("P1", "overload", Calls::Fields, Measure::Overload),
    plan("P1", INSTRUCTIONS, Calls::Fields, Measure::Instructions),
    Plan { ours: true, ..plan("P1", "in a request", Calls::Requested, ONE) },
    Plan { ours: true, ..plan("P1", "in a request, instructions", Calls::Requested, Measure::Instructions) },
    plan("P2", "no fields", Calls::Plain, ONE),
    plan("P2", INSTRUCTIONS, Calls::Plain, Measure::Instructions),
    plan("P3", "async", Calls::Awaiting, ONE),
    plan("P3", INSTRUCTIONS, Calls::Awaiting, Measure::Instructions),
    Plan { traces: Traces::Unsampled, ..plan("P4", "unsampled", Calls::Fields, ONE) },
    Plan { traces: Traces::Tail, ours: true, ..plan("P4", "tail on", Calls::Fields, ONE) },
    // P1 once more, in turn with `tail on`: times of different minutes do not compare.
    Plan { ours: true, ..plan("P4", "sampled", Calls::Fields, ONE) },
    Plan { traces: Traces::Unsampled, ..plan("P4", INSTRUCTIONS, Calls::Fields, Measure::Instructions) },
    Plan {
        traces: Traces::Tail,
        ours: true,
        ..plan("P4", "tail on, instructions", Calls::Fields, Measure::Instructions)
    },
    plan("P10", "CPU to OTLP", Calls::Fields, Measure::Cpu { gzip: false }),
    plan("P10", "CPU to OTLP, gzip", Calls::Fields, Measure::Cpu { gzip: true }),
];

impl Plan {
    /// Returns how many spans a trace has.
    pub fn spans(&self) -> u64 {
        let children = if self.calls == Calls::Plain { PLAIN_CHILDREN } else { CHILDREN };
        children.unsigned_abs() + 1
    }

    /// Returns how many traces make a burst: as many as were asked for and fit the smallest queue, the SDK's of 2048
    /// spans. To a collector go as many as fit, so that a request is shared by as many spans as in a busy service.
    pub fn roots(&self, asked: u64) -> u64 {
        let threads = if let Measure::Time { threads } = self.measure { threads as u64 } else { 1 };
        let most = 2048 / self.spans() / threads;
        if self.is_cpu() { most } else { asked.min(most) }
    }

    pub fn is_cpu(&self) -> bool {
        matches!(self.measure, Measure::Cpu { .. })
    }

    /// Returns whether the case says anything about this subject.
    pub fn takes(&self, entry: &Entry) -> bool {
        if self.ours && !entry.is_ours() {
            return false;
        }
        match self.measure {
            Measure::Cpu { .. } => entry.otlp,
            Measure::Overload => entry.records,
            Measure::Time { .. } | Measure::Instructions => true,
        }
    }

    /// Returns the variant under which allocations stand: those of a case's first variant need no more than the word.
    pub fn allocations(&self) -> String {
        if self.ours { format!("{}, allocations", self.variant) } else { "allocations".to_owned() }
    }

    /// Makes a burst of so many traces.
    pub fn burst(&self, subject: &dyn Subject, roots: u64) {
        for n in 0..roots.cast_signed() {
            match self.calls {
                Calls::Fields => subject.fields(n),
                Calls::Plain => subject.plain(n),
                Calls::Awaiting => subject.awaiting(n),
                Calls::Requested => subject.requested(n),
            }
        }
    }
}
