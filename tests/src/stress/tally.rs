//! The exporter: it keeps nothing, and looks whether what arrives is what was made.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};

use obs::Exporter;
use obs::export::{Account, AccountSnapshot, Ledger, Signal};
use obs::record::{Record, SpanRecord, Value};

use crate::values::{text, twice};

/// What has arrived.
#[derive(Clone, Default)]
pub(crate) struct Tally(Arc<Inner>);

#[derive(Default)]
struct Inner {
    spans: AtomicU64,
    owed: AtomicU64,
    /// The first few spans that were not as they had been made.
    flaws: Mutex<Vec<String>>,
    /// What the engine says of spans and logs, also after the pipeline's end.
    engine: OnceLock<[Arc<Account>; 2]>,
}

impl Tally {
    pub(crate) fn spans(&self) -> u64 {
        self.0.spans.load(Relaxed)
    }

    /// Returns how many spans came of traces that the tail rule must keep.
    pub(crate) fn owed(&self) -> u64 {
        self.0.owed.load(Relaxed)
    }

    pub(crate) fn engine(&self) -> Vec<AccountSnapshot> {
        self.0.engine.get().unwrap().iter().map(|account| account.snapshot()).collect()
    }

    pub(crate) fn flawless(&self) {
        let flaws = self.0.flaws.lock().unwrap();
        assert!(flaws.is_empty(), "{flaws:#?}");
    }
}

impl Exporter for Tally {
    fn name(&self) -> &'static str {
        "tally"
    }

    fn start(&self, ledger: &Ledger) {
        let engine = |signal| ledger.account(signal, "engine", &[]);
        self.0.engine.get_or_init(|| [engine(Signal::Traces), engine(Signal::Logs)]);
    }

    fn accept(&self, record: &Record) {
        let Record::Span(span) = record else { return };
        self.0.spans.fetch_add(1, Relaxed);
        if span.attribute("owed") == Some(&Value::Bool(true)) {
            self.0.owed.fetch_add(1, Relaxed);
        }
        if let Err(flaw) = check(span) {
            let mut flaws = self.0.flaws.lock().unwrap();
            if flaws.len() < 5 {
                flaws.push(format!("{flaw}: {span:?}"));
            }
        }
    }
}

/// Every span has a number; what else it has follows from that.
pub(crate) fn check(span: &SpanRecord) -> Result<(), &'static str> {
    let Some(Value::Int(number)) = span.attribute("number") else { return Err("no number") };
    if span.attribute("twice") != Some(&Value::Int(twice(*number))) {
        return Err("another number's double");
    }
    // These come late, or not at all.
    let late = span.attribute("late").is_none_or(|late| *late == Value::Int(twice(*number)));
    let long = span.attribute("long").is_none_or(|long| long.to_string() == text(*number));
    let events = span.events.iter().all(|event| {
        let said = event.attributes.iter().find(|a| a.key == "number").map(|a| &a.value);
        said == Some(&Value::Int(*number))
    });
    match (late, long, events) {
        (false, ..) => Err("another span's late value"),
        (_, false, _) => Err("another span's text"),
        (.., false) => Err("another span's event"),
        _ => Ok(()),
    }
}
