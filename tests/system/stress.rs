//! Eight threads do everything to spans that may be done, for a moment; `scripts/sanitize` lets them do it for longer.

use std::process::Command;

use obs_tests::Program;

/// Runs the program, which looks itself whether every span is accounted for.
#[track_caller]
fn run(sampled: &str) {
    let mut program = Program::start(Command::new(env!("CARGO_BIN_EXE_stress")).args(["1", sampled]));
    assert!(program.wait().success(), "{}", program.output());
    assert!(program.output().contains("every span is accounted for"), "{}", program.output());
}

#[test]
fn under_stress_every_span_is_accounted_for() {
    run("all");
}

#[test]
fn under_stress_the_tail_rule_keeps_what_it_owes() {
    run("tail");
}
