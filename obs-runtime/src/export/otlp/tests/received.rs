//! All three signals, as a receiver reads them that nobody here wrote.

use mock_collector::MockServer;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Proto;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
use tokio::runtime::Runtime;

use super::*;
use crate::export::testing::{Bench, log, quick, resource};
use crate::export::{Exporter, Periodic, Source};
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point};

struct One;

impl MetricSource for One {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        visitor.family(&Family {
            name: "orders_total",
            help: "Orders.",
            unit: "",
            kind: MetricKind::Counter,
        });
        visitor.point(&[("region", "eu")], Point::Counter(7));
        visitor.family(&Family {
            name: "wait_seconds",
            help: "",
            unit: "seconds",
            kind: MetricKind::Histogram,
        });
        let (bounds, buckets) = (&[0.1, 1.0], &[1, 2, 3]);
        visitor.point(&[], Point::Histogram { bounds, buckets, sum: 9.5, exemplars: &[], exponential: None });
    }
}

/// Exporters of the three signals to a server.
fn exporters(
    address: &str,
    protocol: Protocol,
    ledger: &Arc<Ledger>,
    notices: &Notices,
) -> Vec<Arc<dyn Exporter>> {
    let to = |path: &str| {
        let endpoint = format!("http://{address}/v1/{path}");
        OtlpConfig { protocol, settings: quick(), ..OtlpConfig::new(endpoint) }
    };
    let (source, hour) = (Source::default(), Duration::from_secs(3_600));
    source.provide(vec![Arc::new(One)]);
    let pushed =
        OtlpMetrics::new(to("metrics"), Default::default(), resource("shop"), 1_000, ledger, notices);
    vec![
        Arc::new(otlp_spans(to("traces"), ledger, notices).unwrap()),
        Arc::new(otlp_logs(to("logs"), ledger, notices).unwrap()),
        Arc::new(Periodic::new(pushed.unwrap(), &source, hour, ledger)),
    ]
}

fn arrive(protocol: Protocol, theirs: mock_collector::Protocol) {
    let runtime = Runtime::new().unwrap();
    let server = MockServer::builder().protocol(theirs).port(0);
    let server = runtime.block_on(server.start()).unwrap();
    let address = server.addr().to_string();
    let bench = Bench::new(|ledger, notices| exporters(&address, protocol, ledger, notices));
    let sent = span("work");
    bench.put(&sent);
    bench.sink.put(Record::Log(log("hello")));
    for (signal, items) in [(Signal::Traces, 1), (Signal::Logs, 1)] {
        assert_eq!(bench.settled(signal, NAME).exported, items);
    }
    assert_eq!(bench.settled(Signal::Metrics, NAME).rejected, 0);
    assert_eq!(bench.notices.try_iter().collect::<Vec<_>>(), []);
    runtime.block_on(server.with_collector(|collector| {
        let [span] = collector.spans() else { panic!("{:?}", collector.spans()) };
        assert_eq!(span.span().trace_id, sent.context.trace_id.get().to_be_bytes());
        assert_eq!(span.span().start_time_unix_nano, sent.start_unix_nanos);
        let [log] = collector.logs() else { panic!("{:?}", collector.logs()) };
        let body = log.log_record().body.clone().unwrap().value.unwrap();
        assert_eq!((body, log.log_record().severity_number), (Proto::StringValue("hello".to_owned()), 9));
        let data = |name: &str| {
            let found = collector.metrics().iter().find(|m| m.metric().name == name);
            found.and_then(|m| m.metric().data.clone()).unwrap()
        };
        let Data::Sum(sum) = data("orders_total") else { panic!("it is a sum") };
        assert_eq!(sum.data_points.first().unwrap().value, Some(number_data_point::Value::AsInt(7)));
        let Data::Histogram(histogram) = data("wait_seconds") else { panic!("it is a histogram") };
        let point = histogram.data_points.first().unwrap();
        assert_eq!(
            (point.bucket_counts.as_slice(), point.explicit_bounds.as_slice()),
            (&[1, 2, 3][..], &[0.1, 1.0][..])
        );
        assert_eq!((point.count, point.sum), (6, Some(9.5)));
    }));
}

#[test]
fn protobuf_arrives() {
    arrive(Protocol::HttpProtobuf, mock_collector::Protocol::HttpBinary);
}

#[test]
fn json_arrives() {
    arrive(Protocol::HttpJson, mock_collector::Protocol::HttpJson);
}
