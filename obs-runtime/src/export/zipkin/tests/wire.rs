//! What arrives at a Zipkin, and what becomes of what does not.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Map, Value};

use super::super::{ZipkinConfig, zipkin_spans};
use crate::context::{SpanContext, SpanId, TraceId};
use crate::export::otlp::tests::collector::{Collector, Reply};
use crate::export::testing::{Bench, quick, span};
use crate::export::{EndpointError, Exporter, Ledger, Reason, Settings, Signal};
use crate::record::{Attribute, SpanEvent, SpanKind, SpanRecord, Status};

const NAME: &str = "zipkin";

fn bench(collector: &Collector, settings: Settings) -> Bench {
    let endpoint = format!("http://{}/api/v2/spans", collector.address);
    let config = ZipkinConfig { name: NAME, endpoint, settings };
    Bench::new(|ledger, notices| {
        vec![Arc::new(zipkin_spans(config, ledger, notices).unwrap()) as Arc<dyn Exporter>]
    })
}

fn accepting() -> Collector {
    Collector::start(vec![Reply::status(202); 64])
}

/// A lower-case hexadecimal number of one of some lengths, which is not zero.
fn is_id(value: &Value, lengths: &[usize]) -> bool {
    let id = value.as_str().unwrap();
    let digits = id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    digits && lengths.contains(&id.len()) && id.bytes().any(|b| b != b'0')
}

fn is_endpoint(value: &Value) -> bool {
    let endpoint = value.as_object().unwrap();
    !endpoint.is_empty()
        && endpoint.iter().all(|(key, value)| match key.as_str() {
            "serviceName" => value.as_str().is_some_and(|name| !name.is_empty()),
            "ipv4" => value.as_str().unwrap().parse::<std::net::Ipv4Addr>().is_ok(),
            "ipv6" => value.as_str().unwrap().parse::<std::net::Ipv6Addr>().is_ok(),
            "port" => value.as_u64().is_some_and(|port| (1..=65_535).contains(&port)),
            _ => false,
        })
}

fn is_annotation(value: &Value) -> bool {
    let annotation = value.as_object().unwrap();
    annotation.len() == 2 && annotation["timestamp"].is_u64() && annotation["value"].is_string()
}

/// Checks a span against the schema of Zipkin's API (`zipkin2-api.yaml`), in which other members have no meaning.
#[track_caller]
fn assert_valid(span: &Map<String, Value>) {
    for required in ["traceId", "id"] {
        assert!(span.contains_key(required), "{span:?}");
    }
    for (key, value) in span {
        let valid = match key.as_str() {
            "traceId" => is_id(value, &[16, 32]),
            "id" | "parentId" => is_id(value, &[16]),
            "name" => value.is_string(),
            "kind" => ["CLIENT", "SERVER", "PRODUCER", "CONSUMER"].contains(&value.as_str().unwrap()),
            "timestamp" | "duration" => value.as_u64().is_some_and(|time| time > 0),
            "localEndpoint" | "remoteEndpoint" => is_endpoint(value),
            "annotations" => value.as_array().unwrap().iter().all(is_annotation),
            "tags" => value.as_object().unwrap().values().all(Value::is_string),
            "debug" | "shared" => value.is_boolean(),
            _ => false,
        };
        assert!(valid, "{key}: {value}");
    }
}

/// Returns the spans of the next request, each of which is valid.
#[track_caller]
fn next(collector: &Collector) -> Vec<Map<String, Value>> {
    let arrived = collector.next();
    let header = |name: &str| arrived.headers.get(name).and_then(|v| v.to_str().ok());
    assert_eq!((&arrived.method, arrived.path.as_str()), (&Method::POST, "/api/v2/spans"));
    assert_eq!((header("content-type"), header("content-encoding")), (Some("application/json"), None));
    let list: Value = serde_json::from_slice(&arrived.body).unwrap();
    let spans: Vec<_> =
        list.as_array().unwrap().iter().map(|span| span.as_object().unwrap().clone()).collect();
    spans.iter().for_each(assert_valid);
    spans
}

/// A span with everything there is, of every kind in turn.
fn full(number: u64) -> Arc<SpanRecord> {
    use SpanKind::{Client, Consumer, Internal, Producer, Server};
    let kinds = [Internal, Server, Client, Producer, Consumer];
    let attribute = |key: &'static str, value: crate::record::Value| Attribute { key: key.into(), value };
    let attributes = vec![
        attribute(
            "network.peer.address",
            if number.is_multiple_of(2) { "10.0.0.1" } else { "2001:db8::1" }.into(),
        ),
        attribute("network.peer.port", 5_432_i64.into()),
        attribute("half", 0.5.into()),
        attribute("nan", f64::NAN.into()),
        attribute("control", "\u{0}\u{1f}\u{7f}\"\\🦀".into()),
    ];
    Arc::new(SpanRecord {
        context: SpanContext {
            trace_id: TraceId::new(u128::from(number) + 1).unwrap(),
            span_id: SpanId::new(number + 1).unwrap(),
            flags: 1,
            tracestate: None,
        },
        parent: SpanId::new(number),
        kind: kinds[(number % 5) as usize],
        duration_nanos: number,
        events: vec![SpanEvent {
            name: "e\"".into(),
            time_unix_nanos: number,
            attributes: attributes.clone(),
            dropped_attributes: 1,
        }],
        attributes,
        status: [Status::Unset, Status::Ok, Status::Error("no\n".into())][(number % 3) as usize].clone(),
        ..SpanRecord::clone(&span("work"))
    })
}

#[test]
fn every_span_arrives_in_lists_that_zipkin_understands() {
    let collector = accepting();
    let bench = bench(&collector, Settings { batch: 50, max_batch: 50, ..quick() });
    (0..230).for_each(|number| bench.put(&full(number)));
    let account = bench.settled(Signal::Traces, NAME);
    assert_eq!((account.exported, account.rejected, account.dropped_total()), (230, 0, 0));
    let mut spans = Vec::new();
    while spans.len() < 230 {
        spans.extend(next(&collector));
    }
    let mut ids: Vec<_> = spans.iter().map(|span| span["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    assert_eq!(ids, (1..=230).map(|id| format!("{id:016x}")).collect::<Vec<_>>());
    assert_eq!(
        spans.iter().filter(|span| span.contains_key("remoteEndpoint")).count(),
        92,
        "two kinds of five"
    );
}

#[test]
fn an_answer_is_judged_by_its_status_as_for_otlp() {
    let cases = [
        (400, Reason::Refused, 1),
        (404, Reason::Refused, 1),
        (413, Reason::Refused, 1),
        (500, Reason::Refused, 1),
        (307, Reason::Redirect, 1),
        (429, Reason::RetryExhausted, 5),
        (502, Reason::RetryExhausted, 5),
        (503, Reason::RetryExhausted, 5),
        (504, Reason::RetryExhausted, 5),
    ];
    for (status, reason, attempts) in cases {
        let collector = Collector::start(vec![Reply::status(status); 5]);
        let bench = bench(&collector, quick());
        bench.put(&span("work"));
        assert_eq!(bench.settled(Signal::Traces, NAME).dropped(reason), 1, "{status}");
        assert_eq!(collector.arrived.try_iter().count(), attempts, "{status}");
        let (_, loss) = bench.notices.try_recv().unwrap();
        assert!(loss.contains("/api/v2/spans: it answered "), "{loss}");
    }
}

#[test]
fn a_zipkin_that_comes_back_gets_the_same_spans() {
    let collector = Collector::start([Reply::status(503), Reply::Reset, Reply::status(202)]);
    let bench = bench(&collector, quick());
    bench.put(&full(1));
    assert_eq!(bench.settled(Signal::Traces, NAME).exported, 1);
    let first = next(&collector);
    assert_eq!((next(&collector), next(&collector)), (first.clone(), first));
}

#[test]
fn the_body_of_a_good_answer_says_nothing() {
    let collector = Collector::start([Reply::With(202, Vec::new(), b"<html>".to_vec())]);
    let bench = bench(&collector, quick());
    bench.put(&span("work"));
    assert_eq!(bench.settled(Signal::Traces, NAME).exported, 1);
}

#[test]
fn a_zipkin_that_hangs_costs_what_waits_and_a_shutdown_its_timeout() {
    let collector = Collector::start(vec![Reply::Hang; 4]);
    let bench = bench(&collector, quick());
    bench.put(&span("work"));
    let error = bench.worker.shutdown(Duration::from_millis(200)).unwrap_err();
    assert_eq!(error.to_string(), "telemetry was not flushed in time; outstanding: 1 span at zipkin");
    let account = bench.ledger.account(Signal::Traces, NAME, &[]).snapshot();
    assert_eq!((account.dropped(Reason::Shutdown), account.queued), (1, 0));
}

#[test]
fn log_records_are_not_for_zipkin() {
    let collector = accepting();
    let bench = bench(&collector, quick());
    bench.sink.put(crate::record::Record::Log(crate::export::testing::log("hello")));
    assert_eq!(bench.settled(Signal::Traces, NAME).accepted, 0);
}

#[test]
fn an_endpoint_that_is_none_is_an_error() {
    let config =
        ZipkinConfig { name: NAME, endpoint: "localhost:9411".to_owned(), settings: Settings::default() };
    let made = zipkin_spans(config, &Arc::<Ledger>::default(), &(Arc::new(|_, _| {}) as _));
    assert_eq!(made.unwrap_err(), EndpointError::NoUrl);
}
