//! Metrics that are pushed: to a third-party OTLP collector and to a real Pushgateway, over real sockets.

use std::process::Command;
use std::time::Duration;

use mock_collector::{MockServer, Protocol, ServerHandle, TestMetric};
use obs_tests::{Program, Scrape, free_port, get, wait_for};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point};

const DELTA: i32 = 1;
const CUMULATIVE: i32 = 2;

async fn collector(port: u16) -> ServerHandle {
    MockServer::builder().protocol(Protocol::HttpBinary).port(port).start().await.unwrap()
}

fn subject(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_subject"));
    command.args(words).env("OTEL_SERVICE_NAME", "subject").env("OTEL_EXPORTER_PROMETHEUS_PORT", "0");
    command
}

/// Runs the subject to its end; the guard delivers what is left.
async fn leave(mut command: Command) -> String {
    let run = move || {
        let mut program = Program::start(&mut command);
        assert!(program.wait().success(), "{}", program.output());
        program.output()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    match attributes.iter().find(|a| a.key == key)?.value.as_ref()?.value.as_ref()? {
        any_value::Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// Adds up the points of a sum that have an attribute.
fn total(metrics: &[TestMetric], name: &str, (key, value): (&str, &str)) -> f64 {
    let mut total = 0.0;
    for metric in metrics.iter().filter(|m| m.metric().name == name) {
        let Some(Data::Sum(sum)) = &metric.metric().data else { panic!("{name} is no sum") };
        assert!(sum.is_monotonic);
        for point in sum.data_points.iter().filter(|p| text(&p.attributes, key) == Some(value)) {
            total += match point.value.unwrap() {
                number_data_point::Value::AsInt(value) => value as f64,
                number_data_point::Value::AsDouble(value) => value,
            };
        }
    }
    total
}

/// Adds up the observations of a histogram, explicit or exponential, and its exemplars; says which temporality it has.
fn observations(metrics: &[TestMetric], name: &str) -> (u64, usize, i32) {
    let (mut count, mut exemplars, mut temporality) = (0, 0, 0);
    for metric in metrics.iter().filter(|m| m.metric().name == name) {
        match &metric.metric().data {
            Some(Data::Histogram(histogram)) => {
                temporality = histogram.aggregation_temporality;
                count += histogram.data_points.iter().map(|p| p.count).sum::<u64>();
                exemplars += histogram.data_points.iter().map(|p| p.exemplars.len()).sum::<usize>();
            }
            Some(Data::ExponentialHistogram(histogram)) => {
                temporality = histogram.aggregation_temporality;
                count += histogram.data_points.iter().map(|p| p.count).sum::<u64>();
                exemplars += histogram.data_points.iter().map(|p| p.exemplars.len()).sum::<usize>();
            }
            other => panic!("{name} is no histogram: {other:?}"),
        }
    }
    (count, exemplars, temporality)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_the_guard_pushes_what_every_metric_holds() {
    let server = collector(0).await;
    let mut command = subject(&["leave", "ok", "ok", "error"]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", server.addr()));
    leave(command).await;
    server
        .with_collector(|collector| {
            let metrics = collector.metrics();
            let jobs = |outcome| total(metrics, "subject_jobs_total", ("outcome", outcome));
            assert_eq!((jobs("ok"), jobs("error")), (3.0, 1.0));
            assert_eq!(total(metrics, "function_calls_total", ("function", "job")), 4.0);
            assert_eq!(total(metrics, "subject_job_errors_total", ("error.type", "Refused")), 1.0);
            let (count, exemplars, temporality) = observations(metrics, "subject_job_duration_seconds");
            assert_eq!((count, temporality), (4, CUMULATIVE));
            assert!(exemplars > 0, "sampled traces leave exemplars");
            let duration =
                metrics.iter().find(|m| m.metric().name == "subject_job_duration_seconds").unwrap();
            assert_eq!(
                (duration.metric().unit.as_str(), duration.metric().description.is_empty()),
                ("s", false)
            );
            assert_eq!(text(duration.resource_attrs(), "service.name"), Some("subject"));
            assert!(!collector.spans().is_empty(), "one endpoint for both signals");
        })
        .await;
    server.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deltas_outlive_a_collector_that_goes_and_comes_back() {
    let port = free_port();
    let first = collector(port).await;
    // A job that hangs is cancelled after 200 ms: the work takes a second and a half, a push comes every 20 ms.
    let words =
        ["ok", "hang", "ok", "hang", "ok", "hang", "error", "hang", "ok", "hang", "ok", "hang", "ok", "hang"];
    let mut command = subject(&[&["leave"], &words[..]].concat());
    command
        .env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", format!("http://127.0.0.1:{port}/v1/metrics"))
        .env("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "20");
    let work = tokio::spawn(leave(command));
    first.wait_for_metrics(20, Duration::from_secs(60)).await.unwrap();
    let mut metrics = first.with_collector(|collector| collector.metrics().to_vec()).await;
    first.shutdown().await.unwrap();
    let second = collector(port).await;
    work.await.unwrap();
    second.with_collector(|collector| metrics.extend_from_slice(collector.metrics())).await;
    second.shutdown().await.unwrap();

    let jobs = |outcome| total(&metrics, "subject_jobs_total", ("outcome", outcome));
    assert_eq!((jobs("ok"), jobs("error"), jobs("cancelled")), (7.0, 1.0, 7.0), "`leave` is a job, too");
    let (count, _, temporality) = observations(&metrics, "subject_job_duration_seconds");
    assert_eq!((count, temporality), (15, DELTA));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exponential_histograms_are_sent_where_they_are_asked_for() {
    let server = collector(0).await;
    let mut command = subject(&["leave", "ok", "ok"]);
    command.env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", format!("http://{}/v1/metrics", server.addr())).env(
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
        "base2_exponential_bucket_histogram",
    );
    leave(command).await;
    server
        .with_collector(|collector| {
            let metrics = collector.metrics();
            assert_eq!(observations(metrics, "subject_job_duration_seconds").0, 3);
            let is_exponential =
                |m: &TestMetric| matches!(m.metric().data, Some(Data::ExponentialHistogram(_)));
            let mut durations =
                metrics.iter().filter(|m| m.metric().name == "subject_job_duration_seconds").peekable();
            assert!(durations.peek().is_some() && durations.all(is_exponential));
            assert!(collector.spans().is_empty(), "the endpoint is that of metrics alone");
        })
        .await;
    server.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_for_traces_alone_gets_no_metrics_when_they_are_not_wanted() {
    let server = collector(0).await;
    let mut command = subject(&["leave"]);
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", server.addr()))
        .env("OTEL_METRICS_EXPORTER", "prometheus");
    leave(command).await;
    server.with_collector(|c| assert_eq!((c.metrics().len(), c.spans().len()), (0, 1))).await;
    server.shutdown().await.unwrap();
}

#[test]
fn an_unreachable_collector_is_told_and_every_data_point_accounted_for() {
    let mut command = subject(&["ok"]);
    command
        // Nobody listens on the discard port.
        .env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://127.0.0.1:9/v1/metrics")
        .env("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "500")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "50");
    let mut program = Program::start(&mut command);
    let admin = program.wait_for_word("admin: ");
    wait_for("a counted loss", || {
        let scrape = Scrape::of(&admin)?;
        let otlp = [("signal", "metrics"), ("exporter", "otlp")];
        let count = |name| scrape.sum(name, &otlp).unwrap_or_default();
        let (lost, accepted) = (count("obs_dropped_total"), count("obs_accepted_total"));
        let known =
            count("obs_exported_total") + count("obs_rejected_total") + lost + count("obs_queue_items");
        assert_eq!(accepted, known, "every data point has met its fate or waits");
        (lost > 0.0).then_some(())
    });
    let output = program.output();
    assert!(
        output.contains("data points on the way to http://127.0.0.1:9/v1/metrics: no connection"),
        "{output}"
    );
}

#[test]
fn console_metrics_are_printed_at_the_end() {
    let mut command = subject(&["leave", "ok"]);
    let mut program = Program::start(command.env("OTEL_METRICS_EXPORTER", "console"));
    assert!(program.wait().success());
    let output = program.output();
    assert!(output.contains("subject_jobs_total{size=\"small\",outcome=\"ok\"} 2\n"), "{output}");
}

/// A Pushgateway of the test's own, and where it is.
fn gateway() -> (Program, String) {
    let address = format!("127.0.0.1:{}", free_port());
    let mut command = Command::new("prometheus-pushgateway");
    let program = Program::start(command.arg(format!("--web.listen-address={address}")));
    wait_for("the Pushgateway", || {
        get(&format!("http://{address}/-/ready")).filter(|(status, _)| *status == 200)
    });
    (program, address)
}

/// Runs a job that pushes to a group.
fn job(address: &str, words: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = subject(words);
    command.env("OBS_PUSHGATEWAY", format!("http://{address}")).env("OBS_ADMIN", "off");
    let mut program = Program::start(command.envs(variables.iter().copied()));
    assert!(program.wait().success(), "{}", program.output());
    program.output()
}

#[test]
fn a_batch_job_s_metrics_are_in_a_real_pushgateway_after_its_end() {
    let (_gateway, address) = gateway();
    let named = [("OBS_PUSHGATEWAY_JOB", "some/job"), ("OBS_PUSHGATEWAY_GROUPING", "shard=3 of%C3%A9")];
    job(&address, &["leave", "ok", "error"], &named);
    job(&address, &["leave"], &[]);
    let scrape = Scrape::of(&address).unwrap();
    let group = [("job", "some/job"), ("shard", "3 of\u{e9}")];
    let jobs = |labels: &[(&str, &str)]| scrape.sum("subject_jobs_total", labels);
    assert_eq!(jobs(&[&group[..], &[("outcome", "ok")]].concat()), Some(2.0));
    assert_eq!(jobs(&[&group[..], &[("outcome", "error")]].concat()), Some(1.0));
    assert_eq!(scrape.sum("subject_job_duration_seconds_count", &group), Some(3.0));
    assert_eq!(jobs(&[("job", "subject"), ("outcome", "ok")]), Some(1.0), "the service's name is the job");
    // The same group again: what the first run left is replaced.
    job(&address, &["leave"], &named);
    let scrape = Scrape::of(&address).unwrap();
    assert_eq!(scrape.sum("subject_job_duration_seconds_count", &group), Some(1.0));
}

#[test]
fn a_real_pushgateway_s_refusal_is_told() {
    let (_gateway, address) = gateway();
    // A label of the group that metrics have, too: the gateway writes over theirs, and finds the same series twice.
    let output = job(&address, &["leave", "error"], &[("OBS_PUSHGATEWAY_GROUPING", "outcome=ok")]);
    assert!(output.contains("it answered 400: "), "{output}");
    assert!(output.contains("no metric may have a label that its group has"), "{output}");
}
