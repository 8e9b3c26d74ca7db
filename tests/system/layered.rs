//! `obs::layer()` in a registry of the program's own exports what the subscriber of `init()` does.

use std::process::Command;

use obs_tests::Program;

const NEVER: (&str, &str) = ("OTEL_TRACES_SAMPLER", "always_off");
const BY_RATIO: (&str, &str) = ("OTEL_TRACES_SAMPLER", "traceidratio");
const NOTHING: (&str, &str) = ("OTEL_TRACES_SAMPLER_ARG", "0");

/// Returns what the program printed that sends its spans through the layer, or through the subscriber.
fn run(word: &str, vars: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_layered"));
    let mut program = Program::start(command.arg(word).envs(vars.iter().copied()));
    let status = program.wait();
    let output = program.output();
    assert!(status.success(), "{output}");
    output
}

/// Returns what both print.
fn same(vars: &[(&str, &str)]) -> String {
    let (layer, subscriber) = (run("layer", vars), run("subscriber", vars));
    assert_eq!(layer, subscriber, "{vars:?}");
    layer
}

/// Returns the names of the spans that were exported.
fn spans(output: &str) -> Vec<&str> {
    output.lines().filter(|l| l.contains(" remote=")).filter_map(|l| l.split(" flags=").next()).collect()
}

#[test]
fn everything_is_exported_but_what_its_callsite_or_caller_refuses() {
    let output = same(&[]);
    let names = [
        "a",
        "always",
        "ask",
        "b",
        "below",
        "c",
        "d",
        "full",
        "handle_all",
        "inner",
        "inner",
        "inner",
        "outer",
        "plain",
        "receive",
        "renamed at length",
    ];
    assert_eq!(spans(&output), names, "{output}");
    assert!(output.contains("links=128 dropped=2"), "of a batch of 130: {output}");
    assert_eq!(output.matches("links=1 dropped=0").count(), 1, "of what was answered: {output}");
    assert!(output.contains(r#"sent on: Some("03") Some("ot=th:8;rv:ffffffffffffff,vendor=1")"#), "{output}");
    assert!(output.contains(r#"sent on: Some("00") Some("ot=rv:ffffffffffffff,vendor=1")"#), "{output}");
}

#[test]
fn nothing_is_exported_where_the_sampler_is_off() {
    let output = same(&[NEVER]);
    assert_eq!(spans(&output), [""; 0], "{output}");
    assert!(output.contains("sampled=Some(false)") && !output.contains("sampled=Some(true)"), "{output}");
}

#[test]
fn of_a_share_of_nothing_only_a_callsite_with_its_own_is_exported() {
    let output = same(&[BY_RATIO, NOTHING]);
    assert_eq!(spans(&output), ["always", "inner"], "{output}");
    assert_eq!(output.matches(r#"flags=3 Some("ot=th:0")"#).count(), 2, "{output}");
}

#[test]
fn a_limit_a_second_holds() {
    let output = same(&[("OBS_TRACES_PER_SECOND", "0.001")]);
    assert_eq!(spans(&output), ["inner", "inner", "plain", "receive"], "{output}");
}

#[test]
fn a_span_holds_what_the_limits_allow_and_counts_the_rest() {
    let output = same(&[
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "5"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "2"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "1"),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "1"),
    ]);
    for expected in [
        r#"["first=later", "second=[1, 2"] dropped=2"#,
        "links=1 dropped=3",
        "links=1 dropped=129",
        r#"* said  ["one=1", "level=INFO"] dropped=2"#,
        "events dropped=1",
        "renam flags=3",
        r#"Error("descr")"#,
        "obs_values_truncated_total",
    ] {
        assert!(output.contains(expected), "`{expected}` in\n{output}");
    }
    assert!(!output.contains("obs_values_truncated_total 0"), "{output}");
}

#[test]
fn what_is_below_the_exported_level_is_for_other_layers() {
    let output = same(&[]);
    assert!(!spans(&output).contains(&"between") && !output.contains("not of this level"), "{output}");
    assert!(output.contains("* said between") && output.contains("in a trace between: true"), "{output}");
    assert!(output.contains("obs_values_truncated_total 0"), "{output}");
    let output = same(&[("OBS_EXPORT_LEVEL", "debug")]);
    assert!(spans(&output).contains(&"between") && output.contains("* not of this level"), "{output}");
    let warn = [("OBS_EXPORT_LEVEL", "warn")];
    let (ours, theirs) = (run("subscriber", &warn), run("layer", &warn));
    assert_eq!((spans(&ours), spans(&theirs)), (vec![], vec![]), "{ours}{theirs}");
    // What came in goes on where nobody has a span of it; a registry of the program's own has one, for others.
    assert!(ours.contains("sent on: Some(\"03\")") && theirs.contains("sent on: None"), "{ours}{theirs}");
}

#[test]
fn the_tail_rule_is_told_to_be_ignored() {
    let tail = ("OBS_TAIL", "on");
    let output = run("layer", &[NEVER, tail]);
    assert_eq!(spans(&output), [""; 0], "{output}");
    assert!(output.contains("the tail rule is ignored: `obs::layer()`"), "{output}");
    assert!(!run("layer", &[]).contains("ignored"));
    assert!(!run("subscriber", &[tail]).contains("ignored"));
}
