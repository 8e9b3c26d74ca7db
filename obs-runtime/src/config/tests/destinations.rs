//! Where every signal goes.

use std::path::PathBuf;
use std::time::Duration;

use super::super::destination::{Destination, FileTo, OtlpTo, Printed, Protocol, TlsFiles, To};
use super::super::{FileExport, Otlp, Queue, Stdout, Zipkin};
use super::*;
use crate::export::Signal;

type Vars<'a> = &'a [(&'a str, &'a str)];

const ALL: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/base/");

fn names(destinations: &[Destination]) -> Vec<&str> {
    destinations.iter().map(|d| d.name.as_str()).collect()
}

fn of(destination: &Destination) -> &OtlpTo {
    match &destination.to {
        To::Otlp(to) => to,
        other => panic!("{other:?}"),
    }
}

fn given(overrides: Overrides, vars: Vars<'_>) -> Config {
    read_with(overrides, vars).unwrap()
}

fn otlp(collectors: impl IntoIterator<Item = Otlp>) -> Overrides {
    Overrides { otlp: collectors.into_iter().collect(), ..Overrides::default() }
}

#[test]
fn nothing_goes_anywhere_unless_somebody_says_so() {
    let config = read(&[]).unwrap();
    assert_eq!((config.traces.destinations, config.logs.destinations), (vec![], vec![]));
    assert_eq!((config.metrics.destinations, config.spool), (vec![], None));
}

#[test]
fn an_endpoint_for_all_signals_keeps_its_path_and_gets_each_signal_s() {
    let config = read(&[ALL]).unwrap();
    assert_eq!(of(&config.traces.destinations[0]).endpoint, "http://c:4318/base/v1/traces");
    assert_eq!(of(&config.metrics.destinations[0]).endpoint, "http://c:4318/base/v1/metrics");
    assert_eq!(of(&config.logs.destinations[0]).endpoint, "http://c:4318/base/v1/logs");
}

#[test]
fn an_exporter_s_list_names_them_all() {
    let config = read(&[
        ("OTEL_TRACES_EXPORTER", "otlp, Zipkin,console,otlp/stdout"),
        ("OTEL_METRICS_EXPORTER", "otlp/stdout,prometheus"),
        ("OTEL_LOGS_EXPORTER", "console"),
    ])
    .unwrap();
    assert_eq!(config.warnings, Vec::<String>::new());
    assert_eq!(names(&config.traces.destinations), ["otlp", "zipkin", "stdout", "console"]);
    assert_eq!(of(&config.traces.destinations[0]).endpoint, "http://localhost:4318/v1/traces");
    assert_eq!(names(&config.metrics.destinations), ["stdout"]);
    assert_eq!(config.metrics.destinations[0].to, To::Stdout(Printed::Json));
    assert_eq!(config.logs.destinations[0].to, To::Stdout(Printed::Pretty));
}

#[test]
fn words_that_a_signal_does_not_know_are_left_out() {
    let warned = |variable, list: &str| {
        let config = read(&[ALL, (variable, list)]).unwrap();
        (config.warnings.concat(), config)
    };
    let (warning, config) = warned("OTEL_LOGS_EXPORTER", "zipkin,console");
    assert_eq!(
        warning,
        "`zipkin` in `OTEL_LOGS_EXPORTER` is left out: it is unknown; write `otlp`, `console`, `otlp/stdout` or `none`"
    );
    assert_eq!(names(&config.logs.destinations), ["console"]);
    let (warning, config) = warned("OTEL_METRICS_EXPORTER", "logging");
    assert!(warning.contains("`logging` in `OTEL_METRICS_EXPORTER` is left out: it is unknown"), "{warning}");
    assert_eq!(names(&config.metrics.destinations), ["otlp"], "as if nothing were said");
    let (warning, config) = warned("OTEL_TRACES_EXPORTER", "none,console");
    assert!(warning.ends_with("it stands beside others; write it alone"), "{warning}");
    assert_eq!(names(&config.traces.destinations), ["console"]);
    let (warning, config) = warned("OTEL_TRACES_EXPORTER", "NONE");
    assert_eq!((warning.as_str(), names(&config.traces.destinations).len()), ("", 0));
}

#[test]
fn what_is_given_in_code_stands_in_the_place_of_the_environment_s() {
    let collector = Otlp::new("http://mine:1/").signals([Signal::Traces, Signal::Logs]);
    let secret = ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=secret");
    let vars = [ALL, secret, ("OTEL_EXPORTER_OTLP_TIMEOUT", "7"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "none")];
    let config = given(otlp([collector]), &[&vars[..], &[("OTEL_TRACES_EXPORTER", "none")]].concat());
    let to = of(&config.traces.destinations[0]);
    assert_eq!((to.endpoint.as_str(), config.traces.destinations.len()), ("http://mine:1/v1/traces", 1));
    assert_eq!(to.headers, [], "those of the environment are for another");
    assert_eq!(
        (to.timeout, to.gzip),
        (Duration::from_millis(7), false),
        "what it leaves open is as the environment says"
    );
    assert_eq!(of(&config.logs.destinations[0]).endpoint, "http://mine:1/v1/logs");
    assert_eq!(of(&config.metrics.destinations[0]).endpoint, "http://c:4318/base/v1/metrics");
    assert_eq!(of(&config.metrics.destinations[0]).headers.len(), 1);
}

#[test]
fn every_option_of_a_collector_is_taken() {
    let collector = Otlp::new("http://mine:1")
        .name("backup")
        .protocol(Protocol::HttpJson)
        .header("x", "1")
        .header("y", "2")
        .compression(false)
        .timeout(Duration::from_secs(3))
        .certificate("/ca")
        .client_certificate("/cert", "/key");
    let tls = TlsFiles {
        certificate: Some("/ca".into()),
        client_certificate: Some("/cert".into()),
        client_key: Some("/key".into()),
    };
    let expected = OtlpTo {
        endpoint: "http://mine:1/v1/logs".to_owned(),
        protocol: Protocol::HttpJson,
        headers: vec![("x".to_owned(), "1".to_owned()), ("y".to_owned(), "2".to_owned())],
        gzip: false,
        timeout: Duration::from_secs(3),
        tls,
    };
    assert!(!format!("{collector:?} {expected:?}").contains("\"1\""), "a header's value is a secret");
    let config = given(otlp([collector]), &[("OTEL_EXPORTER_OTLP_CERTIFICATE", "/other")]);
    let destination =
        Destination { option: "Builder::otlp", name: "backup".to_owned(), to: To::Otlp(expected) };
    assert_eq!(config.logs.destinations, [destination]);
}

#[test]
fn destinations_without_a_name_are_numbered() {
    let three = [Otlp::new("http://a"), Otlp::new("http://b").name("otlp-2"), Otlp::new("http://c")];
    let config = given(otlp(three), &[]);
    assert_eq!(names(&config.traces.destinations), ["otlp", "otlp-2", "otlp-3"]);
    let overrides = Overrides {
        zipkin: vec![Zipkin::new("http://z"), "http://y".into()],
        files: vec![FileExport::new("/a.jsonl"), "/b.jsonl".into()],
        stdout: vec![Stdout::json(), Stdout::pretty().signals([Signal::Logs])],
        ..Overrides::default()
    };
    let config = given(overrides, &[("OTEL_TRACES_EXPORTER", "zipkin,otlp/stdout")]);
    assert_eq!(names(&config.traces.destinations), ["zipkin", "zipkin-2", "file", "file-2", "stdout"]);
    assert_eq!(names(&config.logs.destinations), ["file", "file-2", "stdout", "console"]);
}

#[test]
fn two_destinations_of_one_name_are_refused_with_the_remedy() {
    let refused = |overrides, vars: Vars<'_>| read_with(overrides, vars).unwrap_err().to_string();
    let twins = otlp([Otlp::new("http://a").name("a"), Otlp::new("http://b").name("a")]);
    assert_eq!(
        refused(twins, &[]),
        "`Builder::otlp`: two destinations are called `a`; give one of them another name by `.name(..)`"
    );
    let engine = refused(otlp([Otlp::new("http://a").name("engine")]), &[]);
    assert!(engine.contains("`engine` is the name of another exporter; write another one"), "{engine}");
    assert!(refused(otlp([Otlp::new("http://a").name(" ")]), &[]).contains("an empty name; write one"));
    let file = FileExport::new("/f").name("otlp").signals([Signal::Traces]);
    let overrides = Overrides { files: vec![file], ..Overrides::default() };
    let met = refused(overrides, &[ALL]);
    assert!(
        met.contains(
            "two destinations of traces are called `otlp`, this one and that of `OTEL_EXPORTER_OTLP_"
        ),
        "{met}"
    );
}

#[test]
fn a_file_holds_one_signal() {
    let path = |destinations: &[Destination]| match &destinations[0].to {
        To::File(file) => file.clone(),
        other => panic!("{other:?}"),
    };
    let vars = [("OBS_FILE", "/var/obs.jsonl"), ("OBS_FILE_MAX_BYTES", "10"), ("OBS_FILE_MAX_FILES", "2")];
    let config = read(&vars).unwrap();
    let expected = FileTo { path: "/var/obs.logs.jsonl".into(), max_bytes: 10, max_files: 2 };
    assert_eq!(path(&config.logs.destinations), expected);
    assert_eq!(path(&config.metrics.destinations).path, PathBuf::from("/var/obs.metrics.jsonl"));
    let alone = FileExport::new("/t").max_files(7).signals([Signal::Traces]);
    let config = given(Overrides { files: vec![alone], ..Overrides::default() }, &vars);
    let expected = FileTo { path: "/t".into(), max_bytes: 10, max_files: 7 };
    assert_eq!(path(&config.traces.destinations), expected);
    assert_eq!(path(&config.logs.destinations).path, PathBuf::from("/var/obs.logs.jsonl"));
    let none = Overrides { files: vec![FileExport::new("/t").max_bytes(0)], ..Overrides::default() };
    let refused = read_with(none, &[]).unwrap_err().to_string();
    assert!(refused.starts_with("`Builder::file`: a file of no bytes"), "{refused}");
}

#[test]
fn a_certificate_without_its_key_is_ignored() {
    let config = read(&[ALL, ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "/c")]).unwrap();
    assert_eq!(of(&config.traces.destinations[0]).tls, TlsFiles::default());
    assert_eq!(
        config.warnings,
        [
            "`OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE` is ignored: it is of use only with its counterpart; write \
          `OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY`, too"
        ]
    );
    let both = [("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/k"), ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/c")];
    let config = read(&[&[ALL], &both[..]].concat()).unwrap();
    let client = Some(PathBuf::from("/k"));
    assert_eq!((&of(&config.logs.destinations[0]).tls.client_key, config.warnings.len()), (&client, 0));
}

#[test]
fn what_needs_a_feature_is_an_error_that_names_it() {
    let https = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "HTTPS://c/v1/traces");
    let grpc = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317")];
    let problem = |vars: Vars<'_>| read(vars).err().map(|error| error.to_string());
    let (https, grpc) = (problem(&[https]), problem(&grpc));
    assert_eq!((https.is_none(), grpc.is_none()), (cfg!(feature = "tls"), cfg!(feature = "grpc")));
    let begins =
        "`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`: an `https` endpoint needs the feature `tls`; write `obs = {";
    assert!(https.is_none_or(|said| said.starts_with(begins)));
    assert!(grpc.is_none_or(|said| said.contains("`grpc` needs the feature `grpc`; write `obs = {")));
    let zipkin = Overrides { zipkin: vec![Zipkin::new("https://z")], ..Overrides::default() };
    assert_eq!(read_with(zipkin, &[]).is_ok(), cfg!(feature = "tls"));
}

#[cfg(all(feature = "grpc", feature = "tls"))]
#[test]
fn grpc_has_no_path_and_goes_by_tls_unless_something_says_otherwise() {
    let endpoint = |vars: Vars<'_>| {
        let all = [&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], vars].concat();
        of(&read(&all).unwrap().traces.destinations[0]).endpoint.clone()
    };
    let insecure = ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "true");
    let named = |endpoint| ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    assert_eq!(endpoint(&[named("c:4317/")]), "https://c:4317");
    assert_eq!(endpoint(&[named("c:4317"), insecure]), "http://c:4317");
    assert_eq!(endpoint(&[named("https://c:4317"), insecure]), "https://c:4317", "the scheme wins");
    assert_eq!(endpoint(&[("OTEL_TRACES_EXPORTER", "otlp")]), "http://localhost:4317");
}

#[test]
fn queues_are_given_and_checked() {
    let queue = Queue::new().items(10).bytes(11).batch(9).delay(Duration::ZERO).export_timeout(Duration::MAX);
    let vars = [("OTEL_BSP_MAX_QUEUE_SIZE", "5"), ("OTEL_BLRP_MAX_QUEUE_SIZE", "6")];
    let config = given(Overrides { span_queue: queue, ..Overrides::default() }, &vars);
    let batch = config.traces.batch;
    assert_eq!((batch.queue_items, batch.queue_bytes, batch.batch_items), (10, 11, Some(9)));
    assert_eq!((batch.delay, batch.export_timeout), (Duration::ZERO, Duration::MAX));
    let logs = config.logs.batch;
    assert_eq!((logs.queue_items, logs.batch_items, logs.delay), (6, None, Duration::from_secs(1)));
    let refused = |queue| {
        let overrides = Overrides { log_queue: queue, ..Overrides::default() };
        read_with(overrides, &[]).unwrap_err().to_string()
    };
    assert!(refused(Queue::new().items(0)).starts_with("`Builder::log_queue`: `0` is no number of items"));
    assert_eq!(
        refused(Queue::new().batch(65_537)),
        "`Builder::log_queue`: `65537` is more than the queue holds; write 65536 or less"
    );
}
