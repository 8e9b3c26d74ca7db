//! What is printed.

use std::io::{self, Write};
use std::sync::Mutex as Shared;

use super::super::pretty::Pretty;
use super::super::printer::Printer;
use super::*;
use crate::Outcome;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::export::delivery::Form;
use crate::export::testing::{log, span};
use crate::record::{Attribute, Link, Record, SpanEvent, SpanKind, SpanRecord, Status, Value};

/// Takes so many bytes, then fails, then takes all.
#[derive(Clone, Default)]
struct Failing {
    taken: Arc<Shared<Vec<u8>>>,
    left: Arc<Shared<Option<usize>>>,
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut left = self.left.lock().unwrap();
        let most = match *left {
            Some(0) => {
                *left = None;
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Some(most) => most.min(bytes.len()),
            None => bytes.len(),
        };
        *left = left.map(|left| left - most);
        self.taken.lock().unwrap().extend_from_slice(&bytes[..most]);
        Ok(most)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_line_that_failed_half_way_is_ended_and_said_again() {
    let out = Failing::default();
    *out.left.lock().unwrap() = Some(3);
    let mut printer = Printer::new(out.clone());
    assert!(printer.append(b"{\"a\":1}\n", &Wanted::new()).is_err());
    printer.append(b"{\"a\":1}\n", &Wanted::new()).unwrap();
    printer.append(b"{\"b\":2}\n", &Wanted::new()).unwrap();
    let unwanted = Wanted::new();
    drop(Waiting(unwanted.clone()));
    printer.append(b"{\"c\":3}\n", &unwanted).unwrap();
    assert_eq!(String::from_utf8(out.taken.lock().unwrap().clone()).unwrap(), "{\"a\n{\"a\":1}\n{\"b\":2}\n");
}

#[test]
fn a_reader_that_has_gone_is_no_reason_to_try_again() {
    let gone = judge(Err(io::ErrorKind::BrokenPipe.into()));
    assert!(matches!(gone, Verdict::Drop { reason: Reason::Refused, .. }), "{gone:?}");
    let busy = judge(Err(io::ErrorKind::WouldBlock.into()));
    assert!(matches!(busy, Verdict::Retry { after: None, .. }), "{busy:?}");
}

fn printed(signal: Signal, record: Record) -> String {
    String::from_utf8(Pretty(signal).write(&record, Vec::new())).unwrap()
}

fn attribute(key: &'static str, value: impl Into<Value>) -> Attribute {
    Attribute { key: key.into(), value: value.into() }
}

fn context(span: u64) -> SpanContext {
    SpanContext {
        trace_id: TraceId::new(0x0102).unwrap(),
        span_id: SpanId::new(span).unwrap(),
        flags: 1,
        tracestate: None,
    }
}

fn full() -> SpanRecord {
    SpanRecord {
        context: context(0x0304),
        parent: SpanId::new(0x0506),
        name: "place order".into(),
        kind: SpanKind::Server,
        scope: "shop::orders".into(),
        duration_nanos: 1_500_000,
        attributes: vec![attribute("order.id", 7_i64), attribute("note", "two words")],
        events: vec![SpanEvent {
            name: "retried".into(),
            time_unix_nanos: 1_795_258_800_000_250_000,
            attributes: vec![attribute("attempt", 2_i64)],
            dropped_attributes: 1,
        }],
        links: vec![Link { context: context(0x0708) }],
        outcome: Some(Outcome::Error),
        status: Status::Error("declined".into()),
        dropped_events: 3,
        ..SpanRecord::clone(&span("unused"))
    }
}

#[test]
fn a_span_is_a_line_and_its_events_are_lines_below_it() {
    let got = printed(Signal::Traces, Record::Span(Arc::new(full())));
    let expected = "2026-11-21T11:00:00.000Z  SPAN tests shop::orders: place order 1.5ms error: declined kind=server \
                    order.id=7 note=\"two words\" trace_id=00000000000000000000000000000102 \
                    span_id=0000000000000304 parent_id=0000000000000506 \
                    link=00000000000000000000000000000102/0000000000000708 dropped_events=3\n    \
                    +250µs retried attempt=2 dropped_attributes=1\n";
    assert_eq!(got, expected);
    let plain = SpanRecord { context: context(1), ..SpanRecord::clone(&span("work")) };
    let expected = "2026-11-21T11:00:00.000Z  SPAN tests tests: work 1µs trace_id=00000000000000000000000000000102 \
                    span_id=0000000000000001\n";
    assert_eq!(printed(Signal::Traces, Record::Span(Arc::new(plain))), expected);
}

#[test]
fn a_log_record_is_a_line() {
    let got = printed(Signal::Logs, Record::Log(log("hello")));
    assert_eq!(got, "2026-11-21T11:00:00.000Z  INFO tests tests: hello\n");
}

#[test]
fn no_text_breaks_out_of_its_line() {
    const EVIL: &str = "a\nb\r\u{1b}[2J\u{85}\u{202e}\u{2028}";
    let evil = SpanRecord {
        name: EVIL.into(),
        scope: EVIL.into(),
        status: Status::Error(EVIL.into()),
        attributes: vec![Attribute { key: EVIL.into(), value: EVIL.into() }],
        events: vec![SpanEvent { name: EVIL.into(), ..full().events[0].clone() }],
        ..full()
    };
    let got = printed(Signal::Traces, Record::Span(Arc::new(evil)));
    assert_eq!(got.lines().count(), 2, "{got:?}");
    assert!(got.chars().all(|c| c == '\n' || !crate::export::text::is_unsafe(c)), "{got:?}");
    let got = printed(Signal::Logs, Record::Log(log(EVIL)));
    assert_eq!(got.lines().count(), 1, "{got:?}");
}

#[test]
fn each_signal_prints_its_own() {
    let (of_spans, of_logs) = (Record::Span(span("work")), Record::Log(log("hello")));
    assert!(
        Pretty(Signal::Traces).origin(&of_logs).is_none() && Pretty(Signal::Logs).origin(&of_spans).is_none()
    );
    assert!(
        Pretty(Signal::Traces).origin(&of_spans).is_some() && Pretty(Signal::Logs).origin(&of_logs).is_some()
    );
}

/// Runs in a process of its own, whose standard output is read by the test below.
#[test]
#[ignore = "prints, for the test of standard output"]
fn child() {
    let to = |name| StdoutConfig { name, settings: quick() };
    let bench = Bench::new(|ledger, notices| {
        let json = otlp_spans(to("stdout"), ledger, notices).unwrap();
        let (spans, logs) =
            (pretty_spans(to("console"), ledger, notices), pretty_logs(to("console"), ledger, notices));
        vec![Arc::new(json) as Arc<dyn Exporter>, Arc::new(spans), Arc::new(logs)]
    });
    for _ in 0..3 {
        bench.put(&span("work"));
        bench.sink.put(Record::Log(log("hello")));
        bench.settled(Signal::Traces, "stdout");
    }
    for (signal, name) in [(Signal::Traces, "stdout"), (Signal::Traces, "console"), (Signal::Logs, "console")]
    {
        assert_eq!(bench.settled(signal, name).exported, 3);
    }
}

#[test]
fn standard_output_has_whole_lines_of_all_who_print() {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "--nocapture", "export::lines::tests::printed::child"]);
    let output = child.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let requests: Vec<ExportTraceServiceRequest> = text
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(requests.len(), 3);
    // Before the first of them stands what the test's runner prints.
    let printed = |what: &str| text.lines().filter(|line| line.contains(what)).count();
    assert_eq!(printed("  SPAN tests tests: work 1µs trace_id="), 3);
    assert_eq!(printed("  INFO tests tests: hello"), 3);
}
