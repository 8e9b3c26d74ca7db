//! The README says what is so.

use obs_tests::{Program, example, workspace_root};

fn readme() -> String {
    std::fs::read_to_string(workspace_root().join("README.md")).unwrap()
}

/// Returns the first fenced block of a language, from the first example on.
fn block(language: &str) -> String {
    let readme = readme();
    let (_, readme) = readme.split_once("## Twenty lines").unwrap();
    let (_, rest) = readme.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_example_is_the_one_that_can_be_run_and_prints_what_is_said() {
    let file = std::fs::read_to_string(workspace_root().join("examples/place_order.rs")).unwrap();
    let code: String = file.lines().filter(|l| !l.starts_with("//!")).map(|l| format!("{l}\n")).collect();
    assert_eq!(code.trim(), block("rust,no_run").trim());

    let mut program = Program::start(example("place_order").env("OTEL_EXPORTER_PROMETHEUS_PORT", "0"));
    assert!(program.wait().success(), "{}", program.output());
    let output = program.output();
    for line in block("text").lines() {
        assert!(output.lines().any(|l| l == line), "{line}\n{output}");
    }
    assert_eq!(output.matches("looking at the stock").count(), 3, "{output}");
}

#[test]
fn it_names_exactly_two_commands_and_they_exist() {
    let readme = readme();
    let section = readme.split_once("## Two commands").unwrap().1.split_once("\n## ").unwrap().0;
    let commands: Vec<&str> = section
        .lines()
        .filter_map(|l| l.strip_prefix("| `")?.split_once('`').map(|(command, _)| command))
        .collect();
    assert_eq!(commands, ["cargo run --example shop", "scripts/test"]);
    assert!(workspace_root().join("scripts/test").is_file());
    let ci = std::fs::read_to_string(workspace_root().join(".ci/run")).unwrap();
    assert!(ci.contains("scripts/test"));
}
