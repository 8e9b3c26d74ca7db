#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::SystemTime;

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric::Data,
};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

use super::*;
use crate::context::{SpanId, TraceId};

const SOON: Duration = Duration::from_secs(20);

fn span(id: u64, parent: Vec<u8>) -> Span {
    let (trace_id, span_id) = (vec![7; 16], id.to_be_bytes().to_vec());
    Span { trace_id, span_id, parent_span_id: parent, name: "order".to_owned(), ..Span::default() }
}

/// A request of so many spans, in two scopes.
fn traces(count: u64) -> Vec<u8> {
    let scope = |spans| ScopeSpans { spans, ..ScopeSpans::default() };
    let first = scope(vec![span(1, Vec::new())]);
    let rest = scope((2..=count).map(|id| span(id, 1_u64.to_be_bytes().to_vec())).collect());
    let resource = ResourceSpans { scope_spans: vec![first, rest], ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![resource] }.encode_to_vec()
}

/// A request of three points of two metrics.
fn metrics() -> Vec<u8> {
    let points = |count| vec![NumberDataPoint::default(); count];
    let metric = |data| Metric { name: "m".to_owned(), data: Some(data), ..Metric::default() };
    let sum = metric(Data::Sum(Sum { data_points: points(2), ..Sum::default() }));
    let gauge = metric(Data::Gauge(Gauge { data_points: points(1) }));
    let scope = ScopeMetrics { metrics: vec![sum, gauge], ..ScopeMetrics::default() };
    let resource = ResourceMetrics { scope_metrics: vec![scope], ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource] }.encode_to_vec()
}

/// Sends a request, and leaves the answer to be read.
fn send(collector: &FaultyCollector, path: &str, headers: &str, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(collector.address()).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: c\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    stream
}

/// Splits an answer: its head as a text, and its body.
fn parts(answer: &[u8]) -> (String, Vec<u8>) {
    let at = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let (head, body) = answer.split_at(at + 4);
    (String::from_utf8(head.to_vec()).unwrap(), body.to_vec())
}

fn posted(collector: &FaultyCollector, path: &str, headers: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut answer = Vec::new();
    send(collector, path, headers, body).read_to_end(&mut answer).unwrap();
    parts(&answer)
}

fn spans_posted(collector: &FaultyCollector) -> (String, Vec<u8>) {
    posted(collector, "/v1/traces", "", &traces(3))
}

#[test]
fn what_is_acknowledged_is_counted_by_signal() {
    let collector = FaultyCollector::start().unwrap();
    let (head, body) = spans_posted(&collector);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && body.is_empty(), "{head}");
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&metrics()).unwrap();
    posted(&collector, "/proxy/v1/metrics", "content-encoding: gzip\r\n", &gzip.finish().unwrap());
    let logs = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{"body":{"stringValue":"x"}}]}]}]}"#;
    let (_, body) = posted(&collector, "/v1/logs", "content-type: application/json\r\n", logs);
    assert_eq!(body, b"{}");
    let counts = [Signal::Traces, Signal::Metrics, Signal::Logs].map(|signal| collector.items(signal));
    assert_eq!(counts, [3, 3, 2]);
    let requests = collector.requests();
    let paths: Vec<_> = requests.iter().map(|r| (r.path.as_str(), r.items, r.fault)).collect();
    let ok = Fault::Ok;
    assert_eq!(paths, [("/v1/traces", 3, ok), ("/proxy/v1/metrics", 3, ok), ("/v1/logs", 2, ok)]);
    let metrics_request = requests.get(1).unwrap();
    assert_eq!(
        (&metrics_request.body[..], metrics_request.header("Content-Encoding")),
        (&metrics()[..], Some("gzip"))
    );
    assert_eq!(collector.connections().len(), 3);
}

#[test]
fn spans_are_seen_by_their_ids_in_protobuf_and_json() {
    let collector = FaultyCollector::start().unwrap();
    posted(&collector, "/v1/traces", "", &traces(2));
    let json = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"07070707070707070707070707070707",
        "spanId":"0000000000000002","parentSpanId":"0000000000000001","name":"order"}]}]}]}"#;
    posted(&collector, "/v1/traces", "content-type: application/json\r\n", json.as_bytes());
    let spans = collector.spans();
    let [root, child, again] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!((root.span_id, root.parent, root.name.as_str()), (SpanId::new(1).unwrap(), None, "order"));
    assert_eq!(
        (child.parent, Some(child.trace_id)),
        (SpanId::new(1), TraceId::new(u128::from_be_bytes([7; 16])))
    );
    assert_eq!(again, child, "it came twice");
}

#[test]
fn what_is_no_export_request_is_refused_whatever_was_planned() {
    let collector = FaultyCollector::start().unwrap();
    let no_ids = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans: vec![ScopeSpans { spans: vec![Span::default()], ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    };
    let bodies: [(&str, &str, &[u8]); 5] = [
        ("/v1/traces", "", b"<html>"),
        ("/v1/traces", "", &no_ids.encode_to_vec()),
        ("/v1/spans", "", &traces(1)),
        ("/v1/traces", "content-encoding: gzip\r\n", &traces(1)),
        ("/v1/traces", "content-type: application/json\r\n", &traces(1)),
    ];
    for (path, headers, body) in bodies {
        let (head, _) = posted(&collector, path, headers, body);
        assert!(head.starts_with("HTTP/1.1 400 "), "{path} {headers}: {head}");
    }
    collector.read(|received| {
        assert_eq!((received.malformed(), received.arrived(Signal::Traces)), (5, 0));
    });
}

#[test]
fn a_partial_success_says_what_is_counted() {
    let collector = FaultyCollector::start().unwrap();
    collector.script([Fault::Partial(2), Fault::Partial(9)]);
    let (_, body) = spans_posted(&collector);
    let partial = ExportTraceServiceResponse::decode(&body[..]).unwrap().partial_success.unwrap();
    assert_eq!((partial.rejected_spans, collector.items(Signal::Traces)), (2, 1));
    let json = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{}]}}]}]}]}"#;
    let (_, body) = posted(&collector, "/v1/metrics", "content-type: application/json\r\n", json);
    let said: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(said.pointer("/partialSuccess/rejectedDataPoints").unwrap(), "1", "no more than there were");
    assert_eq!((collector.items(Signal::Metrics), collector.rejected(Signal::Metrics)), (0, 1));
}

#[test]
fn statuses_and_what_comes_with_them() {
    let collector = FaultyCollector::start().unwrap();
    let (seconds, date) = (Some(RetryAfter::Seconds(7)), Some(RetryAfter::Date(3_600)));
    let cases = [
        (Fault::TooManyRequests { retry_after: seconds }, "429", "retry-after: 7\r\n"),
        (Fault::TooManyRequests { retry_after: None }, "429", ""),
        (Fault::Unavailable { retry_after: date }, "503", "retry-after: "),
        (Fault::BadGateway, "502", ""),
        (Fault::BadRequest, "400", ""),
        (Fault::Status(507), "507", ""),
        (Fault::Redirect, "307", "location: /elsewhere"),
        (Fault::Garbage, "200", "content-type: application/x-protobuf"),
    ];
    for (fault, status, header) in cases {
        collector.answer(fault);
        let (head, body) = spans_posted(&collector);
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")) && head.contains(header),
            "{fault:?}: {head}"
        );
        assert!(
            ExportTraceServiceResponse::decode(&body[..]).is_err() == (fault == Fault::Garbage),
            "{fault:?}"
        );
        if let Fault::Unavailable { .. } = fault {
            let value = head.split_once(header).unwrap().1.lines().next().unwrap();
            let after = httpdate::parse_http_date(value).unwrap().duration_since(SystemTime::now()).unwrap();
            assert!((3_500..=3_600).contains(&after.as_secs()), "{value}");
        }
    }
    assert_eq!(collector.items(Signal::Traces), 0);
    collector.read(|received| assert_eq!(received.arrived(Signal::Traces), 8 * 3));
}

#[test]
fn connections_are_reset_before_and_after_the_body_is_read() {
    let collector = FaultyCollector::start().unwrap();
    collector.script([Fault::ResetEarly, Fault::Reset]);
    for arrived in [0, 3] {
        let error = send(&collector, "/v1/traces", "", &traces(3)).read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        collector.read(|received| {
            assert_eq!((received.arrived(Signal::Traces), received.items(Signal::Traces)), (arrived, 0));
        });
    }
}

#[test]
fn answers_that_never_come_or_break_off() {
    let collector = FaultyCollector::start().unwrap();
    collector.script([Fault::Hang, Fault::Truncated, Fault::Drip]);
    let mut hung = send(&collector, "/v1/traces", "", &traces(1));
    assert!(collector.wait_until(|received| received.requests().len() == 1, SOON));
    hung.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert_eq!(hung.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    let (head, body) = posted(&collector, "/v1/traces", "", &traces(1));
    assert!(head.contains("content-length: 100\r\n") && body.len() == 10, "{head} {}", body.len());
    let mut drips = send(&collector, "/v1/traces", "", &traces(1));
    let (mut answer, mut byte) = (Vec::new(), [0]);
    let mut read = |answer: &mut Vec<u8>| {
        drips.read_exact(&mut byte).unwrap();
        answer.extend(byte);
    };
    while !answer.ends_with(b"\r\n\r\n") {
        read(&mut answer);
    }
    read(&mut answer);
    let began = Instant::now();
    read(&mut answer);
    assert!(began.elapsed() > Duration::from_millis(500), "one a second: {:?}", began.elapsed());
}

#[test]
fn bodies_of_a_gibibyte_as_they_are_and_compressed() {
    let collector = FaultyCollector::start().unwrap();
    collector.script([Fault::Gigantic, Fault::GzipBomb]);
    let mut stream = send(&collector, "/v1/traces", "", &traces(1));
    let (mut read, mut some) = (0, vec![0; 1 << 20]);
    while read < 64 << 20 {
        read += stream.read(&mut some).unwrap();
    }
    assert!(String::from_utf8_lossy(&some).len() == 1 << 20);
    drop(stream);
    let (head, body) = posted(&collector, "/v1/traces", "", &traces(1));
    assert!(head.contains("content-encoding: gzip") && body.len() < 8 << 20, "{head} {}", body.len());
    let mut decoder = MultiGzDecoder::new(&body[..]);
    let mut plain = 0;
    while plain < 64 << 20 {
        let more = decoder.read(&mut some).unwrap();
        assert!(more > 0, "only {plain}");
        plain += more;
    }
}

#[test]
fn a_port_that_is_down_refuses_and_comes_back_as_the_same() {
    let collector = FaultyCollector::start().unwrap();
    let mut open = TcpStream::connect(collector.address()).unwrap();
    assert!(collector.wait_until(|received| received.connections().len() == 1, SOON));
    collector.down();
    assert_eq!(TcpStream::connect(collector.address()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert!(matches!(open.read(&mut [0]), Ok(0) | Err(_)), "connections end with it");
    collector.up().unwrap();
    collector.up().unwrap();
    spans_posted(&collector);
    assert_eq!((collector.items(Signal::Traces), collector.connections().len()), (3, 2));
}

#[test]
fn who_is_turned_away_is_counted_and_told_nothing() {
    let collector = FaultyCollector::start().unwrap();
    collector.turn_away(true);
    let mut stream = TcpStream::connect(collector.address()).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    collector.turn_away(false);
    spans_posted(&collector);
    assert_eq!((collector.items(Signal::Traces), collector.connections().len()), (3, 2));
}

#[test]
fn answers_are_late_when_they_shall_be_and_bodies_are_kept_unless_told_otherwise() {
    let collector = FaultyCollector::start().unwrap();
    collector.slow(Duration::from_millis(100));
    collector.keep_bodies(false);
    let began = Instant::now();
    spans_posted(&collector);
    assert!(began.elapsed() >= Duration::from_millis(100));
    let requests = collector.requests();
    let request = requests.first().unwrap();
    assert_eq!((request.items, request.body.len(), request.headers.len()), (3, 0, 0));
    assert!(collector.spans().is_empty() && collector.items(Signal::Traces) == 3);
}

#[test]
fn a_wait_says_whether_it_was_in_time() {
    let collector = FaultyCollector::start().unwrap();
    assert!(!collector.wait_until(|received| received.items(Signal::Traces) > 0, Duration::from_millis(20)));
    std::thread::scope(|threads| {
        threads.spawn(|| spans_posted(&collector));
        assert!(collector.wait_until(|received| received.items(Signal::Traces) == 3, SOON));
    });
}

#[test]
fn a_collector_that_is_dropped_leaves_its_port() {
    let collector = FaultyCollector::start().unwrap();
    let (address, _hung) = (collector.address(), {
        collector.answer(Fault::Hang);
        send(&collector, "/v1/traces", "", &traces(1))
    });
    drop(collector);
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}
