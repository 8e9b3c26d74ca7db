#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

mod admin;
mod destinations;
mod explained;
mod table;

use super::destination::{OtlpTo, To};
use super::*;
use crate::record::Value;

fn read(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    read_with(Overrides::default(), vars)
}

fn read_with(overrides: Overrides, vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let vars: Vec<(String, String)> = vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Config::read(overrides, &move |name| vars.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()), true)
}

/// Returns the one collector that traces go to.
fn collector(config: &Config) -> &OtlpTo {
    match &config.traces.destinations[..] {
        [destination::Destination { to: To::Otlp(to), .. }] => to,
        others => panic!("{others:?}"),
    }
}

#[test]
fn nothing_set_gives_the_defaults() {
    let config = read(&[]).unwrap();
    assert_eq!(config.admin.address, Some("127.0.0.1:9464".parse().unwrap()));
    assert_eq!(config.log_format, LogFormat::Pretty);
    assert_eq!(config.traces.destinations, []);
    assert!(config.resource.service.starts_with("unknown_service:"));
    assert!(config.warnings.is_empty() && !config.disabled);
}

#[test]
fn the_admin_server_moves_and_goes_away() {
    let admin = |vars: &[(&str, &str)]| read(vars).unwrap().admin.address.map(|a| a.to_string());
    assert_eq!(admin(&[("OTEL_EXPORTER_PROMETHEUS_PORT", "0")]).as_deref(), Some("127.0.0.1:0"));
    assert_eq!(admin(&[("OTEL_EXPORTER_PROMETHEUS_HOST", "0.0.0.0")]).as_deref(), Some("0.0.0.0:9464"));
    assert_eq!(admin(&[("OTEL_EXPORTER_PROMETHEUS_HOST", "localhost")]).as_deref(), Some("127.0.0.1:9464"));
    assert_eq!(admin(&[("OBS_ADMIN", "off")]), None);
}

#[test]
fn the_level_that_is_exported_is_given_or_in_the_environment() {
    let debug = ("OBS_EXPORT_LEVEL", "debug");
    assert_eq!(read(&[]).unwrap().export_level, Level::INFO);
    assert_eq!(read(&[debug]).unwrap().export_level, Level::DEBUG);
    let given = Overrides { export_level: Some(Level::WARN), ..Overrides::default() };
    assert_eq!(read_with(given, &[debug]).unwrap().export_level, Level::WARN);
}

#[test]
fn a_wrong_value_of_ours_is_an_error_with_its_remedy() {
    let error = |vars: &[(&str, &str)]| read(vars).unwrap_err().to_string();
    assert_eq!(error(&[("OBS_ADMIN", "no")]), "`OBS_ADMIN`: `no` is unknown; write `on` or `off`");
    assert_eq!(
        error(&[("OBS_LOG_FORMAT", "xml")]),
        "`OBS_LOG_FORMAT`: `xml` is unknown; write `pretty` or `json`"
    );
    assert!(error(&[("OBS_LOG", "a=b=c")]).contains("write levels, as in `info`"));
    assert_eq!(
        error(&[("OBS_EXPORT_LEVEL", "off")]),
        "`OBS_EXPORT_LEVEL`: `off` is no level; write `error`, `warn`, `info`, `debug` or `trace`"
    );
    assert!(error(&[("OTEL_EXPORTER_PROMETHEUS_HOST", "example")]).contains("`0.0.0.0`"));
}

#[test]
fn a_wrong_value_of_opentelemetrys_is_ignored_with_a_warning() {
    let config = read(&[
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "99999"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=secret%2"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ("OTEL_SDK_DISABLED", "yes"),
        ("OTEL_RESOURCE_ATTRIBUTES", "=x"),
        ("RUST_LOG", "app[span{field=1}]=debug"),
    ])
    .unwrap();
    assert_eq!(config.admin.address, Some("127.0.0.1:9464".parse().unwrap()));
    let to = collector(&config);
    assert!(to.gzip && to.headers.is_empty() && config.traces.batch.queue_items == 65_536);
    assert_eq!(config.warnings.len(), 7, "{:#?}", config.warnings);
    assert!(config.warnings.iter().all(|w| !w.contains("secret")));
}

#[test]
fn the_signal_s_own_variables_win() {
    let config = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=1, y=a%20b"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1500"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "3000"),
    ]);
    let config = config.unwrap();
    let traces = collector(&config);
    assert_eq!(traces.endpoint, "http://a:4318/v1/traces");
    assert_eq!(traces.headers, [("x-key".to_owned(), "1".to_owned()), ("y".to_owned(), "a b".to_owned())]);
    assert_eq!(traces.timeout, Duration::from_millis(1500));
    let whole = read(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b:1/x")]).unwrap();
    assert_eq!(collector(&whole).endpoint, "http://b:1/x");
    assert_eq!(
        read(&[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a")])
            .unwrap()
            .traces
            .destinations,
        []
    );
}

#[test]
fn a_level_that_is_misspelt_is_told_to_be_a_module() {
    let warnings = |filter| read(&[("OBS_LOG", filter)]).unwrap().warnings;
    assert!(warnings("inof").iter().any(|w| w.contains("no log lines are written but those of `inof`")));
    assert_eq!((warnings("info,hyper=warn").len(), warnings("off").len()), (0, 0));
}

#[test]
fn the_builder_wins_over_the_environment() {
    let overrides =
        Overrides { service_name: Some("shop".to_owned()), admin_port: Some(1), ..Overrides::default() };
    let vars = [("OTEL_SERVICE_NAME", "other"), ("OTEL_EXPORTER_PROMETHEUS_PORT", "2")];
    let config = read_with(overrides, &vars).unwrap();
    assert_eq!(config.resource.service, "shop");
    assert_eq!(config.admin.address.unwrap().port(), 1);
}

#[test]
fn the_builder_wins_over_every_variable_about_the_same() {
    let traces = |vars: &[(&str, &str)]| {
        let overrides =
            Overrides { otlp_endpoint: Some(Address("http://mine:1".to_owned())), ..Overrides::default() };
        collector(&read_with(overrides, vars).unwrap()).endpoint.clone()
    };
    assert_eq!(
        traces(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other/v1/traces")]),
        "http://mine:1/v1/traces"
    );
    assert_eq!(traces(&[("OTEL_TRACES_EXPORTER", "none")]), "http://mine:1/v1/traces");
    let admin = |admin, vars: &[(&str, &str)]| {
        let overrides = Overrides { admin_port: Some(7), admin, ..Overrides::default() };
        read_with(overrides, vars).unwrap().admin.address.map(|a| a.to_string())
    };
    assert_eq!(admin(None, &[("OBS_ADMIN", "off")]).as_deref(), Some("127.0.0.1:7"));
    assert_eq!(admin(Some(Some("0.0.0.0:1".parse().unwrap())), &[]).as_deref(), Some("0.0.0.0:7"));
    assert_eq!(admin(Some(None), &[]), None);
}

#[test]
fn resource_attributes_name_the_service_unless_its_own_variable_does() {
    let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=a,deployment.environment.name=test%2C1");
    let config = read(&[attributes]).unwrap();
    assert_eq!(config.resource.service, "a");
    let environment =
        config.resource.attributes.iter().find(|a| a.key == "deployment.environment.name").unwrap();
    assert_eq!(environment.value, Value::Str("test,1".into()));
    assert_eq!(read(&[attributes, ("OTEL_SERVICE_NAME", "b")]).unwrap().resource.service, "b");
}
