//! What arrives, as read by the generated types of OpenTelemetry.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Proto;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

use super::*;
use crate::Outcome;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::export::delivery::{Compression, Form, Item};
use crate::export::otlp::logs::Logs;
use crate::export::otlp::spans::Spans;
use crate::export::testing::{log, resource};
use crate::record::{Attribute, Link, LogRecord, Resource, SpanEvent, SpanKind, SpanRecord, Status, Value};

fn attribute(key: &'static str, value: Value) -> Attribute {
    Attribute { key: key.into(), value }
}

fn values(attributes: Vec<KeyValue>) -> Vec<(String, Proto)> {
    attributes.into_iter().map(|a| (a.key, a.value.unwrap().value.unwrap())).collect()
}

fn text(key: &str, value: &str) -> (String, Proto) {
    (key.to_owned(), Proto::StringValue(value.to_owned()))
}

fn context(trace: u128, span: u64, tracestate: Option<&str>) -> SpanContext {
    SpanContext {
        trace_id: TraceId::new(trace).unwrap(),
        span_id: SpanId::new(span).unwrap(),
        flags: 3,
        tracestate: tracestate.map(Arc::from),
    }
}

fn full() -> SpanRecord {
    SpanRecord {
        context: context(0x0102, 0x0304, Some("vendor=1")),
        parent: SpanId::new(0x0506),
        parent_is_remote: true,
        name: "place_order".into(),
        kind: SpanKind::Consumer,
        scope: "shop::orders".into(),
        start_unix_nanos: 1_000,
        duration_nanos: 234,
        attributes: vec![
            attribute("empty", Value::Str("".into())),
            attribute("zero", Value::Int(0)),
            attribute("minus", Value::Int(-7)),
            attribute("no", Value::Bool(false)),
            attribute("half", Value::Double(0.5)),
            attribute("long", Value::Str("é".repeat(100_000).into())),
        ],
        events: vec![SpanEvent {
            name: "retried".into(),
            time_unix_nanos: 1_100,
            attributes: vec![attribute("attempt", Value::Int(2))],
            dropped_attributes: 3,
        }],
        links: vec![Link { context: context(0x0a, 0x0b, Some("other=2")) }],
        outcome: Some(Outcome::Error),
        status: Status::Error("declined".into()),
        dropped_attributes: 1,
        dropped_events: 2,
        dropped_links: 4,
        ..SpanRecord::clone(&span("unused"))
    }
}

/// Encodes a request of spans.
fn request(spans: &[SpanRecord]) -> Vec<u8> {
    let mut request = Spans.begin();
    for span in spans {
        let record = Record::Span(Arc::new(span.clone()));
        let origin = Spans.origin(&record).unwrap();
        request.push(&Item { origin, bytes: Spans.write(&record, Vec::new()) });
    }
    request.into_bytes()
}

/// Encodes one span and decodes it again.
fn through(record: &SpanRecord) -> Span {
    let bytes = request(std::slice::from_ref(record));
    let request = ExportTraceServiceRequest::decode(bytes.as_slice()).unwrap();
    request.resource_spans.into_iter().next().unwrap().scope_spans.remove(0).spans.remove(0)
}

#[test]
fn every_field_of_a_span_arrives() {
    let got = through(&full());
    assert_eq!(got.trace_id, 0x0102_u128.to_be_bytes());
    assert_eq!(
        (got.span_id.as_slice(), got.parent_span_id.as_slice()),
        (&0x0304_u64.to_be_bytes()[..], &0x0506_u64.to_be_bytes()[..])
    );
    assert_eq!((got.trace_state.as_str(), got.name.as_str(), got.kind), ("vendor=1", "place_order", 5));
    assert_eq!((got.start_time_unix_nano, got.end_time_unix_nano), (1_000, 1_234));
    assert_eq!(got.flags, 0x303, "sampled, random, and a parent that is known to be remote");
    let dropped = (got.dropped_attributes_count, got.dropped_events_count, got.dropped_links_count);
    assert_eq!(dropped, (1, 2, 4));
    let status = got.status.unwrap();
    assert_eq!((status.code, status.message.as_str()), (2, "declined"));
    let expected = [
        text("empty", ""),
        ("zero".to_owned(), Proto::IntValue(0)),
        ("minus".to_owned(), Proto::IntValue(-7)),
        ("no".to_owned(), Proto::BoolValue(false)),
        ("half".to_owned(), Proto::DoubleValue(0.5)),
        text("long", &"é".repeat(100_000)),
        text("outcome", "error"),
    ];
    assert_eq!(values(got.attributes), expected);
}

#[test]
fn events_and_links_of_a_span_arrive() {
    let got = through(&full());
    let event = got.events.into_iter().next().unwrap();
    assert_eq!((event.name.as_str(), event.time_unix_nano), ("retried", 1_100));
    assert_eq!(event.dropped_attributes_count, 3);
    assert_eq!(values(event.attributes), [("attempt".to_owned(), Proto::IntValue(2))]);
    let link = got.links.first().unwrap();
    assert_eq!((link.trace_state.as_str(), link.flags), ("other=2", 3));
    assert_eq!(
        (link.trace_id.as_slice(), link.span_id.as_slice()),
        (&0x0a_u128.to_be_bytes()[..], &0x0b_u64.to_be_bytes()[..])
    );
}

#[test]
fn a_plain_root_span_has_nothing_it_was_not_given() {
    let got = through(&span("plain"));
    assert_eq!((got.parent_span_id.len(), got.trace_state.as_str(), got.kind, got.flags), (0, "", 1, 0x101));
    assert_eq!((got.attributes.len(), got.events.len(), got.links.len(), got.status), (0, 0, 0, None));
    let ok = through(&SpanRecord { status: Status::Ok, ..SpanRecord::clone(&span("fine")) });
    assert_eq!(ok.status.unwrap().code, 1);
}

#[test]
fn spans_are_grouped_by_resource_and_scope() {
    let shop = |service: &'static str| {
        Arc::new(Resource {
            attributes: vec![attribute("host.name", Value::Str("a".into()))],
            ..Resource::clone(&resource(service))
        })
    };
    let make = |name: &'static str, scope: &'static str, service: &'static str| SpanRecord {
        scope: scope.into(),
        resource: shop(service),
        ..SpanRecord::clone(&span(name))
    };
    let spans =
        [make("a", "x", "api"), make("b", "x", "worker"), make("c", "y", "api"), make("d", "x", "api")];
    let request = ExportTraceServiceRequest::decode(request(&spans).as_slice()).unwrap();
    let mut drawn = String::new();
    for resource in request.resource_spans {
        let attributes = values(resource.resource.unwrap().attributes);
        let [(name, Proto::StringValue(service)), host] = &attributes[..] else {
            panic!("{attributes:?}");
        };
        assert_eq!((name.as_str(), host), ("service.name", &text("host.name", "a")));
        for scope in resource.scope_spans {
            let names: Vec<_> = scope.spans.into_iter().map(|s| s.name).collect();
            drawn += &format!("{service}/{}: {}\n", scope.scope.unwrap().name, names.join(" "));
        }
    }
    assert_eq!(drawn, "api/x: a d\napi/y: c\nworker/x: b\n");
}

#[test]
fn as_json_a_request_says_the_same() {
    let collector = Collector::start([]);
    let to = local(&collector);
    let (protobuf, json) = (to.clone(), OtlpConfig { protocol: Protocol::HttpJson, ..to });
    let mut requests = Vec::new();
    for (config, kind) in [(protobuf, "application/x-protobuf"), (json, "application/json")] {
        let pipeline = Pipeline::new(config);
        pipeline.sink.put(Record::Span(Arc::new(full())));
        assert_eq!(pipeline.deliver(0).exported, 1);
        let arrived = collector.next();
        let header = |name: &str| arrived.headers.get(name).and_then(|v| v.to_str().ok());
        assert_eq!((header("content-type"), header("content-encoding")), (Some(kind), Some("gzip")));
        requests.push(match kind {
            "application/json" => serde_json::from_slice(&arrived.plain()).unwrap(),
            _ => arrived.request(),
        });
    }
    assert_eq!(requests.first(), requests.get(1));
}

#[test]
fn what_an_answer_in_json_rejects_is_counted() {
    let said = br#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}"#.to_vec();
    let kind = ("content-type", "application/json".to_owned());
    let collector = Collector::start([Reply::With(200, vec![kind], said)]);
    let config = OtlpConfig { protocol: Protocol::HttpJson, ..local(&collector) };
    let account = Pipeline::new(config).deliver(5);
    assert_eq!((account.exported, account.rejected), (3, 2));
}

#[test]
fn requests_have_the_configured_headers_and_encoding() {
    let collector = Collector::start([]);
    let address = collector.address.to_string();
    let headers = vec![("x-api-key".parse().unwrap(), "secret".parse().unwrap())];
    assert_eq!(Pipeline::new(OtlpConfig { headers, ..config(&address) }).deliver(2).exported, 2);
    let arrived = collector.next();
    let header = |name: &str| arrived.headers.get(name).and_then(|v| v.to_str().ok());
    assert_eq!((arrived.path.as_str(), header("host")), ("/v1/traces", Some(address.as_str())));
    assert_eq!(header("content-type"), Some("application/x-protobuf"));
    assert_eq!(header("content-encoding"), Some("gzip"));
    assert_eq!(header("x-api-key"), Some("secret"));
    assert!(header("user-agent").is_some_and(|v| v.starts_with("obs/")));
    assert_eq!(arrived.spans().len(), 2);

    let plain = with(config(&address), |s| Settings { compression: Compression::None, ..s });
    assert_eq!(Pipeline::new(plain).deliver(1).exported, 1);
    let arrived = collector.next();
    assert_eq!(arrived.headers.get("content-encoding"), None);
    assert_eq!(arrived.spans().first().unwrap().name, "work");
}

#[test]
fn every_field_of_a_log_record_arrives() {
    let record = LogRecord {
        time_unix_nanos: 1_234,
        severity: Severity::Warn,
        target: "shop::orders".into(),
        body: "card declined\n".to_owned(),
        attributes: vec![attribute("order", Value::Int(7)), attribute("empty", Value::Str("".into()))],
        context: Some(context(0x0102, 0x0304, None)),
        correlation_id: Some("c-1".into()),
        span: Some("place_order".into()),
        ..LogRecord::clone(&log("unused"))
    };
    let plain = Record::Log(log("plain"));
    let full = Record::Log(Arc::new(record));
    let mut request = Logs.begin();
    for record in [&full, &plain] {
        let origin = Logs.origin(record).unwrap();
        request.push(&Item { origin, bytes: Logs.write(record, Vec::new()) });
    }
    let request = ExportLogsServiceRequest::decode(request.into_bytes().as_slice()).unwrap();
    let resource = request.resource_logs.into_iter().next().unwrap();
    assert_eq!(values(resource.resource.unwrap().attributes), [text("service.name", "tests")]);
    let scopes: Vec<_> = resource.scope_logs.iter().map(|s| s.scope.clone().unwrap().name).collect();
    assert_eq!(scopes, ["shop::orders", "tests"]);
    let mut records = resource.scope_logs.into_iter().flat_map(|scope| scope.log_records);
    let got = records.next().unwrap();
    assert_eq!((got.time_unix_nano, got.observed_time_unix_nano), (1_234, 1_234));
    assert_eq!((got.severity_number, got.severity_text.as_str()), (13, "WARN"));
    assert_eq!(got.body.unwrap().value, Some(Proto::StringValue("card declined\n".to_owned())));
    let order = ("order".to_owned(), Proto::IntValue(7));
    assert_eq!(values(got.attributes), [order, text("empty", ""), text("correlation_id", "c-1")]);
    assert_eq!((got.flags, got.trace_id.as_slice()), (3, &0x0102_u128.to_be_bytes()[..]));
    assert_eq!(got.span_id, 0x0304_u64.to_be_bytes());
    let got = records.next().unwrap();
    assert_eq!((got.trace_id.len(), got.span_id.len(), got.flags, got.attributes.len()), (0, 0, 0, 0));
}

#[test]
fn logs_and_spans_leave_by_their_own_paths() {
    let collector = Collector::start([]);
    let (ledger, notices): (Arc<Ledger>, Notices) = (Arc::default(), Arc::new(|_, _| {}));
    let address = collector.address.to_string();
    let endpoint = format!("http://{address}/v1/logs");
    let logs = otlp_logs(OtlpConfig { endpoint, ..config(&address) }, &ledger, &notices).unwrap();
    let spans = otlp_spans(config(&address), &ledger, &notices).unwrap();
    let worker = Worker::start(vec![Arc::new(logs), Arc::new(spans)], Arc::clone(&ledger)).unwrap();
    for _ in 0..3 {
        worker.sink().put(Record::Log(log("said")));
        worker.sink().put(Record::Span(span("work")));
    }
    worker.flush(SOON).unwrap();
    balanced(&ledger, 0);
    let mut arrived = [collector.next(), collector.next()];
    arrived.sort_by(|a, b| a.path.cmp(&b.path));
    let [logs, traces] = &arrived;
    assert_eq!((logs.path.as_str(), traces.path.as_str()), ("/v1/logs", "/v1/traces"));
    let logs = ExportLogsServiceRequest::decode(logs.plain().as_slice()).unwrap();
    let said: usize =
        logs.resource_logs.iter().flat_map(|r| &r.scope_logs).map(|s| s.log_records.len()).sum();
    assert_eq!((said, traces.spans().len()), (3, 3));
    assert_eq!(ledger.account(Signal::Logs, NAME, LIKELY).snapshot().exported, 3);
}
