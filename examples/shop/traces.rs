//! An exporter of our own: watches for traces that cross all three services.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use obs::record::{Record, SpanRecord};
use obs::{Outcome, SpanId, TraceId};

/// Traces that are watched at once; the oldest is forgotten first.
const WATCHED: usize = 1000;
/// The services that a trace of an order goes through.
const SERVICES: usize = 3;

/// The traces seen so far; clones see the same.
#[derive(Clone, Default)]
pub struct Traces(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    traces: HashMap<TraceId, Trace>,
    oldest: VecDeque<TraceId>,
    crossed: u64,
    last_crossed: Option<TraceId>,
    outcomes: HashMap<Outcome, u64>,
}

/// The spans of one trace.
#[derive(Default)]
struct Trace {
    spans: Vec<Arc<SpanRecord>>,
    crossed: bool,
}

impl obs::Exporter for Traces {
    fn name(&self) -> &'static str {
        "shop"
    }

    fn accept(&self, record: &Record) {
        if let Record::Span(span) = record {
            self.locked().add(span);
        }
    }
}

impl Traces {
    /// Returns how many traces crossed all three services.
    pub fn crossed(&self) -> u64 {
        self.locked().crossed
    }

    /// Returns how many annotated calls ended with `outcome`.
    pub fn calls(&self, outcome: Outcome) -> u64 {
        self.locked().outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// Draws the last trace that crossed all three services.
    pub fn last_crossed(&self) -> Option<String> {
        let seen = self.locked();
        let id = seen.last_crossed?;
        let trace = seen.traces.get(&id)?;
        let mut drawing = format!("Trace {id}:\n");
        trace.draw(None, 0, &mut drawing);
        Some(drawing)
    }

    fn locked(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn add(&mut self, span: &Arc<SpanRecord>) {
        if let Some(outcome) = span.outcome {
            *self.outcomes.entry(outcome).or_default() += 1;
        }
        let id = span.context.trace_id;
        if !self.traces.contains_key(&id) {
            self.oldest.push_back(id);
        }
        let trace = self.traces.entry(id).or_default();
        trace.spans.push(Arc::clone(span));
        if !trace.crossed && trace.is_whole() {
            trace.crossed = true;
            self.crossed += 1;
            self.last_crossed = Some(id);
        }
        if self.oldest.len() > WATCHED
            && let Some(id) = self.oldest.pop_front()
        {
            self.traces.remove(&id);
        }
    }
}

impl Trace {
    /// Tells whether all three services took part, and every span but the one root has its parent.
    fn is_whole(&self) -> bool {
        let services: BTreeSet<&str> = self.spans.iter().map(|s| s.resource.service.as_ref()).collect();
        let ids: BTreeSet<SpanId> = self.spans.iter().map(|s| s.context.span_id).collect();
        let roots = self.spans.iter().filter(|s| s.parent.is_none()).count();
        services.len() == SERVICES
            && roots == 1
            && self
                .spans
                .iter()
                .filter_map(|s| s.parent)
                .all(|parent| ids.contains(&parent))
    }

    fn draw(&self, parent: Option<SpanId>, depth: usize, drawing: &mut String) {
        let mut children: Vec<_> = self.spans.iter().filter(|s| s.parent == parent).collect();
        children.sort_by_key(|s| s.start_unix_nanos);
        for span in children {
            let name = format!("{:indent$}{}", "", span.name, indent = depth * 2);
            let millis = span.duration_nanos as f64 / 1e6;
            let outcome = span.outcome.map_or("", Outcome::as_str);
            let _infallible = writeln!(
                drawing,
                "  {:13} {name:34} {millis:8.2} ms  {outcome}",
                span.resource.service
            );
            self.draw(Some(span.context.span_id), depth + 1, drawing);
        }
    }
}
