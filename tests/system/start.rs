//! `init()` refuses with the remedy, and does what the environment says.

use std::net::TcpListener;
use std::process::Command;

use obs_tests::{Program, get, wait_for};

fn subject(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_subject"));
    command.args(words).env("OTEL_EXPORTER_PROMETHEUS_PORT", "0");
    command
}

/// Runs the subject to its end and returns whether it succeeded and what it said.
fn run(command: &mut Command) -> (bool, String) {
    let mut program = Program::start(command);
    let status = program.wait();
    (status.success(), program.output())
}

#[test]
fn a_second_start_is_refused() {
    let (succeeded, output) = run(&mut subject(&["twice"]));
    assert!(!succeeded && output.contains("refused: `init()` was called twice"), "{output}");
}

#[test]
fn a_taken_port_is_refused_and_names_the_variable() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (succeeded, output) = run(subject(&["ok"]).env("OTEL_EXPORTER_PROMETHEUS_PORT", &port));
    assert!(!succeeded, "{output}");
    assert!(
        output.contains(&format!("127.0.0.1:{port}: the port is taken; set `OTEL_EXPORTER_PROMETHEUS_PORT`")),
        "{output}"
    );
}

#[test]
fn a_foreign_subscriber_is_refused_unless_it_has_our_layer() {
    let (succeeded, output) = run(&mut subject(&["foreign"]));
    assert!(!succeeded && output.contains("add `obs::layer()` to your registry"), "{output}");
    let (succeeded, output) = run(subject(&["foreign-with-layer"]).env("OBS_ADMIN", "off"));
    assert!(succeeded && output.contains("\"message\":\"working\""), "{output}");
    assert!(output.contains("\"trace_id\":\""), "{output}");
    assert!(!output.contains("in detail"), "the filter of log lines holds there too: {output}");
}

#[test]
fn an_expected_check_that_is_not_linked_is_refused() {
    let (succeeded, output) = run(&mut subject(&["expect-health"]));
    assert!(!succeeded && output.contains("not in the program: database;"), "{output}");
}

#[test]
fn a_disabled_runtime_listens_nowhere_and_changes_no_result() {
    let (succeeded, output) = run(subject(&["ok", "error"]).env("OTEL_SDK_DISABLED", "true"));
    assert!(succeeded && !output.contains("admin:"), "{output}");
}

#[test]
fn an_unknown_log_format_is_refused_and_names_the_variable() {
    let (succeeded, output) = run(subject(&["ok"]).env("OBS_LOG_FORMAT", "xml"));
    assert!(!succeeded && output.contains("refused: `OBS_LOG_FORMAT`: `xml` is unknown"), "{output}");
}

#[test]
fn a_free_port_is_printed_and_probes_answer() {
    let mut program = Program::start(subject(&["ok"]).env("OBS_LOG", "off"));
    let printed = program.wait_for_word("admin server on http://");
    let admin = program.wait_for_word("admin: ");
    assert!(printed.starts_with(&admin), "{printed}");
    wait_for("readiness", || get(&format!("http://{admin}/readyz")).filter(|(status, _)| *status == 200));
    for path in ["livez", "healthz", "health", "health/live", "health/ready", "health/detailed"] {
        let (status, body) = get(&format!("http://{admin}/{path}")).unwrap();
        assert_eq!(status, 200, "{path}: {body}");
    }
}

#[test]
fn logs_are_text_or_json_and_carry_the_ids() {
    let (_, pretty) = run(subject(&["ok"]).env("OBS_ADMIN", "off").env("OBS_LOG_FORMAT", "pretty"));
    let line = pretty.lines().find(|l| l.contains("working")).unwrap();
    assert!(line.contains("INFO") && line.contains("trace_id=") && line.contains("span_id="), "{line}");
    let (_, json) = run(subject(&["ok"]).env("OBS_ADMIN", "off").env("OTEL_SERVICE_NAME", "subject"));
    let line = json.lines().find(|l| l.contains("working")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["trace_id"].as_str().unwrap().len(), 32);
    assert_eq!(line["span_id"].as_str().unwrap().len(), 16);
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["service.name"], "subject");
}

#[test]
fn log_lines_are_filtered_by_level_and_target() {
    let (_, quiet) = run(subject(&["ok"]).env("OBS_ADMIN", "off").env("OBS_LOG", "warn"));
    assert!(!quiet.contains("working"), "{quiet}");
    let (_, detailed) = run(subject(&["ok"]).env("OBS_ADMIN", "off").env("OBS_LOG", "info,subject=debug"));
    assert!(detailed.contains("in detail") && detailed.contains("trace_id"), "{detailed}");
}

#[test]
fn a_name_with_two_meanings_is_refused_and_both_places_are_named() {
    for arguments in [&[][..], &["assert_catalog"]] {
        let (succeeded, output) = run(Command::new(env!("CARGO_BIN_EXE_conflict")).args(arguments));
        assert!(
            !succeeded && output.contains("the metric name `conflict_jobs_total` has two meanings"),
            "{output}"
        );
        let places = output.matches("conflict.rs:6").count() + output.matches("conflict.rs:13").count();
        assert_eq!(places, 2, "{output}");
        assert_eq!(output.contains("the catalog has conflicts"), !arguments.is_empty(), "{output}");
    }
}
