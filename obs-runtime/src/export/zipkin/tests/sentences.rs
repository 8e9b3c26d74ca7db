//! The sentences of the specification, one test each.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::super::span::write_span;
use crate::Outcome;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::export::testing::span;
use crate::record::{Attribute, Link, Resource, SpanEvent, SpanKind, SpanRecord, Status, Value};

fn plain() -> SpanRecord {
    SpanRecord::clone(&span("work"))
}

fn attribute(key: &'static str, value: impl Into<Value>) -> Attribute {
    Attribute { key: key.into(), value: value.into() }
}

fn with(attributes: Vec<Attribute>) -> SpanRecord {
    SpanRecord { attributes, ..plain() }
}

#[track_caller]
fn written(span: &SpanRecord) -> Json {
    let mut out = String::new();
    write_span(&mut out, span).unwrap();
    serde_json::from_str(&out).unwrap_or_else(|e| unreachable!("{e}: {out}"))
}

/// Returns the tags without those that every span of these tests has.
fn tags(span: &SpanRecord) -> Json {
    let mut tags = written(span)["tags"].take();
    let all = tags.as_object_mut().unwrap();
    for name in ["otel.scope.name", "otel.library.name"] {
        assert_eq!(all.remove(name).unwrap(), "tests");
    }
    tags
}

#[test]
fn ids_times_and_name_are_fields() {
    let got = written(&SpanRecord {
        context: SpanContext {
            trace_id: TraceId::new(0x0102).unwrap(),
            span_id: SpanId::new(0x0abc).unwrap(),
            flags: 1,
            tracestate: Some(Arc::from("vendor=1")),
        },
        parent: SpanId::new(0x0506),
        start_unix_nanos: 1_795_258_800_123_456_789,
        duration_nanos: 2_500_999,
        links: vec![Link { context: plain().context }],
        ..plain()
    });
    let expected = json!({
        "traceId": "00000000000000000000000000000102", "id": "0000000000000abc", "parentId": "0000000000000506",
        "name": "work", "timestamp": 1_795_258_800_123_456_u64, "duration": 2500,
        "localEndpoint": { "serviceName": "tests" },
        "tags": { "otel.scope.name": "tests", "otel.library.name": "tests" },
    });
    assert_eq!(got, expected, "links and tracestate have no place; what is empty is left out");
}

#[test]
fn times_are_whole_microseconds_and_a_duration_is_at_least_one() {
    let duration = |duration_nanos| written(&SpanRecord { duration_nanos, ..plain() })["duration"].take();
    assert_eq!((duration(1_234), duration(0), duration(999)), (json!(1), json!(1), json!(1)));
    assert_eq!(duration(1_999_999), json!(1_999));
    let of_1970 = written(&SpanRecord { start_unix_nanos: 0, ..plain() });
    assert_eq!(of_1970.get("timestamp"), None);
}

#[test]
fn kinds_have_their_names_and_an_internal_one_has_none() {
    let kind = |kind| written(&SpanRecord { kind, ..plain() }).get("kind").cloned();
    assert_eq!(kind(SpanKind::Client), Some(json!("CLIENT")));
    assert_eq!(kind(SpanKind::Server), Some(json!("SERVER")));
    assert_eq!(kind(SpanKind::Producer), Some(json!("PRODUCER")));
    assert_eq!(kind(SpanKind::Consumer), Some(json!("CONSUMER")));
    assert_eq!(kind(SpanKind::Internal), None);
}

#[test]
fn the_service_is_the_local_endpoint_and_its_namespace_a_tag() {
    let resource = Resource {
        service: "shop".into(),
        attributes: vec![attribute("service.namespace", "web"), attribute("host.name", "a")],
    };
    let got = SpanRecord { resource: Arc::new(resource), ..with(vec![attribute("host.name", "mine")]) };
    assert_eq!(written(&got)["localEndpoint"], json!({ "serviceName": "shop" }));
    assert_eq!(tags(&got), json!({ "service.namespace": "web", "host.name": "mine" }), "the span is nearer");
}

#[test]
fn the_remote_endpoint_is_the_attribute_of_the_best_rank() {
    // Each row adds a better one to those before it.
    let rows: [(&[(&str, Value)], Json); 13] = [
        (&[], Json::Null),
        (&[("db.name", "orders".into())], json!({ "serviceName": "orders" })),
        (&[("peer.address", "10.0.0.9:80".into())], json!({ "serviceName": "10.0.0.9:80" })),
        (&[("peer.hostname", "h".into())], json!({ "serviceName": "h" })),
        (
            &[("net.sock.peer.addr", "10.0.0.1".into()), ("net.sock.peer.port", "81".into())],
            json!({ "ipv4": "10.0.0.1", "port": 81 }),
        ),
        (&[("net.sock.peer.name", "sock".into())], json!({ "serviceName": "sock" })),
        (&[("server.socket.address", "::ffff:10.0.0.2".into())], json!({ "ipv4": "10.0.0.2" })),
        (&[("server.socket.domain", "domain".into())], json!({ "serviceName": "domain" })),
        (&[("network.peer.address", "/run/bus".into())], json!({ "serviceName": "/run/bus" })),
        (&[("net.peer.name", "peer".into())], json!({ "serviceName": "peer" })),
        (&[("server.address", "db.local".into())], json!({ "serviceName": "db.local" })),
        (&[("peer.service", "".into())], json!({ "serviceName": "db.local" })),
        (&[("peer.service", "payments".into())], json!({ "serviceName": "payments" })),
    ];
    let mut attributes: Vec<Attribute> = Vec::new();
    for (added, expected) in rows {
        attributes.retain(|known| added.iter().all(|(key, _)| known.key != *key));
        attributes
            .extend(added.iter().map(|(key, value)| Attribute { key: (*key).into(), value: value.clone() }));
        for kind in [SpanKind::Client, SpanKind::Producer] {
            let mut got = written(&SpanRecord { kind, ..with(attributes.clone()) });
            assert_eq!(got["remoteEndpoint"].take(), expected, "{attributes:?}");
        }
        for kind in [SpanKind::Server, SpanKind::Consumer, SpanKind::Internal] {
            let got = written(&SpanRecord { kind, ..with(attributes.clone()) });
            assert_eq!(got.get("remoteEndpoint"), None);
        }
    }
}

#[test]
fn an_address_has_its_port_where_there_is_one() {
    let endpoint = |port: Value| {
        let attributes =
            vec![attribute("network.peer.address", "2001:db8::1"), attribute("network.peer.port", port)];
        written(&SpanRecord { kind: SpanKind::Client, ..with(attributes) })["remoteEndpoint"].take()
    };
    assert_eq!(endpoint(Value::Int(5432)), json!({ "ipv6": "2001:db8::1", "port": 5432 }));
    for none in [Value::Int(0), Value::Int(70_000), Value::Int(-1), Value::Bool(true), "http".into()] {
        assert_eq!(endpoint(none), json!({ "ipv6": "2001:db8::1" }));
    }
}

#[test]
fn attributes_are_tags_and_every_value_a_text() {
    let got = tags(&with(vec![
        attribute("yes", true),
        attribute("no", false),
        attribute("count", -7_i64),
        attribute("half", 0.5),
        attribute("large", 1e300),
        attribute("nan", f64::NAN),
        attribute("empty", ""),
        attribute("quoted", "a\"\n\u{202e}"),
        attribute("count", 8_i64),
    ]));
    let expected = json!({
        "yes": "true", "no": "false", "count": "-7", "half": "0.5", "large": "1e300", "nan": "NaN", "empty": "",
        "quoted": "a\"\n\u{202e}",
    });
    let large: f64 = got["large"].as_str().unwrap().parse().unwrap();
    assert_eq!(large, 1e300);
    let mut got = got;
    got["large"] = json!("1e300");
    assert_eq!(got, expected);
}

#[test]
fn a_status_is_a_tag_unless_it_is_unset() {
    let status = |status| tags(&SpanRecord { status, ..plain() });
    assert_eq!(status(Status::Unset), json!({}));
    assert_eq!(status(Status::Ok), json!({ "otel.status_code": "OK" }));
    let failed = json!({ "otel.status_code": "ERROR", "error": "declined" });
    assert_eq!(status(Status::Error("declined".into())), failed);
    assert_eq!(status(Status::Error("".into())), json!({ "otel.status_code": "ERROR", "error": "" }));
}

#[test]
fn an_error_tag_of_ones_own_is_left_out_where_it_denies_the_error_or_the_status_has_one() {
    let error = |status: Status, value: Value| {
        let span = SpanRecord { status, ..with(vec![Attribute { key: "error".into(), value }]) };
        written(&span)["tags"].get("error").cloned()
    };
    for denied in [Value::Bool(false), "false".into()] {
        assert_eq!(error(Status::Unset, denied.clone()), None);
        assert_eq!(error(Status::Error("declined".into()), denied), Some(json!("declined")));
    }
    assert_eq!(error(Status::Error("declined".into()), "other".into()), Some(json!("declined")));
    assert_eq!(error(Status::Unset, "boom".into()), Some(json!("boom")));
}

#[test]
fn events_are_annotations_whose_text_has_the_attributes() {
    let event = |name: &'static str, attributes: Vec<Attribute>, dropped_attributes| SpanEvent {
        name: name.into(),
        time_unix_nanos: 1_999,
        attributes,
        dropped_attributes,
    };
    let events = vec![
        event("plain \"one\"", Vec::new(), 0),
        event(
            "my-event",
            vec![attribute("key1", "value\"1"), attribute("key2", 2_i64), attribute("key1", "later")],
            0,
        ),
        event("cut", vec![attribute("nan", f64::NAN)], 3),
    ];
    let got = written(&SpanRecord { events, ..plain() });
    let expected = json!([
        { "timestamp": 1, "value": "plain \"one\"" },
        { "timestamp": 1, "value": r#""my-event": {"key1": "value\"1", "key2": 2}"# },
        { "timestamp": 1, "value": r#""cut": {"nan": "NaN", "otel.dropped_attributes_count": 3}"# },
    ]);
    assert_eq!(got["annotations"], expected);
    assert_eq!(written(&plain()).get("annotations"), None);
}

#[test]
fn the_scope_the_outcome_and_what_was_dropped_are_tags() {
    let got = written(&SpanRecord {
        scope: "shop::orders".into(),
        outcome: Some(Outcome::Cancelled),
        dropped_attributes: 1,
        dropped_events: 2,
        dropped_links: 3,
        attributes: vec![attribute("otel.scope.name", "forged")],
        ..plain()
    });
    let expected = json!({
        "otel.scope.name": "shop::orders", "otel.library.name": "shop::orders", "outcome": "cancelled",
        "otel.dropped_attributes_count": "1", "otel.dropped_events_count": "2", "otel.dropped_links_count": "3",
    });
    assert_eq!(got["tags"], expected);
    let bare = written(&SpanRecord { scope: "".into(), ..plain() });
    assert_eq!(bare.get("tags"), None);
}
