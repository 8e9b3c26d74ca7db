//! Every variable of the table: that it is read, and what becomes of a wrong value.

use super::super::variables::{ABSENT, SECTIONS, Variable};
use super::super::{Configuration, Overrides};

type Vars<'a> = &'a [(&'a str, &'a str)];

fn told(vars: Vars<'_>) -> Configuration {
    let get = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
    Configuration::read(Overrides::default(), &get, true).1
}

fn explained(vars: Vars<'_>) -> Vec<String> {
    told(vars).explain().lines().map(str::to_owned).collect()
}

/// A variable, a right value, how it is shown, a wrong value (empty where there is none), and what must be set besides.
type Case = (&'static str, &'static str, &'static str, &'static str, Vars<'static>);

const RATIO: Vars<'static> = &[("OTEL_TRACES_SAMPLER", "traceidratio")];
const TAIL: Vars<'static> = &[("OBS_TAIL", "on")];
const KEY: Vars<'static> = &[("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key")];
const CERTIFICATE: Vars<'static> = &[("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/certificate")];
const ADMIN_KEY: Vars<'static> = &[("OBS_ADMIN_TLS_KEY", "/key")];
const ADMIN_CERT: Vars<'static> = &[("OBS_ADMIN_TLS_CERT", "/certificate")];

#[rustfmt::skip] // a table
const CASES: &[Case] = &[
    ("OTEL_SDK_DISABLED", "TRUE", "true", "1", &[]),
    ("OTEL_SERVICE_NAME", "shop", "shop", "", &[]),
    ("OTEL_RESOURCE_ATTRIBUTES", "a=b%20c", "a=b c", "a=%zz", &[]),
    ("OTEL_LOG_LEVEL", "Warn", "warn", "loud", &[]),
    ("OTEL_PROPAGATORS", "b3", "b3", "", &[]), // wrong ones: `config::propagators`
    ("OTEL_TRACES_SAMPLER", "always_off", "always_off", "never", &[]),
    ("OTEL_TRACES_SAMPLER_ARG", "0.25", "0.25", "1.5", RATIO),
    ("OTEL_TRACES_EXPORTER", "zipkin,console", "zipkin,console", "", &[]), // wrong ones: `destinations`
    ("OTEL_METRICS_EXPORTER", "prometheus", "prometheus", "", &[]),
    ("OTEL_LOGS_EXPORTER", "otlp/stdout", "otlp/stdout", "", &[]),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1/x", "http://a:1/x/v1/traces", "", &[]),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "HTTP/JSON", "http/json", "thrift", &[]),
    ("OTEL_EXPORTER_OTLP_HEADERS", "a=1,b=2", "a=***,b=***", "a", &[]),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", "none", "none", "lzma", &[]),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "0", "no limit", "-1", &[]),
    ("OTEL_EXPORTER_OTLP_INSECURE", "true", "true", "yes", &[]),
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca", "/ca", "", &[]),
    ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/c", "/c", "", KEY),
    ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/k", "/k", "", CERTIFICATE),
    ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "http://z", "http://z", "", &[]),
    ("OTEL_EXPORTER_ZIPKIN_TIMEOUT", "1500", "1.5s", "soon", &[]),
    ("OTEL_EXPORTER_PROMETHEUS_HOST", "0.0.0.0", "0.0.0.0", "example", &[]),
    ("OTEL_EXPORTER_PROMETHEUS_PORT", "0", "0", "65536", &[]),
    ("OBS_ADMIN", "off", "off", "no", &[]),
    ("OBS_ADMIN_TOKEN", "s3cr3t", "***", "s3 cr3t", &[]),
    ("OBS_ADMIN_TOKEN_FILE", "/token", "/token", "", &[]),
    ("OBS_ADMIN_TLS_CERT", "/c", "/c", "", ADMIN_KEY),
    ("OBS_ADMIN_TLS_KEY", "/k", "/k", "", ADMIN_CERT),
    ("OBS_FILE", "/f.jsonl", "/f.jsonl", "", &[]),
    ("OBS_FILE_MAX_BYTES", "1", "1", "0", &[]),
    ("OBS_FILE_MAX_FILES", "1", "1", "0", &[]),
    ("OTEL_METRIC_EXPORT_INTERVAL", "250", "250ms", "0", &[]),
    ("OTEL_METRIC_EXPORT_TIMEOUT", "0", "no limit", "-5", &[]),
    ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "LowMemory", "lowmemory", "both", &[]),
    ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram",
        "base2_exponential_bucket_histogram", "summary", &[]),
    ("OTEL_METRICS_EXEMPLAR_FILTER", "always_on", "always_on", "sometimes", &[]),
    ("OTEL_BSP_SCHEDULE_DELAY", "0", "0ns", "-1", &[]),
    ("OTEL_BSP_EXPORT_TIMEOUT", "1", "1ms", "1s", &[]),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "1", "1", "0", &[]),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2048", "2048", "65537", &[]),
    ("OBS_BSP_MAX_QUEUE_BYTES", "1", "1", "0", &[]),
    ("OTEL_BLRP_SCHEDULE_DELAY", "2000", "2s", "x", &[]),
    ("OTEL_BLRP_EXPORT_TIMEOUT", "0", "no limit", "x", &[]),
    ("OTEL_BLRP_MAX_QUEUE_SIZE", "7", "7", "-7", &[]),
    ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "7", "7", "0", &[]),
    ("OBS_BLRP_MAX_QUEUE_BYTES", "7", "7", "7M", &[]),
    ("OTEL_ATTRIBUTE_COUNT_LIMIT", "0", "0", "-1", &[]),
    ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "0", "0", "-1", &[]),
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1", "1", "x", &[]),
    ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1", "1", "x", &[]),
    ("OTEL_SPAN_EVENT_COUNT_LIMIT", "1", "1", "x", &[]),
    ("OTEL_SPAN_LINK_COUNT_LIMIT", "1", "1", "x", &[]),
    ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "1", "1", "x", &[]),
    ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "1", "1", "x", &[]),
    ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1", "1", "x", &[]),
    ("OBS_LOG", "warn", "warn", "a=b=c", &[]),
    ("RUST_LOG", "warn", "warn", "a=b=c", &[]),
    ("OBS_LOG_FORMAT", "json", "json", "xml", &[]),
    ("OBS_EXPORT_LEVEL", "debug", "debug", "off", &[]),
    ("OBS_SPANS", "warn", "warn", "noisy", &[]),
    ("OBS_TRACES_PER_SECOND", "0.5", "0.5", "0", &[]),
    ("OBS_TAIL", "on", "on", "yes", &[]),
    ("OBS_TAIL_SLOW", "1.5s", "1.5s", "1", &[]),
    ("OBS_TAIL_MAX_BYTES", "9", "9", "9M", TAIL),
    ("OBS_TAIL_MAX_SPANS", "9", "9", "x", TAIL),
    ("OBS_TAIL_MAX_AGE", "2m", "120s", "2", TAIL),
    ("OBS_METRICS", "warn", "warn", "noisy", &[]),
    ("OBS_MAX_SERIES", "9", "9", "many", &[]),
    ("OBS_PUSHGATEWAY", "http://u:p@g:9091", "http://***@g:9091", "", &[]),
    ("OBS_PUSHGATEWAY_JOB", "nightly", "nightly", "", &[]),
    ("OBS_PUSHGATEWAY_GROUPING", "a=b", "a=b", "a", &[]),
    ("OBS_PUSHGATEWAY_METHOD", "post", "post", "patch", &[]),
    ("OBS_SPOOL", "/spool", "/spool", "", &[]),
    ("OBS_SPOOL_MAX_BYTES", "9", "9", "0", &[]),
    ("OBS_SHUTDOWN_DELAY", "250ms", "250ms", "5", &[]),
    ("OBS_SHUTDOWN_TIMEOUT", "250ms", "250ms", "5", &[]),
];

fn variables() -> impl Iterator<Item = &'static Variable> {
    SECTIONS.iter().flat_map(|section| section.variables).copied()
}

/// Returns the cases, those of OTLP for each signal as well.
fn cases() -> Vec<(String, Case)> {
    let mut all = Vec::new();
    for case in CASES {
        all.push((case.0.to_owned(), *case));
        let Some(what) = case.0.strip_prefix("OTEL_EXPORTER_OTLP_") else { continue };
        if !what.starts_with("METRICS_") {
            all.extend(
                ["TRACES", "METRICS", "LOGS"].map(|s| (format!("OTEL_EXPORTER_OTLP_{s}_{what}"), *case)),
            );
        }
    }
    all
}

#[test]
fn every_variable_of_the_table_has_a_case_and_every_case_a_variable() {
    let mut table: Vec<_> = variables().map(|v| v.name().to_owned()).collect();
    let mut tried: Vec<_> = cases().into_iter().map(|(name, _)| name).collect();
    table.sort_unstable();
    tried.sort_unstable();
    assert_eq!(table, tried);
    table.dedup();
    assert_eq!(table.len(), tried.len(), "no variable stands there twice");
    let standard = table.iter().filter(|name| name.starts_with("OTEL_")).count();
    assert!(standard >= 72, "{standard}");
}

#[test]
fn every_variable_is_read_and_said_to_be_where_the_value_came_from() {
    for (name, (_, right, shown, _, besides)) in cases() {
        let shown = match name.ends_with("S_ENDPOINT") {
            true => right, // an endpoint of one signal is taken as it is
            false => shown,
        };
        let with = [besides, &[(name.as_str(), right)]].concat();
        let lines = explained(&with);
        let expected = format!(" = {shown} (environment {name})");
        assert!(lines.iter().any(|line| line.ends_with(&expected)), "{expected}\n{lines:#?}");
        assert!(explained(besides).iter().all(|line| !line.ends_with(&expected)), "{name} by default");
        let empty = [besides, &[(name.as_str(), "  ")]].concat();
        if name.starts_with("OBS_ADMIN_TOKEN") {
            continue; // an error: `super::admin`
        }
        assert_eq!(explained(&empty), explained(besides), "{name} is empty");
    }
}

#[test]
fn a_wrong_value_is_ignored_with_a_warning_or_in_a_variable_of_ours_an_error() {
    for (name, (_, _, _, wrong, besides)) in cases().into_iter().filter(|(_, case)| !case.3.is_empty()) {
        let with = [besides, &[(name.as_str(), wrong)]].concat();
        let (lines, before) = (explained(&with), explained(besides));
        let said = lines.last().unwrap();
        if name.starts_with("OBS_") || name == "OTEL_EXPORTER_PROMETHEUS_HOST" {
            assert!(said.starts_with(&format!("error: `{name}`: ")), "{said}");
        } else {
            assert!(said.starts_with(&format!("warning: `{name}` is ignored: ")), "{said}");
            assert_eq!(lines[..lines.len() - 1], before, "{name}");
        }
        let value_is_secret =
            ["HEADERS", "ATTRIBUTES", "GROUPING", "TOKEN"].iter().any(|secret| name.ends_with(secret));
        assert!(value_is_secret || said.contains(&format!("`{wrong}`")), "{said}");
    }
}

#[test]
fn a_signal_s_own_variable_wins_over_the_one_for_all() {
    for (name, (all, right, _, _, besides)) in cases() {
        if name == all || !name.starts_with("OTEL_EXPORTER_OTLP_") || name.ends_with("ENDPOINT") {
            continue;
        }
        let other = match right {
            "none" => "gzip",
            "true" => "false",
            "0" => "77",
            "HTTP/JSON" => "http/protobuf",
            _ => "other=1",
        };
        let with = [besides, &[(all, other), (name.as_str(), right)]].concat();
        let lines = explained(&with);
        let from = |variable: &str| {
            lines.iter().filter(|l| l.ends_with(&format!("(environment {variable})"))).count()
        };
        assert_eq!((from(&name), from(all)), (1, 2), "{name}: {lines:#?}");
    }
}

#[test]
fn what_does_not_apply_is_said_not_to() {
    for variable in &ABSENT {
        let warnings = told(&[(variable.name(), "x")]).warnings().to_owned();
        assert_eq!(warnings, [format!("`{}` is ignored: {}", variable.name(), variable.why())]);
    }
    assert!(told(&[]).warnings().is_empty());
}

#[test]
fn the_documentation_is_the_table() {
    expect_test::expect_file!["../../../../docs/configuration.md"].assert_eq(&Configuration::reference());
}

#[test]
fn every_builder_method_of_the_table_exists() {
    let files = [
        include_str!("../../init/builder.rs"),
        include_str!("../../init/builder/admin.rs"),
        include_str!("../../init/builder/destinations.rs"),
    ];
    let builder = files.concat();
    for variable in variables() {
        let method = variable.builder().strip_prefix("Builder::").unwrap();
        assert!(builder.contains(&format!("pub fn {method}(")), "{method} of {}", variable.name());
    }
}
