//! What arrives, as read by the generated types of OpenTelemetry.

use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets as ProtoBuckets;
use opentelemetry_proto::tonic::metrics::v1::{Exemplar as ProtoExemplar, exemplar};

use super::*;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::record::{Buckets, Exemplar};

const CUMULATIVE: i32 = 2;
const DELTA: i32 = 1;

/// Pushes once and returns the metrics.
fn through(
    shape: (Temporality, HistogramAggregation),
    show: impl Fn(&mut dyn MetricVisitor) + Send + 'static,
) -> Vec<Metric> {
    let collector = Collector::start([]);
    let pipeline = Pipeline::with(local(&collector), shape, NEVER);
    pipeline.shelf.put(show);
    pipeline.push();
    metrics(&collector.next())
}

fn exemplar(value: f64, time_unix_nanos: u64) -> Option<Exemplar> {
    let (trace_id, span_id) = (TraceId::new(0xabc).unwrap(), SpanId::new(0xdef).unwrap());
    let context = SpanContext { trace_id, span_id, flags: 1, tracestate: None };
    Some(Exemplar { context: Some(context), correlation_id: Some("order-7".into()), value, time_unix_nanos })
}

fn durations(visitor: &mut dyn MetricVisitor) {
    family(visitor, "order_duration_seconds", "seconds", MetricKind::Histogram);
    let exponential = Exponential {
        scale: -2,
        zero_threshold: 1e-6,
        zero_count: 1,
        positive: Buckets { offset: -3, counts: &[2, 0, 300] },
        negative: Buckets::default(),
    };
    for (region, exponential) in [("eu", Some(exponential)), ("us", None)] {
        let point = Point::Histogram {
            bounds: &[0.5, 1.0],
            buckets: &[1, 2, 300],
            sum: 9.5,
            exemplars: &[None, exemplar(0.75, 1_500), None],
            exponential,
        };
        visitor.point(&[("region", region)], point);
    }
}

fn is_the_exemplar(got: &[ProtoExemplar]) {
    let [got] = got else { panic!("{got:?}") };
    assert_eq!((got.time_unix_nano, got.value), (1_500, Some(exemplar::Value::AsDouble(0.75))));
    assert_eq!(got.trace_id, 0xabc_u128.to_be_bytes());
    assert_eq!(got.span_id, 0xdef_u64.to_be_bytes());
    let [filtered] = got.filtered_attributes.as_slice() else { panic!("{got:?}") };
    assert_eq!(filtered.key, "correlation_id");
    assert!(format!("{filtered:?}").contains("order-7"), "{filtered:?}");
}

#[test]
fn counters_are_monotonic_sums() {
    let got = through(Default::default(), |visitor| {
        family(visitor, "orders_total", "", MetricKind::Counter);
        let labels = [("region", "eu"), ("error_type", "Refused"), ("http_response_status_code", "404")];
        visitor.point(&labels, Point::Counter(7));
        family(visitor, "process_cpu_seconds_total", "seconds", MetricKind::Counter);
        visitor.point(&[], Point::Total(1.5));
    });
    let [orders, cpu] = &got[..] else { panic!("{got:?}") };
    assert_eq!(
        (orders.name.as_str(), orders.description.as_str(), orders.unit.as_str()),
        ("orders_total", "Help.", "")
    );
    let Some(Data::Sum(sum)) = &orders.data else { panic!("{orders:?}") };
    assert_eq!((sum.is_monotonic, sum.aggregation_temporality), (true, CUMULATIVE));
    let point = sum.data_points.first().unwrap();
    assert_eq!(point.value, Some(number_data_point::Value::AsInt(7)));
    assert_eq!(point.start_time_unix_nano, 1_000);
    assert!(point.time_unix_nano > 1_700_000_000_000_000_000);
    assert_eq!(
        attributes(&point.attributes),
        [
            ("region", text("eu")),
            ("error.type", text("Refused")),
            ("http.response.status_code", Proto::IntValue(404))
        ]
    );
    let Some(Data::Sum(sum)) = &cpu.data else { panic!("{cpu:?}") };
    assert_eq!((cpu.unit.as_str(), sum.is_monotonic), ("s", true));
    assert_eq!(sum.data_points.first().unwrap().value, Some(number_data_point::Value::AsDouble(1.5)));
}

#[test]
fn gauges_are_gauges_and_infos_sums_of_one() {
    let got = through((Temporality::Delta, HistogramAggregation::Explicit), |visitor| {
        family(visitor, "queue_items", "", MetricKind::Gauge);
        visitor.point(&[("otel_metric_overflow", "true")], Point::Gauge(-2.5));
        family(visitor, "build_info", "", MetricKind::Info);
        visitor.point(&[("version", "1")], Point::Gauge(1.0));
    });
    let [queue, build] = &got[..] else { panic!("{got:?}") };
    let Some(Data::Gauge(gauge)) = &queue.data else { panic!("{queue:?}") };
    let point = gauge.data_points.first().unwrap();
    assert_eq!(
        (point.value, point.start_time_unix_nano),
        (Some(number_data_point::Value::AsDouble(-2.5)), 0)
    );
    assert_eq!(attributes(&point.attributes), [("otel.metric.overflow", Proto::BoolValue(true))]);
    let Some(Data::Sum(info)) = &build.data else { panic!("{build:?}") };
    assert_eq!((info.is_monotonic, info.aggregation_temporality), (false, CUMULATIVE));
    assert_eq!(info.data_points.first().unwrap().value, Some(number_data_point::Value::AsDouble(1.0)));
    assert_eq!(attributes(&build.metadata), [("prometheus.type", text("info"))]);
}

#[test]
fn histograms_have_their_bounds_and_exemplars() {
    let got = through(Default::default(), durations);
    let [metric] = &got[..] else { panic!("{got:?}") };
    assert_eq!((metric.name.as_str(), metric.unit.as_str()), ("order_duration_seconds", "s"));
    let Some(Data::Histogram(histogram)) = &metric.data else { panic!("{metric:?}") };
    assert_eq!((histogram.aggregation_temporality, histogram.data_points.len()), (CUMULATIVE, 2));
    let point = histogram.data_points.first().unwrap();
    assert_eq!((point.count, point.sum), (303, Some(9.5)));
    assert_eq!((&point.explicit_bounds[..], &point.bucket_counts[..]), (&[0.5, 1.0][..], &[1, 2, 300][..]));
    assert_eq!(point.start_time_unix_nano, 1_000);
    is_the_exemplar(&point.exemplars);
}

#[test]
fn histograms_are_exponential_where_they_can_be() {
    let got = through((Temporality::Delta, HistogramAggregation::Exponential), durations);
    let [finer, plain] = &got[..] else { panic!("{got:?}") };
    assert_eq!(finer.name, plain.name);
    let Some(Data::ExponentialHistogram(histogram)) = &finer.data else { panic!("{finer:?}") };
    assert_eq!(histogram.aggregation_temporality, DELTA);
    let point = histogram.data_points.first().unwrap();
    assert_eq!((point.count, point.sum, point.scale, point.zero_count), (303, Some(9.5), -2, 1));
    assert_eq!(point.zero_threshold, 1e-6);
    assert_eq!(point.positive, Some(ProtoBuckets { offset: -3, bucket_counts: vec![2, 0, 300] }));
    assert_eq!(point.negative, None);
    assert_eq!(attributes(&point.attributes), [("region", text("eu"))]);
    is_the_exemplar(&point.exemplars);
    let Some(Data::Histogram(histogram)) = &plain.data else { panic!("{plain:?}") };
    assert_eq!(attributes(&histogram.data_points.first().unwrap().attributes), [("region", text("us"))]);
}

#[test]
fn a_sum_of_observations_below_zero_is_left_away() {
    let got = through((Temporality::Cumulative, HistogramAggregation::Exponential), |visitor| {
        family(visitor, "balance", "", MetricKind::Histogram);
        let negative = Buckets { offset: 0, counts: &[1] };
        let (scale, zero_threshold, zero_count) = (0, 0.0, 0);
        let exponential =
            Exponential { scale, zero_threshold, zero_count, positive: Buckets::default(), negative };
        let (bounds, buckets, exemplars) = (&[0.0][..], &[1, 0][..], &[][..]);
        let exponential = Some(exponential);
        visitor.point(&[], Point::Histogram { bounds, buckets, sum: -2.0, exemplars, exponential });
    });
    let Some(Data::ExponentialHistogram(histogram)) = &got.first().unwrap().data else { panic!("{got:?}") };
    let point = histogram.data_points.first().unwrap();
    assert_eq!((point.count, point.sum), (1, None));
    assert_eq!(point.negative, Some(ProtoBuckets { offset: 0, bucket_counts: vec![1] }));
}

#[test]
fn every_service_has_its_resource() {
    let collector = Collector::start([]);
    let pipeline = Pipeline::new(local(&collector), Temporality::Cumulative, NEVER);
    pipeline.shelf.put(|visitor| {
        for name in ["a_total", "b_total"] {
            family(visitor, name, "", MetricKind::Counter);
            visitor.point(&[("region", "eu")], Point::Counter(1));
            visitor.point(&[("service_name", "api"), ("region", "eu")], Point::Counter(2));
            visitor.point(&[("region", "us")], Point::Counter(3));
        }
    });
    pipeline.push();
    let mut drawn = String::new();
    for resource in request(&collector.next()).resource_metrics {
        let of = resource.resource.unwrap().attributes;
        let [("service.name", Proto::StringValue(service))] = &attributes(&of)[..] else { panic!("{of:?}") };
        for scope in resource.scope_metrics {
            let by = scope.scope.unwrap();
            assert_eq!((by.name.as_str(), by.version.as_str()), ("obs", env!("CARGO_PKG_VERSION")));
            for metric in scope.metrics {
                let Some(Data::Sum(sum)) = metric.data else { panic!("no sum") };
                let keys = sum.data_points.iter().map(|p| attributes(&p.attributes).len());
                drawn += &format!("{service}/{}: {:?}\n", metric.name, keys.collect::<Vec<_>>());
            }
        }
    }
    assert_eq!(drawn, "shop/a_total: [1, 1]\nshop/b_total: [1, 1]\napi/a_total: [1]\napi/b_total: [1]\n");
}

#[test]
fn of_two_families_with_one_name_the_first_is_sent() {
    let got = through(Default::default(), |visitor| {
        orders(1)(visitor);
        orders(2)(visitor);
    });
    assert_eq!(got.len(), 1);
}

#[test]
fn requests_are_those_of_metrics() {
    let collector = Collector::start([]);
    Pipeline::new(local(&collector), Temporality::Cumulative, NEVER).push();
    let arrived = collector.next();
    let header = |name: &str| arrived.headers.get(name).and_then(|v| v.to_str().ok());
    assert_eq!((arrived.method.as_str(), arrived.path.as_str()), ("POST", "/v1/metrics"));
    assert_eq!(header("content-type"), Some("application/x-protobuf"));
    assert_eq!(header("content-encoding"), Some("gzip"));
}

#[test]
fn an_exemplar_of_no_span_has_no_ids() {
    let got = through(Default::default(), |visitor| {
        family(visitor, "order_duration_seconds", "seconds", MetricKind::Histogram);
        let exemplars =
            &[exemplar(0.25, 1_500).map(|e| Exemplar { context: None, correlation_id: None, ..e })][..];
        let (bounds, buckets, sum) = (&[][..], &[1][..], 0.25);
        visitor.point(&[], Point::Histogram { bounds, buckets, sum, exemplars, exponential: None });
    });
    let Some(Data::Histogram(histogram)) = got.first().and_then(|metric| metric.data.as_ref()) else {
        panic!("{got:?}")
    };
    let point = histogram.data_points.first().unwrap();
    let [exemplar] = &point.exemplars[..] else { panic!("{point:?}") };
    assert_eq!((exemplar.value, exemplar.trace_id.len()), (Some(exemplar::Value::AsDouble(0.25)), 0));
    assert_eq!((exemplar.span_id.len(), exemplar.filtered_attributes.len()), (0, 0));
}
