#![allow(clippy::unwrap_used)] // a test fails by panicking

use super::*;
use crate::config::destination::{Destination, OtlpTo, To};
use crate::config::{Address, Config};

fn read_with(overrides: Overrides, vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let get =
        |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Config::read(overrides, &get, true)
}

fn read(vars: &[(&str, &str)]) -> (Metrics, Vec<String>) {
    let config = read_with(Overrides::default(), vars).unwrap();
    (config.metrics, config.warnings)
}

/// Returns the one collector that metrics go to.
fn collector(metrics: &Metrics) -> Option<&OtlpTo> {
    let otlp = |d: &'_ Destination| matches!(d.to, To::Otlp(_));
    assert!(metrics.destinations.iter().filter(|d| otlp(d)).count() <= 1);
    metrics.destinations.iter().find_map(|d| if let To::Otlp(to) = &d.to { Some(to) } else { None })
}

fn names(metrics: &Metrics) -> Vec<&str> {
    metrics.destinations.iter().map(|d| d.name.as_str()).collect()
}

const ALL: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318");

#[test]
fn nothing_is_pushed_unless_it_is_asked_for() {
    let (metrics, warnings) = read(&[]);
    assert_eq!((names(&metrics).len(), metrics.gateway.clone()), (0, None));
    assert_eq!((metrics.interval, warnings.len()), (Duration::from_secs(60), 0));
    for exporter in ["none", "prometheus"] {
        let metrics = read(&[ALL, ("OTEL_METRICS_EXPORTER", exporter)]).0;
        assert_eq!(metrics.destinations, [], "{exporter}");
    }
}

#[test]
fn an_endpoint_for_all_signals_or_for_metrics_is_enough() {
    let endpoint = |vars: &[(&str, &str)]| collector(&read(vars).0).unwrap().endpoint.clone();
    assert_eq!(endpoint(&[ALL]), "http://c:4318/v1/metrics");
    let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://m:1/own");
    assert_eq!(endpoint(&[ALL, own]), "http://m:1/own");
    assert_eq!(endpoint(&[("OTEL_METRICS_EXPORTER", "otlp")]), "http://localhost:4318/v1/metrics");
    assert_eq!(endpoint(&[own, ("OTEL_METRICS_EXPORTER", "prometheus,otlp")]), "http://m:1/own");
    let traces = read_with(Overrides::default(), &[own]).unwrap().traces;
    assert_eq!(traces.destinations, [], "traces have none");
    let given =
        Overrides { otlp_endpoint: Some(Address("http://mine:1".to_owned())), ..Overrides::default() };
    let mine = read_with(given, &[own, ("OTEL_METRICS_EXPORTER", "none")]).unwrap().metrics;
    assert_eq!(
        collector(&mine).unwrap().endpoint,
        "http://mine:1/v1/metrics",
        "the builder wins, as for traces"
    );
}

#[test]
fn the_variables_of_metrics_are_read() {
    let (metrics, warnings) = read(&[
        ALL,
        ("OTEL_METRIC_EXPORT_INTERVAL", "1500"),
        ("OTEL_METRIC_EXPORT_TIMEOUT", "2000"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "3000"),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-key=a%20b"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-other=1"),
        ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "none"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta"),
        ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"),
        ("OTEL_METRICS_EXPORTER", "otlp,console"),
    ]);
    assert_eq!(warnings, Vec::<String>::new());
    let otlp = collector(&metrics).unwrap();
    assert_eq!(otlp.headers, [("x-key".to_owned(), "a b".to_owned())]);
    assert_eq!((otlp.gzip, otlp.timeout), (false, Duration::from_secs(3)));
    assert_eq!(metrics.export_timeout, Duration::from_secs(2));
    assert_eq!(metrics.temporality, Temporality::Delta);
    assert_eq!(metrics.aggregation, HistogramAggregation::Exponential);
    assert_eq!((metrics.interval, names(&metrics)), (Duration::from_millis(1_500), vec!["otlp", "console"]));
    let low = ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "lowmemory");
    assert_eq!(read(&[ALL, low]).0.temporality, Temporality::LowMemory);
}

#[test]
fn wrong_values_are_ignored_with_a_warning() {
    let (metrics, warnings) = read(&[
        ALL,
        ("OTEL_METRIC_EXPORT_INTERVAL", "0"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "both"),
        ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "summary"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "thrift"),
        ("OTEL_METRICS_EXPORTER", "statsd"),
    ]);
    assert_eq!((metrics.temporality, metrics.aggregation), Default::default());
    assert_eq!(metrics.interval, Duration::from_secs(60));
    assert_eq!(warnings.len(), 5, "{warnings:#?}");
    let protocol = "`thrift` is unknown; write `http/protobuf`, `http/json` or `grpc`";
    assert!(warnings.iter().any(|w| w.ends_with(protocol)), "{warnings:#?}");
}

#[test]
fn the_builder_wins() {
    let given = Overrides {
        metric_interval: Some(Duration::from_secs(1)),
        temporality: Some(Temporality::Delta),
        aggregation: Some(HistogramAggregation::Exponential),
        pushgateway: Some("http://mine:9091".into()),
        service_name: Some("shop".to_owned()),
        ..Overrides::default()
    };
    let low = ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "lowmemory");
    let vars = [ALL, low, ("OBS_PUSHGATEWAY", "http://other"), ("OTEL_METRIC_EXPORT_INTERVAL", "5")];
    let metrics = read_with(given, &vars).unwrap().metrics;
    assert_eq!(metrics.temporality, Temporality::Delta);
    assert_eq!(metrics.aggregation, HistogramAggregation::Exponential);
    assert_eq!(metrics.interval, Duration::from_secs(1));
    assert_eq!(metrics.gateway, Some(Pushgateway::new("http://mine:9091").job("shop")));
}

#[test]
fn a_gateway_is_read_from_the_environment() {
    let vars = [
        ("OTEL_SERVICE_NAME", "report"),
        ("OBS_PUSHGATEWAY", "http://g:9091"),
        ("OBS_PUSHGATEWAY_GROUPING", "shard=3,zone=a%2Cb"),
        ("OBS_PUSHGATEWAY_METHOD", "post"),
    ];
    let expected = |job: &str| {
        let group = Pushgateway::new("http://g:9091").job(job).grouping("shard", "3").grouping("zone", "a,b");
        Some(group.keep_others().named_by("OBS_PUSHGATEWAY"))
    };
    assert_eq!(read(&vars).0.gateway, expected("report"));
    let named = [&vars[..], &[("OBS_PUSHGATEWAY_JOB", "nightly")]].concat();
    assert_eq!(read(&named).0.gateway, expected("nightly"));
}

#[test]
fn a_wrong_group_is_an_error_with_its_remedy() {
    let error = |name, value| {
        let vars = [("OBS_PUSHGATEWAY", "http://g:9091"), (name, value)];
        read_with(Overrides::default(), &vars).unwrap_err().to_string()
    };
    let method = error("OBS_PUSHGATEWAY_METHOD", "patch");
    assert_eq!(method, "`OBS_PUSHGATEWAY_METHOD`: `patch` is unknown; write `put` or `post`");
    assert!(error("OBS_PUSHGATEWAY_GROUPING", "shard").ends_with("write `instance=a,zone=b`"));
}
