//! Collectors of others take what we send, in every form in which it is sent: traces, log records and metrics.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use mock_collector::{MockServer, Protocol};
use obs::export::Signal;
use obs::testing::FaultyCollector;
use obs_tests::{Program, free_port, scratch_dir, wait_for};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point};
use prost::Message;

use crate::reliability::run::Ended;

const SPANS: usize = 500;
/// Every hundredth call says something, and there are two threads.
const LOGS: usize = 6;

const SOON: Duration = Duration::from_secs(60);

/// Runs the program that makes load, to its end.
fn send(endpoint: &str, protocol: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_load"));
    command
        .args(["--spans", &SPANS.to_string(), "--rate", "100000", "--text", "20"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
        .env("OTEL_LOGS_EXPORTER", "otlp")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "3600000")
        .env("OTEL_SERVICE_NAME", "load")
        .env("OBS_ADMIN", "off");
    let ended = Ended::of(Program::start(&mut command));
    ended.balances();
    for signal in ["traces", "logs", "metrics"] {
        let of = |what: &str| ended.figure(&format!("{signal}-otlp-{what}"));
        assert_eq!((of("dropped"), of("rejected")), (0, 0), "{signal}\n{}", ended.output);
        assert!(of("exported") > 0, "{signal}\n{}", ended.output);
    }
    ended
}

/// mock-collector, which fails on what it cannot read.
async fn mock_collector_takes_it(protocol: Protocol, name: &'static str) {
    let server = MockServer::builder().protocol(protocol).port(0).start().await.unwrap();
    let endpoint = format!("http://{}", server.addr());
    tokio::task::spawn_blocking(move || send(&endpoint, name)).await.unwrap();
    server.wait_for_spans(SPANS, SOON).await.unwrap();
    server.wait_for_logs(LOGS, SOON).await.unwrap();
    server
        .with_collector(|collector| {
            assert_eq!(collector.spans().iter().filter(|s| s.span().name == "work").count(), SPANS);
            collector.expect_log_with_body("another hundred").assert_count(LOGS);
            let mut points =
                collector.metrics().iter().filter_map(|m| match (&m.metric().name[..], &m.metric().data) {
                    ("load_work_total", Some(Data::Sum(sum))) => sum.data_points.last().cloned(),
                    _ => None,
                });
            assert_eq!(
                points.next_back().unwrap().value,
                Some(number_data_point::Value::AsInt(SPANS as i64))
            );
        })
        .await;
    server.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mock_collector_takes_protobuf_over_http() {
    mock_collector_takes_it(Protocol::HttpBinary, "http/protobuf").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mock_collector_takes_json_over_http() {
    mock_collector_takes_it(Protocol::HttpJson, "http/json").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mock_collector_takes_grpc() {
    mock_collector_takes_it(Protocol::Grpc, "grpc").await;
}

/// rotel, a collector that passes on what it has read and understood to one of ours.
struct Rotel {
    http: String,
    grpc: String,
    behind: FaultyCollector,
    _program: Program,
}

impl Rotel {
    fn start() -> Self {
        let behind = FaultyCollector::start().unwrap();
        let (http, grpc) = (free_port(), free_port());
        let place = |port| format!("127.0.0.1:{port}");
        let own = scratch_dir();
        let mut command = Command::new(agent());
        command
            .args([
                "start",
                "--exporter",
                "otlp",
                "--otlp-exporter-protocol",
                "http",
                "--batch-timeout",
                "50ms",
            ])
            .args(["--otlp-exporter-endpoint", &behind.endpoint()])
            .args(["--otlp-http-endpoint", &place(http), "--otlp-grpc-endpoint", &place(grpc)])
            .args(["--pid-file", own.join("pid").to_str().unwrap()])
            .args(["--log-file", own.join("log").to_str().unwrap()]);
        let program = Program::start(&mut command);
        wait_for("rotel", || TcpStream::connect(place(http)).ok());
        wait_for("rotel", || TcpStream::connect(place(grpc)).ok());
        let (http, grpc) = (format!("http://{}", place(http)), format!("http://{}", place(grpc)));
        Rotel { http, grpc, behind, _program: program }
    }

    /// Sends everything, and asserts that it went through unchanged.
    fn takes(&self, endpoint: &str, protocol: &str) {
        send(endpoint, protocol);
        let all = |received: &obs::testing::Received| {
            received.items(Signal::Traces) >= SPANS as u64 && received.items(Signal::Logs) >= LOGS as u64
        };
        assert!(self.behind.wait_until(all, SOON), "{:?}", self.behind);
        let ids: std::collections::BTreeSet<_> = self.behind.spans().into_iter().map(|s| s.span_id).collect();
        assert_eq!(ids.len(), SPANS);
        // Of JSON this rotel reads no number that is a text, as 64-bit numbers are (ProtoJSON), and takes the point without.
        let number = (protocol != "http/json").then_some(SPANS as i64);
        assert!(self.behind.wait_until(|received| work_done(received) == Some(number), SOON));
        self.behind.read(|received| {
            let spans = received.requests().iter().filter(|r| r.path == "/v1/traces");
            let mut texts = spans.flat_map(|r| attributes(&r.body));
            assert!(texts.all(|(key, text)| key != "text" || text == "é".repeat(10)));
        });
    }
}

/// The program that `scripts/rotel` gets, in the target directory.
fn agent() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_load")).ancestors().nth(2).unwrap();
    let agent = target.join("rotel/rotel-agent");
    assert!(agent.exists(), "no {}; `scripts/rotel` gets it", agent.display());
    agent
}

/// Returns what the program's counter was last, once it was told.
fn work_done(received: &obs::testing::Received) -> Option<Option<i64>> {
    let mut last = None;
    for request in received.requests().iter().filter(|request| request.path == "/v1/metrics") {
        let request = ExportMetricsServiceRequest::decode(request.body.clone()).unwrap();
        let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        for metric in scopes.flat_map(|scope| scope.metrics).filter(|m| m.name == "load_work_total") {
            let Some(Data::Sum(sum)) = metric.data else { panic!("a counter is a sum") };
            last = match sum.data_points.last().and_then(|point| point.value) {
                Some(number_data_point::Value::AsInt(value)) => Some(Some(value)),
                Some(other) => panic!("{other:?}"),
                None => Some(None),
            };
        }
    }
    last
}

/// Returns the texts among the attributes of all spans.
fn attributes(body: &[u8]) -> Vec<(String, String)> {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    let attributes = scopes.flat_map(|scope| scope.spans).flat_map(|span| span.attributes);
    attributes.filter_map(|a| crate::reliability::text(a.value?).map(|text| (a.key, text))).collect()
}

#[test]
fn rotel_takes_protobuf_over_http_and_refuses_what_is_none() {
    let rotel = Rotel::start();
    rotel.takes(&rotel.http, "http/protobuf");
    let url = format!("{}/v1/traces", rotel.http);
    let refused = ureq::post(&url).content_type("application/x-protobuf").send("<html>");
    assert!(matches!(refused, Err(ureq::Error::StatusCode(400))), "{refused:?}");
}

#[test]
fn rotel_takes_json_over_http() {
    let rotel = Rotel::start();
    rotel.takes(&rotel.http, "http/json");
}

#[test]
fn rotel_takes_grpc() {
    let rotel = Rotel::start();
    rotel.takes(&rotel.grpc, "grpc");
}
