//! An exporter of our own: watches for traces that cross all three services.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use obs::record::{Record, SpanRecord};
use obs::{Outcome, SpanId, TraceId};

/// Traces that are watched at once; the oldest is forgotten first.
const WATCHED: usize = 1000;
/// The services that a trace of an order goes through.
const SERVICES: [&str; 3] = ["api", "build-worker", "notifier"];

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
    /// Tells whether just the three services took part, and every span but the one root has its parent.
    fn is_whole(&self) -> bool {
        let services: BTreeSet<&str> = self.spans.iter().map(|s| s.resource.service.as_ref()).collect();
        let ids: BTreeSet<SpanId> = self.spans.iter().map(|s| s.context.span_id).collect();
        let roots = self.spans.iter().filter(|s| s.parent.is_none()).count();
        services == BTreeSet::from(SERVICES)
            && roots == 1
            && self.spans.iter().filter_map(|s| s.parent).all(|parent| ids.contains(&parent))
    }

    fn draw(&self, parent: Option<SpanId>, depth: usize, drawing: &mut String) {
        let mut children: Vec<_> = self.spans.iter().filter(|s| s.parent == parent).collect();
        children.sort_by_key(|s| s.start_unix_nanos);
        for span in children {
            let name = format!("{:indent$}{}", "", span.name, indent = depth * 2);
            let millis = span.duration_nanos as f64 / 1e6;
            let outcome = span.outcome.map_or("", Outcome::as_str);
            let _infallible =
                writeln!(drawing, "  {:13} {name:34} {millis:8.2} ms  {outcome}", span.resource.service);
            self.draw(Some(span.context.span_id), depth + 1, drawing);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use obs::Exporter;
    use obs::record::{Resource, SpanKind, Status};

    use super::*;

    /// A span of trace `trace`: `parent` is 0 for a root.
    fn span(trace: u128, id: u64, parent: u64, service: &'static str) -> Record {
        Record::Span(Arc::new(SpanRecord {
            context: obs::SpanContext {
                trace_id: TraceId::new(trace).unwrap(),
                span_id: SpanId::new(id).unwrap(),
                flags: obs::SpanContext::SAMPLED,
                tracestate: None,
            },
            parent: SpanId::new(parent),
            parent_is_remote: false,
            name: format!("{service}-{id}").into(),
            kind: SpanKind::Internal,
            scope: "test".into(),
            start_unix_nanos: id,
            duration_nanos: 1_500_000,
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
            outcome: Some(Outcome::Ok),
            status: Status::Unset,
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
            resource: Arc::new(Resource { service: service.into(), attributes: Vec::new() }),
        }))
    }

    #[test]
    fn a_trace_crosses_once_whole_in_whatever_order_its_spans_end() {
        let traces = Traces::default();
        for (id, parent, service) in [(4, 3, "notifier"), (1, 0, "api"), (2, 1, "build-worker")] {
            traces.accept(&span(7, id, parent, service));
        }
        assert_eq!(traces.crossed(), 0, "the parent of 4 is missing");
        traces.accept(&span(7, 3, 2, "build-worker"));
        traces.accept(&span(7, 5, 1, "api"));
        assert_eq!((traces.crossed(), traces.calls(Outcome::Ok)), (1, 5));
        let drawing = traces.last_crossed().unwrap();
        let names: Vec<&str> = drawing.lines().skip(1).filter_map(|l| l.split_whitespace().nth(1)).collect();
        assert_eq!(names, ["api-1", "build-worker-2", "build-worker-3", "notifier-4", "api-5"]);
    }

    #[test]
    fn two_services_or_two_roots_are_no_crossing() {
        let traces = Traces::default();
        for (trace, service) in [(1, "api"), (2, "build-worker")] {
            traces.accept(&span(trace, 1, 0, "api"));
            traces.accept(&span(trace, 2, 1, "build-worker"));
            traces.accept(&span(trace, 3, u64::from(service == "api") * 2, service));
        }
        traces.accept(&span(2, 4, 3, "notifier"));
        assert_eq!(traces.crossed(), 0);
    }

    #[test]
    fn old_traces_are_forgotten() {
        let traces = Traces::default();
        (1..=3000).for_each(|trace| traces.accept(&span(trace, 1, 0, "api")));
        assert_eq!(traces.locked().traces.len(), WATCHED);
        assert_eq!(traces.locked().oldest.len(), WATCHED);
    }
}
