//! Compiles every case: those in `pass` must compile and run, those in `fail` must say what their `.stderr` says.

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
