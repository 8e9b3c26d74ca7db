#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking

mod random;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use random::Random;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::export::proto::Writer;

/// Checks that the JSON of a message is read as that message by the generated types of OpenTelemetry.
#[track_caller]
fn assert_same<M: Message + Default + DeserializeOwned + PartialEq + std::fmt::Debug>(
    signal: Signal,
    message: &M,
) {
    let json = from_protobuf(signal, &message.encode_to_vec()).unwrap();
    assert!(!json.contains('\n'));
    let read: M = serde_json::from_str(&json).unwrap_or_else(|e| unreachable!("{e}: {json}"));
    assert_eq!(&read, message, "{json}");
}

#[test]
fn traces_of_every_kind_are_read_as_what_they_were() {
    let mut random = Random::new(1);
    for _ in 0..300 {
        let request = ExportTraceServiceRequest { resource_spans: random.list(Random::resource_spans) };
        assert_same(Signal::Traces, &request);
    }
}

#[test]
fn metrics_of_every_kind_are_read_as_what_they_were() {
    let mut random = Random::new(2);
    for _ in 0..300 {
        let request = ExportMetricsServiceRequest { resource_metrics: random.list(Random::resource_metrics) };
        assert_same(Signal::Metrics, &request);
    }
}

#[test]
fn logs_of_every_kind_are_read_as_what_they_were() {
    let mut random = Random::new(3);
    for _ in 0..300 {
        let request = ExportLogsServiceRequest { resource_logs: random.list(Random::resource_logs) };
        assert_same(Signal::Logs, &request);
    }
}

/// Puts a message into a request, `path` being the numbers of the fields around it.
fn inside(path: &[u32], write: &dyn Fn(&mut Writer)) -> Vec<u8> {
    let mut message = Writer::default();
    write(&mut message);
    for field in path.iter().rev() {
        let inner = message.into_bytes();
        message = Writer::default();
        message.bytes(*field, &inner);
    }
    message.into_bytes()
}

const SPAN: &[u32] = &[1, 2, 2];
const SPAN_VALUE: &[u32] = &[1, 2, 2, 9, 2];
const NUMBER_POINT: &[u32] = &[1, 2, 2, 5, 1];
const HISTOGRAM_POINT: &[u32] = &[1, 2, 2, 9, 1];

fn span(write: &dyn Fn(&mut Writer)) -> Value {
    let json = from_protobuf(Signal::Traces, &inside(SPAN, write)).unwrap();
    serde_json::from_str::<Value>(&json)
        .unwrap()
        .pointer("/resourceSpans/0/scopeSpans/0/spans/0")
        .unwrap()
        .clone()
}

fn value(write: &dyn Fn(&mut Writer)) -> String {
    let json = from_protobuf(Signal::Traces, &inside(SPAN_VALUE, write)).unwrap();
    let (_, value) = json.split_once("\"value\":").unwrap();
    value.strip_suffix("}]}]}]}]}").unwrap().to_owned()
}

#[test]
fn ids_are_hexadecimal_and_other_bytes_base64() {
    let got = span(&|out| {
        out.bytes(1, &0x0102_u128.to_be_bytes());
        out.bytes(2, &0xabcd_u64.to_be_bytes());
        out.bytes(4, &[]);
        out.message(13, |out| out.bytes(2, &[0xff; 8]));
    });
    let expected = json!({
        "traceId": "00000000000000000000000000000102", "spanId": "000000000000abcd", "parentSpanId": "",
        "links": [{ "spanId": "ffffffffffffffff" }],
    });
    assert_eq!(got, expected);
    for (bytes, text) in
        [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("\u{3ff}", "z78=")]
    {
        let got = value(&|out| out.bytes(7, bytes.as_bytes()));
        assert_eq!(got, format!(r#"{{"bytesValue":"{text}"}}"#)); // vectors of RFC 4648, section 10
    }
}

#[test]
fn long_integers_are_texts_and_short_ones_and_enums_are_numbers() {
    let got = span(&|out| {
        out.varint(6, 3);
        out.fixed64(7, u64::MAX);
        out.varint(10, u64::from(u32::MAX));
        out.fixed32(16, u32::MAX);
        out.message(15, |out| out.varint(3, 2));
    });
    let expected = json!({
        "kind": 3, "startTimeUnixNano": "18446744073709551615", "droppedAttributesCount": 4_294_967_295_u32,
        "flags": 4_294_967_295_u32, "status": { "code": 2 },
    });
    assert_eq!(got, expected);
    assert_eq!(
        value(&|out| out.varint(3, i64::MIN.cast_unsigned())),
        r#"{"intValue":"-9223372036854775808"}"#
    );
    assert_eq!(value(&|out| out.varint(8, (-7_i64).cast_unsigned())), r#"{"stringValueStrindex":-7}"#);
    let point = inside(NUMBER_POINT, &|out| out.fixed64(6, (-1_i64).cast_unsigned()));
    assert!(from_protobuf(Signal::Metrics, &point).unwrap().contains(r#"{"asInt":"-1"}"#));
}

#[test]
fn floats_are_the_shortest_that_read_back_and_a_text_where_json_has_no_number() {
    let double = |value: f64| self::value(&|out| out.double(4, value));
    assert_eq!(double(f64::NAN), r#"{"doubleValue":"NaN"}"#);
    assert_eq!(double(f64::INFINITY), r#"{"doubleValue":"Infinity"}"#);
    assert_eq!(double(f64::NEG_INFINITY), r#"{"doubleValue":"-Infinity"}"#);
    for value in [0.0, -0.0, 0.1, 1e300, f64::MIN_POSITIVE, f64::MAX, -1.0 / 3.0, 5e-324] {
        let text = double(value);
        let number = text.strip_prefix(r#"{"doubleValue":"#).and_then(|t| t.strip_suffix('}')).unwrap();
        assert_eq!(number.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{number}");
        assert!(serde_json::from_str::<serde_json::Number>(number).is_ok(), "{number}");
    }
}

#[test]
fn the_default_of_a_oneof_is_a_value() {
    assert_eq!(value(&|out| out.bytes(1, b"")), r#"{"stringValue":""}"#);
    assert_eq!(value(&|out| out.varint(2, 0)), r#"{"boolValue":false}"#);
    assert_eq!(value(&|out| out.varint(3, 0)), r#"{"intValue":"0"}"#);
    assert_eq!(value(&|out| out.message(5, |_| {})), r#"{"arrayValue":{}}"#);
    assert_eq!(value(&|_| {}), "{}", "and none is none");
}

#[test]
fn numbers_in_a_row_are_read_packed_and_one_by_one() {
    let point = inside(HISTOGRAM_POINT, &|out| {
        out.fixed64(6, 1);
        out.fixed64s(7, [0.5, f64::INFINITY].iter().map(|bound| bound.to_bits()));
        out.fixed64s(6, [2, 3].into_iter());
        out.fixed64(6, 4);
    });
    let got = from_protobuf(Signal::Metrics, &point).unwrap();
    assert!(got.contains(r#"{"bucketCounts":["1","2","3","4"],"explicitBounds":[0.5,"Infinity"]}"#), "{got}");
    let empty = inside(HISTOGRAM_POINT, &|out| out.fixed64s(6, std::iter::empty()));
    assert!(from_protobuf(Signal::Metrics, &empty).unwrap().contains(r#"{"bucketCounts":[]}"#));
}

#[test]
fn a_list_is_one_wherever_its_items_stand() {
    let got = span(&|out| {
        out.message(11, |out| out.bytes(2, b"first"));
        out.bytes(5, b"name");
        out.message(11, |out| out.bytes(2, b"second"));
    });
    assert_eq!(got, json!({ "events": [{ "name": "first" }, { "name": "second" }], "name": "name" }));
}

#[test]
fn fields_of_later_versions_are_left_out() {
    let got = span(&|out| {
        out.varint(99, 1);
        out.bytes(5, b"name");
        out.bytes(1_000, b"unknown");
        out.fixed32(98, 1);
    });
    assert_eq!(got, json!({ "name": "name" }));
}

#[test]
fn what_is_malformed_is_an_error() {
    use Signal::{Metrics, Traces};
    let cases: [(&str, Signal, Vec<u8>); 9] = [
        ("no protobuf", Traces, b"<html>".to_vec()),
        ("text that is no UTF-8", Traces, inside(SPAN, &|out| out.bytes(5, b"\xff"))),
        ("a number for a text", Traces, inside(SPAN, &|out| out.varint(5, 1))),
        ("a text for a message", Traces, inside(SPAN, &|out| out.bytes(15, b"<html>"))),
        ("two of one", Traces, inside(SPAN, &|out| (0..2).for_each(|_| out.bytes(5, b"name")))),
        ("two of a oneof", Traces, inside(SPAN_VALUE, &|out| (2..4).for_each(|field| out.varint(field, 1)))),
        ("broken off inside of a list", Traces, inside(&[1, 2], &|out| out.raw(b"\x12\x00\x12"))),
        ("half a number", Metrics, inside(HISTOGRAM_POINT, &|out| out.bytes(6, &[0; 12]))),
        ("a number without end", Metrics, inside(&[1, 2, 2, 10, 1, 8], &|out| out.bytes(2, &[0x80]))),
    ];
    for (what, signal, bytes) in cases {
        assert_eq!(from_protobuf(signal, &bytes), Err(Malformed), "{what}");
    }
}

#[test]
fn values_inside_values_have_a_limit() {
    let nested = |lists: usize| {
        let path: Vec<u32> = SPAN_VALUE.iter().copied().chain((0..lists).flat_map(|_| [5, 1])).collect();
        from_protobuf(Signal::Traces, &inside(&path, &|out| out.varint(2, 1)))
    };
    assert!(nested(20).is_ok());
    assert_eq!(nested(200), Err(Malformed));
    assert_eq!(nested(10_000), Err(Malformed), "and the stack is as small");
}

#[test]
fn every_cut_and_every_changed_byte_is_an_answer_and_no_panic() {
    let mut random = Random::new(4);
    let request = ExportMetricsServiceRequest { resource_metrics: vec![random.resource_metrics()] };
    let whole = request.encode_to_vec();
    for at in 0..whole.len() {
        let _any = from_protobuf(Signal::Metrics, whole.get(..at).unwrap());
        let mut changed = whole.clone();
        *changed.get_mut(at).unwrap() ^= 1 << (at % 8);
        if let Ok(json) = from_protobuf(Signal::Metrics, &changed) {
            assert!(serde_json::from_str::<Value>(&json).is_ok(), "{json}");
        }
    }
}
