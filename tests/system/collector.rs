//! A third-party OTLP collector receives the traces, over a real socket.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use mock_collector::{MockServer, Protocol, ServerHandle, TestSpan};
use obs_tests::{Program, Scrape, get, shop, wait_for};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

pub(crate) async fn collector() -> (ServerHandle, String) {
    let server = MockServer::builder().protocol(Protocol::HttpBinary).port(0).start().await.unwrap();
    let endpoint = format!("http://{}", server.addr());
    (server, endpoint)
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let value = attributes.iter().find(|a| a.key == key)?.value.as_ref()?.value.as_ref()?;
    match value {
        any_value::Value::StringValue(text) => Some(text),
        _ => None,
    }
}

pub(crate) fn service(span: &TestSpan) -> &str {
    text(span.resource_attrs(), "service.name").unwrap_or_default()
}

/// Services and names from the root down to `leaf`; `None` where a parent did not arrive.
pub(crate) fn ancestry<'a>(spans: &'a [TestSpan], leaf: &'a TestSpan) -> Option<Vec<&'a TestSpan>> {
    let mut path = vec![leaf];
    while let Some(below) = path.last()
        && !below.span().parent_span_id.is_empty()
    {
        let (trace, parent) = (&below.span().trace_id, &below.span().parent_span_id);
        path.push(spans.iter().find(|s| s.span().trace_id == *trace && s.span().span_id == *parent)?);
    }
    path.reverse();
    Some(path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shop_s_trace_crosses_three_services_with_the_right_parents() {
    let (server, endpoint) = collector().await;
    let output = tokio::task::spawn_blocking(move || {
        let mut shop = Program::start(shop(&["--seconds", "4"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint));
        let status = shop.wait();
        assert!(status.success(), "{}", shop.output());
        shop.output()
    })
    .await
    .unwrap();

    server
        .with_collector(|collector| {
            let spans = collector.spans();
            let crossing =
                spans.iter().filter(|s| service(s) == "notifier").filter_map(|leaf| ancestry(spans, leaf));
            let path = crossing
                .filter(|path| path.last().is_some_and(|s| s.span().kind == SpanKind::Consumer as i32))
                .max_by_key(Vec::len)
                .unwrap_or_else(|| panic!("no whole trace reached the notifier:\n{output}"));
            let mut services: Vec<&str> = path.iter().map(|s| service(s)).collect();
            services.dedup();
            assert_eq!(services, ["api", "build-worker", "notifier"]);
            let kinds: Vec<i32> = path.iter().map(|s| s.span().kind).collect();
            assert_eq!(kinds.first(), Some(&(SpanKind::Server as i32)), "the request is the root");
            for (above, below) in path.iter().zip(path.iter().skip(1)) {
                let crosses = service(above) != service(below);
                let sent = above.span().kind == SpanKind::Producer as i32;
                assert_eq!(
                    crosses, sent,
                    "a consumer's parent is the producer span, and nothing else crosses"
                );
                assert!(above.span().start_time_unix_nano <= below.span().start_time_unix_nano);
            }
        })
        .await;
    server.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_health_and_traces_show_the_same_calls_with_the_same_outcomes() {
    let (server, endpoint) = collector().await;
    let words = ["ok", "ok", "ok", "error", "error", "panic", "hang"];
    let expected: BTreeMap<&str, usize> = [("ok", 3), ("error", 2), ("panicked", 1), ("cancelled", 1)].into();
    let command = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_subject"));
        command
            .args(words)
            .env("OTEL_EXPORTER_PROMETHEUS_PORT", "0")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint);
        Program::start(&mut command)
    };
    let (program, admin) = tokio::task::spawn_blocking(move || {
        let mut program = command();
        assert_eq!(program.wait_for_word("flushed: "), "yes", "{}", program.output());
        let admin = program.wait_for_word("admin: ");
        wait_for("readiness", || get(&format!("http://{admin}/readyz")).filter(|(status, _)| *status == 200));
        (program, admin)
    })
    .await
    .unwrap();

    server.wait_for_spans(words.len(), Duration::from_secs(60)).await.unwrap();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    server
        .with_collector(|collector| {
            for span in collector.spans().iter().filter(|s| s.span().name == "job") {
                let outcome = text(&span.span().attributes, "outcome").unwrap_or("none").to_owned();
                *seen.entry(outcome).or_default() += 1;
            }
        })
        .await;
    let seen: BTreeMap<&str, usize> =
        seen.iter().map(|(outcome, count)| (outcome.as_str(), *count)).collect();
    assert_eq!(seen, expected);

    let scrape = tokio::task::spawn_blocking(move || Scrape::of(&admin).unwrap()).await.unwrap();
    for (outcome, count) in &expected {
        for name in ["function_calls_total", "function_duration_seconds_count", "subject_jobs_total"] {
            let value = scrape.sum(name, &[("outcome", outcome)]);
            assert_eq!(value, Some(*count as f64), "{name} {outcome}");
        }
    }
    assert_eq!(scrape.sum("subject_job_duration_seconds_count", &[]), Some(words.len() as f64));
    assert_eq!(scrape.sum("function_calls_in_flight", &[("function", "job")]), Some(0.0));
    assert_eq!(scrape.sum("health_check_status", &[("check", "always")]), Some(1.0));
    drop(program);
    server.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_the_guard_delivers_what_is_left() {
    let (server, endpoint) = collector().await;
    let status = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_subject"));
        command
            .args(["leave", "ok", "error"])
            .env("OBS_ADMIN", "off")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
        Program::start(&mut command).wait()
    });
    assert!(status.await.unwrap().success());
    let arrived =
        server.with_collector(|c| c.spans().iter().filter(|s| s.span().name == "job").count()).await;
    assert_eq!(arrived, 3);
    server.shutdown().await.unwrap();
}

#[test]
fn an_unreachable_collector_stops_nothing_and_every_loss_is_counted() {
    let mut shop = Program::start(
        shop(&["--seconds", "20"])
            // Nobody listens on the discard port.
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
            .env("OTEL_EXPORTER_OTLP_TIMEOUT", "500")
            .env("OTEL_BSP_SCHEDULE_DELAY", "100"),
    );
    let admin = shop.wait_for_word("admin: http://");
    let admin = admin.trim_end_matches('/').to_owned();
    wait_for("a counted loss", || {
        let scrape = Scrape::of(&admin)?;
        let otlp = [("signal", "traces"), ("exporter", "otlp")];
        let count = |name| scrape.sum(name, &otlp).unwrap_or_default();
        let (lost, accepted) = (count("obs_dropped_total"), count("obs_accepted_total"));
        let known =
            count("obs_exported_total") + count("obs_rejected_total") + lost + count("obs_queue_items");
        assert_eq!(accepted, known, "every span has met its fate or waits");
        (lost > 0.0).then_some(())
    });
    let status = shop.wait();
    assert!(status.success(), "{}", shop.output());
}
