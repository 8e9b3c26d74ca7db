//! What the engine weighs, and what only the subscriber of a process shows.

use std::process::Command;

use obs_tests::Program;

/// Runs the program that counts, and returns what it said.
fn run(word: &str) -> String {
    let share = if word == "long" { "0.05" } else { "1" };
    let mut command = Command::new(env!("CARGO_BIN_EXE_weighed"));
    command.arg(word).env("OTEL_TRACES_SAMPLER", "traceidratio").env("OTEL_TRACES_SAMPLER_ARG", share);
    command.env("OTEL_EXPORTER_PROMETHEUS_PORT", "0");
    let mut program = Program::start(&mut command);
    assert!(program.wait().success(), "{}", program.output());
    program.output()
}

/// Returns the number behind a word.
#[track_caller]
fn number(output: &str, before: &str) -> i64 {
    let rest = output.split_once(before).unwrap_or_else(|| panic!("`{before}` in\n{output}")).1;
    rest.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn spans_allocate_nothing_in_steady_state() {
    let output = run("steady");
    assert_eq!(number(&output, "allocations: "), 0, "{output}");
    assert_eq!(number(&output, "lost: "), 0, "{output}");
}

#[test]
fn an_idle_thread_keeps_16_kib_and_200_busy_ones_16_mib() {
    let output = run("idle");
    assert!(number(&output, "kept after 2 traces: ") <= 200 * 16 * 1024, "{output}");
    assert!(number(&output, "kept after 500 traces: ") <= 16 * 1024 * 1024, "{output}");
}

#[test]
fn ten_million_spans_leave_nothing_behind() {
    // One trace in twenty is recorded: the others are as long and make the test shorter.
    let output = run("long");
    assert!(number(&output, "grown: ") < 1024 * 1024, "{output}");
}

#[test]
fn the_metrics_of_500_functions_on_8_threads_are_within_16_mib() {
    let output = run("functions");
    let kept = number(&output, "kept by 500 functions: ");
    assert!((1..=16 * 1024 * 1024).contains(&kept), "{output}");
}

#[test]
fn r20_a_million_hostile_values_are_within_2_mib_a_metric() {
    let output = run("hostile");
    assert!(number(&output, "kept of hostile values: ") <= 2 * 2 * 1024 * 1024, "{output}");
}

/// A day without a scrape: what is kept depends on what was observed, never on how often.
#[test]
fn r21_observations_that_nobody_reads_take_no_memory() {
    let output = run("unread");
    assert!(number(&output, "grown while nobody read: ") <= 64 * 1024, "{output}"); // of other threads
    assert_eq!(number(&output, ", allocations: "), 0, "{output}");
}

#[test]
fn spans_that_are_made_while_a_value_is_shown_or_a_thread_ends_are_recorded() {
    let output = run("nested");
    let found = |line: &str| output.lines().filter(|l| *l == line).count();
    assert_eq!(found("outer below nothing, events [\"said\"]"), 1, "{output}");
    assert_eq!(found("inside below nothing, events [\"shown\"]"), 2, "{output}");
    assert_eq!(found("inside below outer, events [\"shown\"]"), 1, "{output}");
    assert_eq!(found("on a thread below nothing, events []"), 1, "{output}");
    // A thread whose locals are gone is in no span any more.
    assert_eq!(found("at exit below outer, events []"), 1, "{output}");
}

#[test]
fn a_scrape_takes_a_mebibyte_however_long_it_is() {
    let output = run("scraped");
    let scrapes: Vec<&str> = output.lines().filter(|l| l.starts_with("scraped: ")).collect();
    assert_eq!(scrapes.len(), 6, "{output}");
    for scrape in scrapes {
        assert!(number(scrape, "extra ") <= 1024 * 1024, "{output}");
        assert!(scrape.ends_with("gzip") || number(scrape, "scraped: ") > 3 * 1024 * 1024, "{output}");
    }
}
