#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::record::{Attribute, Resource};

/// A writer that hands every call of `write_all` over as one text.
struct Lines(Sender<String>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(String::from_utf8(bytes.to_vec()).unwrap()).unwrap();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that is broken, as stderr with its reader gone.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn attribute(key: &'static str, value: Value) -> Attribute {
    Attribute { key: key.into(), value }
}

fn record(body: &str) -> LogRecord {
    LogRecord {
        correlation_id: Some("order-7".into()),
        time_unix_nanos: 1_795_258_800_123_456_789,
        severity: Severity::Info,
        target: "orders".into(),
        body: body.to_owned(),
        dropped_attributes: 0,
        attributes: vec![
            attribute("order.id", Value::Int(7)),
            attribute("note", Value::Str("two words".into())),
            attribute("ratio", Value::Double(f64::NAN)),
            attribute("paid", Value::Bool(true)),
        ],
        context: Some(SpanContext {
            trace_id: TraceId::new(0xabc).unwrap(),
            span_id: SpanId::new(0xdef).unwrap(),
            flags: 1,
            tracestate: None,
        }),
        span: Some("place_order".into()),
        resource: Arc::new(Resource { service: "api".into(), attributes: Vec::new() }),
    }
}

fn console(format: LogFormat) -> (Console, Receiver<String>) {
    let (sender, lines) = channel();
    (Console::new(format, Box::new(Lines(sender)), &Ledger::default()), lines)
}

#[test]
fn a_pretty_line_has_everything_in_order() {
    let (console, lines) = console(LogFormat::Pretty);
    console.write(&record("placed"));
    assert_eq!(
        lines.try_recv().unwrap(),
        "2026-11-21T11:00:00.123Z  INFO api orders: placed order.id=7 note=\"two words\" ratio=NaN paid=true \
         trace_id=00000000000000000000000000000abc span_id=0000000000000def correlation_id=order-7\n"
    );
}

#[test]
fn colours_do_not_change_the_words() {
    let mut out = String::new();
    write_pretty(&mut out, &record("placed"), true).unwrap();
    assert!(out.contains("\u{1b}[32m INFO\u{1b}[0m api \u{1b}[2morders:\u{1b}[0m placed "), "{out:?}");
}

#[test]
fn a_json_line_is_one_object() {
    let (console, lines) = console(LogFormat::Json);
    console.write(&record("placed"));
    let line: serde_json::Value = serde_json::from_str(&lines.try_recv().unwrap()).unwrap();
    let expected = serde_json::json!({
        "timestamp": "2026-11-21T11:00:00.123456Z", "level": "INFO", "target": "orders", "message": "placed",
        "fields": {"order.id": 7, "note": "two words", "ratio": "NaN", "paid": true},
        "trace_id": "00000000000000000000000000000abc", "span_id": "0000000000000def",
        "correlation_id": "order-7", "span": "place_order", "service.name": "api",
    });
    assert_eq!(line, expected);
}

#[test]
fn every_character_gives_one_line_without_anything_unsafe() {
    let every: String = (0..=0x2_ffff).filter_map(char::from_u32).collect();
    let mut hostile = record(&every);
    hostile.target = every.clone().into();
    hostile.span = Some(every.clone().into());
    hostile.attributes =
        vec![Attribute { key: every.clone().into(), value: Value::Str(every.clone().into()) }];
    hostile.resource = Arc::new(Resource { service: every.clone().into(), attributes: Vec::new() });
    for format in [LogFormat::Pretty, LogFormat::Json] {
        let (console, lines) = console(format);
        console.write(&hostile);
        let line = lines.try_recv().unwrap();
        let unsafe_at = line.strip_suffix('\n').unwrap().find(is_unsafe);
        assert_eq!(unsafe_at, None, "{format:?}");
        if format == LogFormat::Json {
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_eq!(line.get("message").and_then(|m| m.as_str()), Some(every.as_str()));
        }
    }
}

#[test]
fn a_broken_writer_costs_the_record_and_nothing_else() {
    let ledger = Ledger::default();
    Console::new(LogFormat::Json, Box::new(Broken), &ledger).write(&record("lost"));
    let account = ledger.snapshot().pop().unwrap();
    assert_eq!((account.accepted, account.dropped(Reason::Refused), account.queued), (1, 1, 0));
}
