//! The messages, read back by another's implementation of the wire format.

use prost::Message;

use super::*;
use crate::record::{Buckets, Exponential};

#[derive(Clone, PartialEq, Message)]
struct MetricFamily {
    #[prost(string, tag = 1)]
    name: String,
    #[prost(string, tag = 2)]
    help: String,
    #[prost(int32, tag = 3)]
    kind: i32,
    #[prost(message, repeated, tag = 4)]
    metric: Vec<Metric>,
    #[prost(string, tag = 5)]
    unit: String,
}

#[derive(Clone, PartialEq, Message)]
struct Metric {
    #[prost(message, repeated, tag = 1)]
    label: Vec<LabelPair>,
    #[prost(message, optional, tag = 2)]
    gauge: Option<Single>,
    #[prost(message, optional, tag = 3)]
    counter: Option<Single>,
    #[prost(message, optional, tag = 7)]
    histogram: Option<Histogram>,
}

#[derive(Clone, PartialEq, Message)]
struct LabelPair {
    #[prost(string, tag = 1)]
    name: String,
    #[prost(string, tag = 2)]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Single {
    #[prost(double, tag = 1)]
    value: f64,
}

#[derive(Clone, PartialEq, Message)]
struct Histogram {
    #[prost(uint64, tag = 1)]
    sample_count: u64,
    #[prost(double, tag = 2)]
    sample_sum: f64,
    #[prost(message, repeated, tag = 3)]
    bucket: Vec<Bucket>,
    #[prost(sint32, tag = 5)]
    schema: i32,
    #[prost(double, tag = 6)]
    zero_threshold: f64,
    #[prost(uint64, tag = 7)]
    zero_count: u64,
    #[prost(message, repeated, tag = 9)]
    negative_span: Vec<Span>,
    #[prost(sint64, repeated, tag = 10)]
    negative_delta: Vec<i64>,
    #[prost(message, repeated, tag = 12)]
    positive_span: Vec<Span>,
    #[prost(sint64, repeated, tag = 13)]
    positive_delta: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Bucket {
    #[prost(uint64, tag = 1)]
    cumulative_count: u64,
    #[prost(double, tag = 2)]
    upper_bound: f64,
    #[prost(message, optional, tag = 3)]
    exemplar: Option<OfBucket>,
}

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(sint32, tag = 1)]
    offset: i32,
    #[prost(uint32, tag = 2)]
    length: u32,
}

#[derive(Clone, PartialEq, Message)]
struct OfBucket {
    #[prost(message, repeated, tag = 1)]
    label: Vec<LabelPair>,
    #[prost(double, tag = 2)]
    value: f64,
    #[prost(message, optional, tag = 3)]
    timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = 1)]
    seconds: i64,
    #[prost(int32, tag = 2)]
    nanos: i32,
}

fn families(source: impl Fn(&mut dyn MetricVisitor) + Send + Sync + 'static) -> Vec<MetricFamily> {
    let mut bytes = Vec::new();
    render(&[Arc::new(Source(source))], Format::Protobuf, &mut bytes).unwrap();
    let (mut rest, mut families) = (&bytes[..], Vec::new());
    while !rest.is_empty() {
        families.push(MetricFamily::decode_length_delimited(&mut rest).unwrap());
    }
    families
}

fn pair(name: &str, value: &str) -> LabelPair {
    LabelPair { name: name.to_owned(), value: value.to_owned() }
}

fn bucket(cumulative_count: u64, upper_bound: f64) -> Bucket {
    Bucket { cumulative_count, upper_bound, exemplar: None }
}

#[test]
fn families_are_messages_one_behind_the_other() {
    let exemplar = OfBucket {
        label: vec![
            pair("trace_id", "00000000000000000000000000000abc"),
            pair("span_id", "0000000000000def"),
            pair("correlation_id", "order-7"),
        ],
        value: 0.75,
        timestamp: Some(Timestamp { seconds: 1, nanos: 500_000_000 }),
    };
    let time = Histogram {
        sample_count: 6,
        sample_sum: 9.5,
        bucket: vec![
            bucket(1, 0.5),
            Bucket { exemplar: Some(exemplar), ..bucket(3, 1.0) },
            bucket(6, f64::INFINITY),
        ],
        ..Histogram::default()
    };
    let (eu, ok) = (pair("region", "eu"), pair("outcome", "ok"));
    let counted =
        Metric { label: vec![eu.clone(), ok], counter: Some(Single { value: 7.0 }), ..Metric::default() };
    let timed = Metric { label: vec![eu], histogram: Some(time), ..Metric::default() };
    let built =
        Metric { label: vec![pair("version", "1")], gauge: Some(Single { value: 1.0 }), ..Metric::default() };
    let expected = [
        ("orders_total", "Orders.", 0, "", counted),
        ("order_duration_seconds", "Time.", 4, "seconds", timed),
        ("build_info", "Build.", 1, "", built),
    ];
    let expected = expected.map(|(name, help, kind, unit, metric)| MetricFamily {
        name: name.to_owned(),
        help: help.to_owned(),
        kind,
        metric: vec![metric],
        unit: unit.to_owned(),
    });
    assert_eq!(families(shop), expected);
}

fn native(exponential: Exponential<'static>) -> Histogram {
    let shown = families(move |visitor| {
        family(visitor, "h", "", "", MetricKind::Histogram);
        let point = Point::Histogram {
            bounds: &[1.0],
            buckets: &[4, 5],
            sum: 3.5,
            exemplars: &[],
            exponential: Some(exponential),
        };
        visitor.point(&[], point);
    });
    shown.into_iter().next().unwrap().metric.pop().unwrap().histogram.unwrap()
}

#[test]
fn finer_buckets_are_a_native_histogram() {
    let exponential = Exponential {
        scale: -3,
        zero_threshold: 1e-9,
        zero_count: 2,
        positive: Buckets { offset: -2, counts: &[1, 0, 0, 0, 3] },
        negative: Buckets { offset: 10, counts: &[2, 1] },
    };
    let expected = Histogram {
        sample_count: 9,
        sample_sum: 3.5,
        bucket: vec![bucket(4, 1.0), bucket(9, f64::INFINITY)],
        schema: -3,
        zero_threshold: 1e-9,
        zero_count: 2,
        // Prometheus' index is that of the upper bound.
        positive_span: vec![Span { offset: -1, length: 1 }, Span { offset: 3, length: 1 }],
        positive_delta: vec![1, 2],
        negative_span: vec![Span { offset: 11, length: 2 }],
        negative_delta: vec![2, -1],
    };
    assert_eq!(native(exponential), expected);
}

#[test]
fn a_native_histogram_without_observations_is_told_from_one_that_is_not_native() {
    let none = Buckets::default();
    let exponential =
        Exponential { scale: 3, zero_threshold: 0.0, zero_count: 0, positive: none, negative: none };
    assert_eq!(native(exponential).positive_span, [Span { offset: 0, length: 0 }]);
}

#[test]
fn a_large_family_is_several_messages_with_one_head() {
    let shown = families(|visitor| {
        family(visitor, "a_total", "Help.", "", MetricKind::Counter);
        for n in 0..20_000 {
            visitor.point(&[("n", &n.to_string())], Point::Counter(n));
        }
    });
    assert!(shown.len() > 1);
    assert!(shown.iter().all(|f| (&*f.name, &*f.help, f.kind) == ("a_total", "Help.", 0)));
    let values = shown.iter().flat_map(|f| &f.metric).map(|m| m.counter.as_ref().unwrap().value);
    assert!(values.eq((0..20_000).map(f64::from)));
}
