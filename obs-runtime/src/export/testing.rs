//! Records and checks that the tests of `export` share.

#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::delivery::{LIKELY, Retry, Settings};
use super::otlp::tests::SOON;
use super::{AccountSnapshot, Exporter, Ledger, Notices, Signal, Worker};
use crate::context::{SpanContext, SpanId, TraceId};
use crate::record::{
    Decode, LogRecord, Record, Resource, Severity, Sink, SpanKind, SpanRecord, Spans, Status,
};

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
        let left = account.queued + account.spooled;
        assert_eq!(account.accepted + account.recovered, met + left, "{account:?}");
        assert_eq!(account.queued, queued, "{account:?}");
    }
}

/// A worker with the exporters of a test, and what they told people.
pub(super) struct Bench {
    pub(super) worker: Worker,
    pub(super) sink: Arc<dyn Sink>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) notices: Receiver<(Severity, String)>,
}

impl Bench {
    pub(super) fn new(exporters: impl FnOnce(&Arc<Ledger>, &Notices) -> Vec<Arc<dyn Exporter>>) -> Self {
        let ledger = Arc::new(Ledger::default());
        let (sender, notices) = channel();
        let notify: Notices = Arc::new(move |severity, line| drop(sender.send((severity, line))));
        let worker = Worker::start(exporters(&ledger, &notify), Arc::clone(&ledger)).unwrap();
        Bench { sink: worker.sink(), worker, ledger, notices }
    }

    pub(super) fn put(&self, span: &Arc<SpanRecord>) {
        self.sink.put(Record::Span(Arc::clone(span)));
    }

    /// Delivers what was put to its end, and returns the account of an exporter.
    #[track_caller]
    pub(super) fn settled(&self, signal: Signal, exporter: &'static str) -> AccountSnapshot {
        self.worker.flush(SOON).unwrap();
        balanced(&self.ledger, 0);
        self.ledger.account(signal, exporter, LIKELY).snapshot()
    }
}

/// Settings with waits of milliseconds; records wait for a flush or a full batch.
pub(super) fn quick() -> Settings {
    let millis = Duration::from_millis;
    Settings {
        schedule_delay: Duration::from_secs(3_600),
        retry: Retry { initial: millis(1), max: millis(4), attempts: 5 },
        reconnect_delay: millis(2),
        ..Settings::default()
    }
}

/// A folder of its own, which is deleted with this.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("obs-export-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _not_there = std::fs::remove_dir_all(&self.0);
    }
}
