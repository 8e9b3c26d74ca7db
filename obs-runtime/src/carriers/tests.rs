#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use std::borrow::Cow;
use std::ops::ControlFlow;

use bytes::Bytes;

use crate::context::{Carrier, Propagated, SpanContext, SpanId, TraceId};

/// Returns the values of a header.
fn values(carrier: &impl Carrier, name: &str) -> Vec<String> {
    let mut values = Vec::new();
    let done = carrier.get_all(name, &mut |value| {
        values.push(String::from_utf8_lossy(value).into_owned());
        ControlFlow::Continue(())
    });
    assert!(done.is_continue());
    values.sort(); // some carriers have no order
    values
}

/// What must hold of every carrier. `with` makes one with these headers, as they are written.
fn carries<C: Carrier>(kind: &str, with: impl Fn(&[(&'static str, &'static str)]) -> C) {
    let mut carrier = with(&[("tenant", "acme")]);
    assert_eq!(carrier.kind(), kind);
    carrier.remove("traceparent");
    carrier.set("traceparent", "one");
    carrier.set("traceparent", "two");
    assert_eq!(values(&carrier, "traceparent"), ["two"], "what is set replaces what was there");

    carrier.remove("traceparent");
    assert!(values(&carrier, "traceparent").is_empty(), "what is removed is gone");
    assert_eq!(values(&carrier, "tenant"), ["acme"], "and what is the user's stays");

    let mut spelled = with(&[("TraceParent", "theirs"), ("tenant", "acme"), ("Trace-Parent", "another")]);
    assert_eq!(values(&spelled, "traceparent"), ["theirs"], "names are found in any case");
    let stopped = spelled.get_all("traceparent", &mut |_| ControlFlow::Break(()));
    assert!(stopped.is_break(), "who breaks is told");
    spelled.set("traceparent", "ours");
    assert_eq!(values(&spelled, "traceparent"), ["ours"], "and replaced in any case");
    assert_eq!(
        (values(&spelled, "tenant"), values(&spelled, "trace-parent")),
        (vec!["acme".into()], vec!["another".into()])
    );

    let twice = with(&[("traceparent", "one"), ("Traceparent", "two")]);
    assert_eq!(values(&twice, "traceparent"), ["one", "two"], "a header that came twice is seen twice");

    travels(&mut with(&[]));
}

/// A context that is written is the one that is read.
fn travels(carrier: &mut impl Carrier) {
    let context = SpanContext {
        trace_id: TraceId::new(1 << 100).unwrap(),
        span_id: SpanId::new(7).unwrap(),
        flags: SpanContext::SAMPLED,
        tracestate: Some("vendor=1".into()),
    };
    Propagated::from_context(&context).write_to(carrier);
    assert_eq!(Propagated::from_carrier(carrier).span_context(), Some(context));
    Propagated::default().write_to(carrier);
    assert!(Propagated::from_carrier(carrier).is_empty(), "nothing is left of the context before");
}

/// A list of these types.
fn list<K: From<&'static str>, V: From<&'static str>>(
    headers: &[(&'static str, &'static str)],
) -> Vec<(K, V)> {
    headers.iter().map(|(name, value)| (K::from(name), V::from(value))).collect()
}

#[test]
fn a_list_carries() {
    carries("list", list::<String, String>);
    carries("list", list::<Cow<'static, str>, Bytes>);
    carries("list", list::<&'static str, Vec<u8>>);
    carries("list", |headers| -> Vec<(String, Option<Vec<u8>>)> {
        list::<String, Vec<u8>>(headers).into_iter().map(|(name, value)| (name, Some(value))).collect()
    });
}

#[test]
fn a_name_without_a_value_is_none() {
    let headers: Vec<(String, Option<Vec<u8>>)> = vec![("traceparent".into(), None)];
    assert!(values(&headers, "traceparent").is_empty());
}

#[test]
fn headers_that_a_message_may_lack_are_made_when_there_is_something_to_write() {
    let mut headers: Option<Vec<(String, String)>> = None;
    Propagated::default().write_to(&mut headers);
    assert!(headers.is_none() && values(&headers, "traceparent").is_empty());
    assert_eq!(headers.kind(), "list");
    travels(&mut headers);
    carries("list", |headers| Some(list::<String, String>(headers)));
}

#[cfg(feature = "nats")]
#[test]
fn a_nats_header_map_carries() {
    use async_nats::HeaderMap;

    carries("nats", |headers| {
        let mut map = HeaderMap::new();
        headers.iter().for_each(|(name, value)| map.append(*name, *value));
        map
    });
    let mut map = HeaderMap::new();
    map.append("tenant", "one");
    map.append("tenant", "two");
    map.insert("Traceparent", "theirs");
    map.set("traceparent", "two\r\nlines");
    assert!(values(&map, "traceparent").is_empty(), "what cannot be a value is not written");
    assert_eq!(values(&map, "tenant"), ["one", "two"], "both of the user's values are kept");
}

#[cfg(feature = "lapin")]
#[test]
fn an_amqp_table_carries() {
    use lapin::types::{AMQPValue, ByteArray, FieldTable, LongString, ShortString};

    type Make = fn(&'static str) -> AMQPValue;
    let makes: [Make; 3] = [
        |text| AMQPValue::LongString(LongString::from(text)),
        |text| AMQPValue::ShortString(ShortString::from(text)),
        |text| AMQPValue::ByteArray(ByteArray::from(text.as_bytes().to_vec())),
    ];
    for make in makes {
        carries("amqp", |headers| {
            let mut table = FieldTable::default();
            for (name, value) in headers {
                table.insert(ShortString::from(*name), make(value));
            }
            table
        });
    }
    let mut table = FieldTable::default();
    table.insert("traceparent".into(), AMQPValue::LongInt(7));
    table.insert("tracestate".into(), AMQPValue::FieldTable(FieldTable::default()));
    assert!(values(&table, "traceparent").is_empty() && values(&table, "tracestate").is_empty());
}

#[cfg(feature = "lapin")]
#[test]
fn a_delivery_says_how_often_it_came() {
    use crate::context::Envelope;
    use lapin::message::Delivery;
    use lapin::types::{AMQPValue, FieldTable};

    let delivered = |redelivered, before: Option<AMQPValue>| {
        let mut delivery = Delivery::mock(1, "".into(), "orders".into(), redelivered, b"book".to_vec());
        let mut headers = FieldTable::default();
        if let Some(before) = before {
            headers.insert("x-delivery-count".into(), before);
        }
        delivery.properties =
            std::mem::take(&mut delivery.properties).with_headers(headers).with_message_id("m7".into());
        delivery.delivery()
    };
    let told = delivered(false, None);
    assert_eq!((told.attempt, told.message_id.as_deref(), told.body_size), (Some(1), Some("m7"), Some(4)));
    assert_eq!(delivered(true, None).attempt, Some(2), "at least");
    assert_eq!(delivered(true, Some(AMQPValue::LongLongInt(3))).attempt, Some(4));
    assert_eq!(delivered(true, Some(AMQPValue::ShortShortUInt(3))).attempt, Some(4));
    assert_eq!(delivered(true, Some(AMQPValue::LongLongInt(-3))).attempt, Some(2), "no number of times");
}

#[cfg(feature = "lapin")]
#[test]
fn properties_keep_everything_else() {
    use crate::context::Envelope;
    use lapin::BasicProperties;

    let mut properties = BasicProperties::default().with_correlation_id("theirs".into()).with_priority(3);
    properties.stamp(&Propagated::default());
    assert!(properties.headers().is_none(), "nothing to write");
    let context = SpanContext {
        trace_id: TraceId::random(),
        span_id: SpanId::random(),
        flags: SpanContext::SAMPLED,
        tracestate: None,
    };
    properties.stamp(&Propagated::from_context(&context));
    assert_eq!(properties.context().span_context(), Some(context));
    let correlation = properties.correlation_id().as_ref().map(ToString::to_string);
    assert_eq!((correlation.as_deref(), *properties.priority()), (Some("theirs"), Some(3)));
}

#[cfg(feature = "redis")]
#[test]
fn an_entry_of_a_stream_carries() {
    use redis::Value;
    use redis::streams::StreamId;

    use crate::context::Envelope;

    carries("redis", |headers| {
        let field = |(name, value): &(&str, &str)| ((*name).to_owned(), Value::BulkString((*value).into()));
        StreamId { map: headers.iter().map(field).collect(), ..StreamId::default() }
    });
    let mut entry = StreamId::default();
    entry.map.insert("traceparent".into(), Value::Int(7));
    entry.map.insert("tracestate".into(), Value::SimpleString("a=1".into()));
    assert!(values(&entry, "traceparent").is_empty());
    assert_eq!(values(&entry, "tracestate"), ["a=1"]);
    let attempt = |delivered_count| StreamId { delivered_count, ..StreamId::default() }.delivery().attempt;
    assert_eq!([None, Some(3)].map(attempt), [None, Some(3)]);
}
