#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::io::Write;
use std::time::UNIX_EPOCH;

use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;

use super::*;

fn answer(status: u16, headers: &[(&'static str, &str)], body: &[u8]) -> Answer {
    let headers = headers.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap()));
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.collect(),
        body: Some(body.to_vec().into()),
    }
}

fn verdict(status: u16, headers: &[(&'static str, &str)], body: &[u8]) -> Verdict {
    judge(&answer(status, headers, body), Receipts::Otlp, UNIX_EPOCH)
}

fn done(rejected: u64, message: &str) -> Verdict {
    Verdict::Done { rejected, message: message.to_owned() }
}

fn dropped(verdict: &Verdict) -> Option<Reason> {
    match verdict {
        Verdict::Drop { reason, .. } => Some(*reason),
        _ => None,
    }
}

fn partial(rejected_spans: i64, error_message: &str) -> Vec<u8> {
    let error_message = error_message.to_owned();
    let partial_success = Some(ExportTracePartialSuccess { rejected_spans, error_message });
    ExportTraceServiceResponse { partial_success }.encode_to_vec()
}

#[test]
fn receipts_are_read_in_every_form() {
    let protobuf = [("content-type", "application/x-protobuf")];
    let json = [("content-type", "application/json; charset=utf-8")];
    assert_eq!(verdict(200, &[], b""), done(0, ""));
    assert_eq!(verdict(204, &[("content-type", "text/plain")], b""), done(0, ""));
    assert_eq!(verdict(200, &protobuf, &partial(3, "too old")), done(3, "too old"));
    assert_eq!(verdict(200, &[], &partial(0, "look here")), done(0, "look here"));
    assert_eq!(verdict(200, &protobuf, &partial(-3, "")), done(0, ""));
    assert_eq!(verdict(200, &json, b"{}"), done(0, ""));
    let body = br#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no"}}"#;
    assert_eq!(verdict(200, &json, body), done(2, "no"));
}

#[test]
fn what_is_no_receipt_is_invalid() {
    let html = [("content-type", "text/html")];
    for (headers, body) in [(&[][..], &b"<html>"[..]), (&html, b"fine"), (&[("content-encoding", "br")], b"")]
    {
        assert_eq!(dropped(&verdict(200, headers, body)), Some(Reason::ResponseInvalid));
    }
    let cut = Answer { body: None, ..answer(200, &[], b"") };
    assert_eq!(dropped(&judge(&cut, Receipts::Otlp, UNIX_EPOCH)), Some(Reason::ResponseInvalid));
}

#[test]
fn a_compressed_answer_is_bounded_after_decompression() {
    let gzip = |plain: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    };
    let headers = [("content-encoding", "gzip")];
    assert_eq!(verdict(200, &headers, &gzip(&partial(1, ""))), done(1, ""));
    let bomb = gzip(&vec![0; 64 * 1024 * 1024]);
    assert_eq!(dropped(&verdict(200, &headers, &bomb)), Some(Reason::ResponseInvalid));
}

#[test]
fn statuses_follow_the_table_of_the_specification() {
    for status in [429, 502, 503, 504] {
        assert!(matches!(verdict(status, &[], b""), Verdict::Retry { after: None, .. }), "{status}");
    }
    for status in [400, 401, 404, 408, 413, 500, 501, 505] {
        assert_eq!(dropped(&verdict(status, &[], b"")), Some(Reason::Refused), "{status}");
    }
    for status in [301, 302, 303, 307, 308] {
        assert_eq!(
            dropped(&verdict(status, &[("location", "/other")], b"")),
            Some(Reason::Redirect),
            "{status}"
        );
    }
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let after = |value: &str| match verdict(503, &[("retry-after", value)], b"") {
        Verdict::Retry { after, .. } => after,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(after("7"), Some(Duration::from_secs(7)));
    assert_eq!(after("Thu, 01 Jan 1970 00:01:30 GMT"), Some(Duration::from_secs(90)));
    assert_eq!(after("soon"), None);
    assert_eq!(after("-1"), None);
    let later = UNIX_EPOCH + Duration::from_secs(1_000_000);
    let headers = answer(503, &[("retry-after", "Thu, 01 Jan 1970 00:01:30 GMT")], b"").headers;
    assert_eq!(retry_after(&headers, later), Some(Duration::ZERO));
}
