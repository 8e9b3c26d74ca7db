//! What a child process does: sets up one subject, measures one case, and says what it found.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

use super::gate::Gate;
use super::heap::allocations;
use super::plan::{Measure, Plan, Traces};
use super::subject::{SetUp, Subject, arrived};
use super::subjects::Entry;
use crate::report::median;

/// Bursts before anything is measured: callsites register, buffers and caches fill.
const WARM: u64 = 5;
const BURSTS: u64 = 200;
pub const COUNTED_BURSTS: u64 = 10;
const CPU_BURSTS: u64 = 40;
const OVERLOAD: Duration = Duration::from_millis(200);

/// What a child says: measurements as variant, unit and value, then how many spans it made.
pub struct Findings {
    pub lines: Vec<(String, &'static str, f64)>,
    pub made: u64,
}

/// Why there is nothing to say.
pub enum Failure {
    /// The subject cannot do it yet.
    Skip(String),
    /// The subject did it wrong.
    Wrong(String),
}

struct Child<'a> {
    plan: &'a Plan,
    entry: &'a Entry,
    subject: Box<dyn Subject>,
    roots: u64,
    made: u64,
    /// What had arrived when this began.
    before: u64,
}

/// Measures a subject in a plan, with so many traces in a burst.
pub fn measure(plan: &Plan, entry: &Entry, roots: u64) -> Result<Findings, Failure> {
    let before = arrived();
    let subject = (entry.start)(&SetUp { sampled: plan.traces == Traces::Sampled, otlp: plan.is_cpu() });
    let mut child = Child { plan, entry, subject, roots, made: 0, before };
    for _ in 0..WARM {
        child.burst();
        child.subject.flush();
    }
    if plan.traces != Traces::Sampled && arrived() > before && entry.is_ours() {
        return Err(Failure::Skip("it samples although `OTEL_TRACES_SAMPLER` says `always_off`".to_owned()));
    }
    let lines = match plan.measure {
        Measure::Time { threads: 1 } => child.time(),
        Measure::Time { threads } => child.time_threads(threads),
        Measure::Overload => child.overload(),
        Measure::Cpu { .. } => child.cpu(),
        Measure::Instructions => child.instructions(),
    };
    child.check()?;
    Ok(Findings { lines, made: child.made })
}

/// The one region that callgrind looks at; its name is the pattern.
#[inline(never)]
fn counted_burst(plan: &Plan, subject: &dyn Subject, roots: u64) {
    plan.burst(subject, roots);
}

impl Child<'_> {
    fn burst(&mut self) {
        self.plan.burst(&*self.subject, self.roots);
        self.made += self.roots * self.plan.spans();
    }

    fn per_span(&self, total: f64, bursts: u64) -> f64 {
        total / (bursts * self.roots * self.plan.spans()) as f64
    }

    fn time(&mut self) -> Vec<(String, &'static str, f64)> {
        let mut times = Vec::new();
        for _ in 0..BURSTS {
            let start = Instant::now();
            self.burst();
            times.push(self.per_span(start.elapsed().as_nanos() as f64, 1));
            self.subject.flush();
        }
        let mut count = 0;
        for _ in 0..COUNTED_BURSTS {
            count += allocations(|| self.burst());
            self.subject.flush();
        }
        vec![
            (self.plan.variant.to_owned(), "ns/op", median(&times)),
            (self.plan.allocations(), "allocations/op", self.per_span(count as f64, COUNTED_BURSTS)),
        ]
    }

    /// Every thread takes its own time between two gates; between the next two, one of them flushes.
    fn time_threads(&mut self, threads: usize) -> Vec<(String, &'static str, f64)> {
        let gate = Gate::new(threads);
        let this = &*self;
        let run = |leads: bool| {
            let mut times = Vec::new();
            for n in 0..WARM + BURSTS {
                gate.pass();
                let start = Instant::now();
                this.plan.burst(&*this.subject, this.roots);
                let time = this.per_span(start.elapsed().as_nanos() as f64, 1);
                gate.pass();
                if leads {
                    this.subject.flush();
                }
                if n >= WARM {
                    times.push(time);
                }
            }
            median(&times)
        };
        let times: Vec<f64> = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|n| scope.spawn(move || run(n == 0))).collect();
            handles.into_iter().map(|h| h.join().expect("no thread panics")).collect()
        });
        self.made += (WARM + BURSTS) * threads as u64 * self.roots * self.plan.spans();
        self.subject.flush();
        vec![(self.plan.variant.to_owned(), "ns/op", times.iter().sum::<f64>() / times.len() as f64)]
    }

    fn overload(&mut self) -> Vec<(String, &'static str, f64)> {
        let (before, made, told) = (arrived(), self.made, self.subject.told_lost());
        let start = Instant::now();
        while start.elapsed() < OVERLOAD {
            self.burst();
        }
        let (nanos, pushed) = (start.elapsed().as_nanos() as f64, self.made - made);
        let lost = self.missing(|child| (child.made - made).saturating_sub(arrived() - before));
        let made = self.made - made;
        let told = self.subject.told_lost() - told;
        let mut lines = vec![
            ("overload".to_owned(), "ns/op", nanos / pushed as f64),
            ("overload, lost".to_owned(), "%", 100.0 * lost as f64 / made as f64),
        ];
        if lost > 0 {
            lines.push(("overload, told of the lost".to_owned(), "%", 100.0 * told as f64 / lost as f64));
        }
        lines
    }

    /// Returns what is still missing when nothing more comes. What a thread could not hand over it may keep until its
    /// next span: as long as something comes, there is another burst.
    fn missing(&mut self, count: impl Fn(&Self) -> u64) -> u64 {
        let mut before = u64::MAX;
        loop {
            self.subject.flush();
            let now = count(self);
            if now == 0 || now >= before {
                return now;
            }
            before = now;
            self.burst();
        }
    }

    fn cpu(&mut self) -> Vec<(String, &'static str, f64)> {
        let before = cpu_nanos();
        for _ in 0..CPU_BURSTS {
            self.burst();
            self.subject.flush();
        }
        let nanos = cpu_nanos() - before;
        vec![(self.plan.variant.to_owned(), "ns/op", self.per_span(nanos, CPU_BURSTS))]
    }

    /// Nothing happens outside of bursts that callgrind would count; the count is its own to tell.
    fn instructions(&mut self) -> Vec<(String, &'static str, f64)> {
        for _ in 0..COUNTED_BURSTS {
            counted_burst(self.plan, &*self.subject, self.roots);
            self.made += self.roots * self.plan.spans();
            self.subject.flush();
        }
        Vec::new()
    }

    /// Spans that went to a collector are counted by the parent; under overload, loss is the finding.
    fn check(&self) -> Result<(), Failure> {
        if !self.entry.records || self.plan.is_cpu() || self.plan.measure == Measure::Overload {
            return Ok(());
        }
        let expected = if self.plan.traces == Traces::Sampled { self.made } else { 0 };
        self.arrived_are(expected)?;
        if self.plan.traces != Traces::Tail {
            return Ok(());
        }
        // That nothing arrived says little: the rule must have been at work.
        let kept = self.subject.failing();
        self.subject.flush();
        if kept == 0 {
            return Err(Failure::Wrong("it makes no trace that its tail rule keeps".to_owned()));
        }
        self.arrived_are(expected + kept)
    }

    fn arrived_are(&self, expected: u64) -> Result<(), Failure> {
        let arrived = arrived() - self.before;
        if arrived == expected {
            return Ok(());
        }
        Err(Failure::Wrong(format!("{arrived} spans arrived, {expected} were to")))
    }
}

/// CPU time of all threads of this process.
fn cpu_nanos() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process can ask for its own usage");
    let micros = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 * 1e6 + t.tv_usec() as f64;
    (micros(usage.user_time()) + micros(usage.system_time())) * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spans::plan::PLANS;
    use crate::spans::subject::arrive;

    /// A subject of which so many spans of a trace of eleven arrive.
    struct Partial(usize);

    impl Subject for Partial {
        fn fields(&self, _: i64) {
            arrive(self.0);
        }

        fn plain(&self, _: i64) {}

        fn awaiting(&self, _: i64) {}
    }

    /// A subject of whose failing trace so many spans arrive, of one.
    struct Failing(usize);

    impl Subject for Failing {
        fn fields(&self, _: i64) {}

        fn plain(&self, _: i64) {}

        fn awaiting(&self, _: i64) {}

        fn failing(&self) -> u64 {
            arrive(self.0);
            1
        }
    }

    fn is_wrong(plan: &Plan, start: fn(&SetUp) -> Box<dyn Subject>) -> bool {
        let entry = Entry { name: "some", start, records: true, otlp: false };
        match measure(plan, &entry, 3) {
            Ok(found) => {
                assert!(found.made >= 3 * 11, "it made {}", found.made);
                false
            }
            Err(Failure::Wrong(_)) => true,
            Err(Failure::Skip(why)) => panic!("{why}"),
        }
    }

    /// One test, as arrivals are counted by process.
    #[test]
    fn a_subject_that_loses_or_invents_a_span_has_no_value() {
        let sampled = |p: &&Plan| p.case == "P1" && p.measure == Measure::Time { threads: 1 };
        let plan = PLANS.iter().find(sampled).expect("the first case");
        assert!(!is_wrong(plan, |_| Box::new(Partial(11))));
        assert!(is_wrong(plan, |_| Box::new(Partial(10))));
        assert!(is_wrong(plan, |_| Box::new(Partial(12))));

        let threads = PLANS.iter().find(|p| p.measure == Measure::Time { threads: 2 }).expect("two threads");
        assert!(!is_wrong(threads, |_| Box::new(Partial(11))));
        assert!(is_wrong(threads, |_| Box::new(Partial(10))));

        let unsampled = PLANS.iter().find(|p| p.traces == Traces::Unsampled).expect("an unsampled case");
        assert!(!is_wrong(unsampled, |_| Box::new(Partial(0))));
        assert!(is_wrong(unsampled, |_| Box::new(Partial(1))));

        let tail = PLANS.iter().find(|p| p.traces == Traces::Tail).expect("a case with the tail rule");
        assert!(!is_wrong(tail, |_| Box::new(Failing(1))));
        assert!(is_wrong(tail, |_| Box::new(Failing(0))), "the failing trace was lost");
        assert!(is_wrong(tail, |_| Box::new(Partial(0))), "nothing shows that the rule was on");
    }
}
