//! Compiles every case: those in `pass` must compile and run, those in `fail` must say what their `.stderr` says.

#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::process::Command;

/// The compiler whose words the `.stderr` files quote.
const RUSTC: &str = "1.95";

#[test]
fn cases() {
    let version = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .arg("--version")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    assert!(
        version.starts_with(&format!("rustc {RUSTC}.")),
        "the .stderr files quote rustc {RUSTC} and this is {version:?}; run the tests with that version, \
         or bless them with TRYBUILD=overwrite, review the difference and change RUSTC in {}",
        file!()
    );
    let cases = trybuild::TestCases::new();
    cases.pass("*/pass/*.rs");
    cases.compile_fail("*/fail/*.rs");
}

/// What the compiler quotes from the standard library depends on whether its sources are installed.
#[test]
fn no_case_quotes_the_standard_library() {
    let folders = std::fs::read_dir(".").unwrap().map(|entry| entry.unwrap().path().join("fail"));
    let cases =
        folders.filter(|folder| folder.is_dir()).flat_map(|folder| std::fs::read_dir(folder).unwrap());
    for case in cases.map(|entry| entry.unwrap().path()) {
        if case.extension().is_some_and(|e| e == "stderr") {
            let quotes = std::fs::read_to_string(&case).unwrap().contains("$RUST");
            assert!(!quotes, "{}: let the mistake be one that needs no item of `core`", case.display());
        }
    }
}
