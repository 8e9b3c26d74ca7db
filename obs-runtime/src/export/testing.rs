//! Records and checks that the tests of `export` share.

use std::sync::Arc;

use super::Ledger;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::record::{Decode, LogRecord, Resource, Severity, SpanKind, SpanRecord, Spans, Status};

pub(super) fn resource(service: &'static str) -> Arc<Resource> {
    Arc::new(Resource { service: service.into(), attributes: Vec::new() })
}

pub(crate) fn span(name: &'static str) -> Arc<SpanRecord> {
    Arc::new(SpanRecord {
        context: SpanContext {
            trace_id: TraceId::random(),
            span_id: SpanId::random(),
            flags: SpanContext::SAMPLED,
            tracestate: None,
        },
        parent: None,
        parent_is_remote: false,
        name: name.into(),
        kind: SpanKind::Internal,
        scope: "tests".into(),
        start_unix_nanos: 1_795_258_800_000_000_000,
        duration_nanos: 1_000,
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
        outcome: None,
        status: Status::Unset,
        dropped_attributes: 0,
        dropped_events: 0,
        dropped_links: 0,
        resource: resource("tests"),
    })
}

/// Makes `count` spans in bytes, all the same.
pub(super) fn spans(count: usize) -> Spans {
    let decode: Decode = Arc::new(|_| Some(span("work")));
    let mut spans = Spans::new(&decode);
    (0..count).for_each(|_| spans.push(&[]));
    spans
}

pub(super) fn log(body: &str) -> Arc<LogRecord> {
    Arc::new(LogRecord {
        correlation_id: None,
        time_unix_nanos: 1_795_258_800_000_000_000,
        severity: Severity::Info,
        target: "tests".into(),
        body: body.to_owned(),
        attributes: Vec::new(),
        dropped_attributes: 0,
        context: None,
        span: None,
        resource: resource("tests"),
    })
}

/// Checks that every account adds up and has `queued` records without a fate.
#[track_caller]
pub(super) fn balanced(ledger: &Ledger, queued: u64) {
    for account in ledger.snapshot() {
        let met = account.exported + account.rejected + account.dropped_total();
        assert_eq!(account.accepted, met + account.queued, "{account:?}");
        assert_eq!(account.queued, queued, "{account:?}");
    }
}
