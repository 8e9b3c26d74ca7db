//! The tail rule: which traces that nobody sampled are kept all the same.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::time::{Duration, Instant};

use super::aged::{Aged, Random};
use super::records::Records;
use crate::context::SpanId;
use crate::engine::tick;
use crate::engine::wire::{Flags, Head, Kind};
use crate::record::Loss;

/// The tail rule: every trace with an error or a panic in this process is exported, and every slow one, whatever the
/// sampler said when it began.
///
/// Spans of traces that are not sampled are recorded too and wait until the first span of their trace in this process has
/// ended. What went to other services meanwhile said `not sampled`: they keep their own part by their own rule. What the
/// bounds cost is counted in `obs_dropped_total` as `tail_bytes`, `tail_spans` and `tail_age`, and what waits at the end as
/// `shutdown`, unless the trace had failed by then: that one is exported as far as it has come. The spans of a trace lost to
/// `bytes` or `age` that come later count too, until one of them makes it worth keeping: from there on it is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TailRule {
    /// Traces whose first span in this process takes as long are kept; `None`, the default, keeps none for being slow.
    pub slow: Option<Duration>,
    /// The memory that waiting traces may take, in bytes; 8 MiB. Beyond it the oldest go.
    pub bytes: usize,
    /// The spans of one trace that may wait; 1000. Its first span in this process always may.
    pub spans: usize,
    /// How long a trace may wait; 60 seconds. One that waits longer is kept where `slow` is no longer than that.
    pub age: Duration,
}

impl Default for TailRule {
    fn default() -> Self {
        TailRule { slow: None, bytes: 8 << 20, spans: 1_000, age: Duration::from_secs(60) }
    }
}

/// What one trace costs beside its records.
const OVERHEAD: usize = 256;

/// The traces whose fate is open.
#[derive(Debug)]
pub(super) struct Tail {
    rule: TailRule,
    groups: Aged<Group>,
    bytes: usize,
    /// Traces to decide on at the end of this pass, and of the next one: what was pushed before a root was drained is
    /// drained by then.
    due: Vec<u64>,
    due_next: Vec<u64>,
    fates: Fates,
    lost: Vec<(Loss, u64)>,
    now: Instant,
}

/// What is known of one trace, by its local root.
#[derive(Debug)]
struct Group {
    records: Records,
    spans: usize,
    /// Something in it makes it worth keeping.
    keep: bool,
    since: Instant,
}

/// What happens to a record.
pub(super) enum Taken {
    /// Its trace is kept: it is exported at once.
    Exported,
    /// Its trace's fate is open, or it is gone. What must be exported to make room comes with it.
    Waits(Vec<Records>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    /// Not worth keeping, or lost to a bound: then what comes later is lost to it too.
    Gone(Option<Loss>),
}

impl Tail {
    pub(super) fn new(rule: TailRule) -> Self {
        Tail {
            rule,
            groups: Aged::default(),
            bytes: 0,
            due: Vec::new(),
            due_next: Vec::new(),
            fates: Fates::default(),
            lost: Vec::new(),
            now: Instant::now(),
        }
    }

    /// Takes a record of a trace that is not sampled.
    ///
    /// One that comes after the decision on its trace follows it; an error that comes after it still is an error.
    pub(super) fn take(&mut self, head: &Head<'_>, record: &[u8]) -> Taken {
        let id = head.local_root.get();
        let wanted = self.is_wanted(head);
        if self.groups.get(id).is_none() {
            match self.fates.get(head.local_root) {
                Some(Fate::Kept) => return Taken::Exported,
                Some(Fate::Gone(why)) if !wanted => {
                    if let (Some(loss), Kind::Span) = (why, head.kind) {
                        self.lose(loss, 1);
                    }
                    return Taken::Waits(Vec::new());
                }
                Some(Fate::Gone(_)) => {
                    self.fates.set(head.local_root, Fate::Kept);
                    return Taken::Exported;
                }
                None => {
                    self.bytes += OVERHEAD;
                    let group = Group { records: Records::default(), spans: 0, keep: false, since: self.now };
                    self.groups.entry(id, || group);
                }
            }
        }
        Taken::Waits(self.add(id, head, wanted, record))
    }

    /// Adds a record to the group of its trace. Returns what must be exported to make room.
    fn add(&mut self, id: u64, head: &Head<'_>, wanted: bool, record: &[u8]) -> Vec<Records> {
        let Some(group) = self.groups.get_mut(id) else { return Vec::new() };
        let is_span = head.kind == Kind::Span;
        let ends = is_span && head.flags.has(Flags::LOCAL_ROOT);
        if ends || (wanted && !group.keep) {
            self.due_next.push(id);
        }
        group.keep |= wanted;
        let full = group.spans >= self.rule.spans && !ends;
        if full && !group.keep {
            if is_span {
                self.lose(Loss::TailSpans, 1);
            }
            return Vec::new();
        }
        group.spans += usize::from(is_span);
        group.records.push(record);
        self.bytes += Records::cost(record);
        if full { self.decide(id, None).into_iter().collect() } else { self.make_room() }
    }

    /// Ends a pass over all rings. Returns what must be exported.
    pub(super) fn end_pass(&mut self) -> Vec<Records> {
        self.now = Instant::now();
        let mut kept = Vec::new();
        for id in std::mem::replace(&mut self.due, std::mem::take(&mut self.due_next)) {
            kept.extend(self.decide(id, None));
        }
        // A trace that waits this long is slow already where slow is no longer than that.
        let late = self.rule.slow.is_none_or(|slow| slow > self.rule.age);
        while let Some(id) = self.groups.oldest()
            && self.groups.get(id).is_some_and(|g| self.now.duration_since(g.since) >= self.rule.age)
        {
            kept.extend(if late { self.decide(id, Some(Loss::TailAge)) } else { self.close(id, Fate::Kept) });
        }
        kept
    }

    /// Decides on every trace, as there will be no more of any. Returns what must be exported.
    pub(super) fn end(&mut self) -> Vec<Records> {
        let mut kept = Vec::new();
        while let Some(id) = self.groups.oldest() {
            kept.extend(self.decide(id, Some(Loss::Shutdown)));
        }
        kept
    }

    /// Tells whether a decision is due at the end of the next pass.
    pub(super) fn is_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// Takes the losses so far.
    pub(super) fn take_lost(&mut self) -> Vec<(Loss, u64)> {
        std::mem::take(&mut self.lost)
    }

    fn is_wanted(&self, head: &Head<'_>) -> bool {
        let Flags(bits) = head.flags;
        let failed = bits & Flags::WANTED.with(Flags::PANICKED).0 != 0;
        failed || self.rule.slow.is_some_and(|slow| is_slow(head, slow))
    }

    fn make_room(&mut self) -> Vec<Records> {
        let mut kept = Vec::new();
        while self.bytes > self.rule.bytes {
            let Some(id) = self.groups.oldest() else { break };
            kept.extend(self.decide(id, Some(Loss::TailBytes)));
        }
        kept
    }

    /// Decides on a trace by what is known of it; `early` says why that may be too early.
    fn decide(&mut self, id: u64, early: Option<Loss>) -> Option<Records> {
        let group = self.groups.get(id)?;
        if group.keep {
            return self.close(id, Fate::Kept);
        }
        let spans = group.spans as u64;
        if let Some(loss) = early {
            self.lose(loss, spans);
        }
        self.close(id, Fate::Gone(early))
    }

    /// Counts spans that a bound cost; those of one reason in a row are one entry.
    fn lose(&mut self, why: Loss, spans: u64) {
        match self.lost.last_mut() {
            Some((last, count)) if *last == why => *count += spans,
            _ => self.lost.push((why, spans)),
        }
    }

    fn close(&mut self, id: u64, fate: Fate) -> Option<Records> {
        let group = self.groups.remove(id)?;
        self.bytes -= group.records.bytes() + OVERHEAD;
        self.fates.set(SpanId::new(id)?, fate);
        (fate == Fate::Kept).then_some(group.records)
    }
}

fn is_slow(head: &Head<'_>, slow: Duration) -> bool {
    head.kind == Kind::Span
        && head.flags.has(Flags::LOCAL_ROOT)
        && u128::from(tick::nanos_between(head.start, head.end)) >= slow.as_nanos()
}

/// What became of the traces of late: some of their spans may still be open.
#[derive(Debug, Default)]
struct Fates {
    young: HashMap<u64, Fate, BuildHasherDefault<Random>>,
    old: HashMap<u64, Fate, BuildHasherDefault<Random>>,
}

impl Fates {
    /// Traces of a generation; the last one or two are known.
    const GENERATION: usize = 8_192;

    fn get(&self, root: SpanId) -> Option<Fate> {
        self.young.get(&root.get()).or_else(|| self.old.get(&root.get())).copied()
    }

    fn set(&mut self, root: SpanId, fate: Fate) {
        if self.young.len() >= Self::GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(root.get(), fate);
    }
}
