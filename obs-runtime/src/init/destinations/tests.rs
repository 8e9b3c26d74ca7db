#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::time::Duration;

use super::*;
use crate::config::Overrides;
use crate::config::destination::Spool;

fn config() -> Config {
    Config::read(Overrides::default(), &|_| None, false).unwrap()
}

fn to(name: &str, to: To) -> Destination {
    Destination { option: "OTEL_TRACES_EXPORTER", name: name.to_owned(), to }
}

fn file(path: &str) -> To {
    To::File(FileTo { path: path.into(), max_bytes: 1 << 20, max_files: 2 })
}

fn zipkin(endpoint: &str) -> To {
    To::Zipkin(ZipkinTo { endpoint: endpoint.to_owned(), timeout: Duration::from_secs(10) })
}

/// Returns the names of the exporters of a configuration, or what is wrong with it.
fn made(config: &Config) -> Result<Vec<&'static str>, ConfigError> {
    let (ledger, notices): (_, Notices) = (Arc::default(), Arc::new(|_, _| {}));
    let mut made = Vec::new();
    exporters(config, (&ledger, &notices), &mut made)?;
    Ok(made.iter().map(|exporter| exporter.name()).collect())
}

#[test]
fn every_destination_has_an_exporter_of_its_name() {
    let mut config = config();
    config.traces.destinations = vec![
        to("zipkin", zipkin("http://127.0.0.1:9411/api/v2/spans")),
        to("file", file("/tmp/traces.jsonl")),
        to("stdout", To::Stdout(Printed::Json)),
        to("console", To::Stdout(Printed::Pretty)),
        to("archive", file("/tmp/archive.jsonl")),
    ];
    config.logs.destinations = vec![
        to("file", file("/tmp/logs.jsonl")),
        to("stdout", To::Stdout(Printed::Json)),
        to("console", To::Stdout(Printed::Pretty)),
    ];
    config.metrics.destinations = vec![
        to("file", file("/tmp/metrics.jsonl")),
        to("stdout", To::Stdout(Printed::Json)),
        to("console", To::Stdout(Printed::Pretty)),
    ];
    let names = made(&config).unwrap();
    let expected = ["zipkin", "file", "stdout", "console", "archive", "file", "stdout", "console"];
    assert_eq!(names, expected.into_iter().chain(["file", "stdout", "console"]).collect::<Vec<_>>());
}

#[test]
fn two_signals_do_not_share_a_file() {
    let mut config = config();
    config.traces.destinations = vec![to("file", file("/tmp/all.jsonl"))];
    config.logs.destinations = vec![to("file", file("/tmp/all.jsonl"))];
    let problem = made(&config).unwrap_err().to_string();
    assert!(problem.contains("the file `/tmp/all.jsonl` is named for two destinations; "), "{problem}");
}

#[test]
fn zipkin_takes_nothing_but_traces_and_only_with_a_url() {
    let mut config = config();
    config.logs.destinations = vec![to("zipkin", zipkin("http://127.0.0.1:9411/"))];
    assert!(
        made(&config).unwrap_err().to_string().contains("`zipkin` takes nothing but traces; write `otlp`")
    );
    config.logs.destinations.clear();
    config.traces.destinations = vec![to("zipkin", zipkin("127.0.0.1:9411"))];
    assert!(made(&config).unwrap_err().to_string().contains("is no URL with a host"));
}

#[test]
fn what_nobody_sends_from_the_spool_is_told() {
    let folder = std::env::temp_dir().join(format!("obs-orphans-{}", std::process::id()));
    let mut config = config();
    config.spool = Some(Spool { directory: folder.clone(), max_bytes: 1 << 20 });
    assert_eq!(orphans(&config).len(), 0, "there is no folder");
    let collector = || {
        To::Otlp(OtlpTo {
            endpoint: "http://127.0.0.1:4318".to_owned(),
            protocol: Protocol::HttpProtobuf,
            headers: Vec::new(),
            gzip: true,
            timeout: Duration::from_secs(10),
            tls: crate::config::destination::TlsFiles::default(),
        })
    };
    config.traces.destinations = vec![to("otlp", collector())];
    for (name, file) in
        [("otlp-traces/0", "1.spool"), ("otlp-logs/0", "1.spool"), ("otlp-traces-json/0", "owner")]
    {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        std::fs::write(folder.join(name).join(file), "something").unwrap();
    }
    let told = orphans(&config);
    assert!(told.iter().all(|line| line.contains("otlp-logs` holds what no destination")), "{told:?}");
    assert_eq!(told.len(), 1);
    config.logs.destinations = vec![to("otlp", collector())];
    assert_eq!(orphans(&config), [""; 0]);
    std::fs::remove_dir_all(folder).unwrap();
}
