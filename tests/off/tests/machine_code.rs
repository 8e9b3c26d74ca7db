//! With the feature `off` the optimised machine code of an annotated function is that of the bare one.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails by panicking

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn an_annotated_function_compiles_to_the_bare_one() {
    let (annotated, bare) = (functions("annotated", &["--features", "annotated"]), functions("bare", &[]));
    let names: Vec<&str> = bare.iter().map(|(name, _)| &**name).collect();
    for name in [
        "declared_metrics",
        "inline_metrics",
        "everything",
        "judged",
        "batched",
        "answered",
        "polls",
        "instances",
    ] {
        assert!(names.contains(&name), "{name} was compiled: {names:?}");
    }
    for (with, without) in annotated.iter().zip(&bare) {
        assert_eq!(with, without);
    }
    assert_eq!(annotated.len(), bare.len(), "nothing else was compiled");
}

#[test]
fn a_mistake_in_an_expression_is_an_error_all_the_same() {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--lib", "--locked", "--quiet", "--features", "mistaken", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("target"))
        .output()
        .expect("cargo runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    for name in ["missing_limit", "missing_name"] {
        assert!(told.contains(&format!("cannot find value `{name}`")), "{name}: {told}");
    }
}

/// Compiles the library; returns its functions with their machine code, free of what names the build, in order.
fn functions(name: &str, features: &[&str]) -> Vec<(String, String)> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("target");
    let listing = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).with_extension("s");
    let status = Command::new(env!("CARGO"))
        .args(["rustc", "--release", "--lib", "--locked", "--quiet", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .args(features)
        .args(["--", "-C", "codegen-units=1", "-C", "debuginfo=0"])
        .arg(format!("--emit=asm={}", listing.display()))
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the subject compiles");
    split(&fs::read_to_string(listing).unwrap())
}

/// From each function's label to its end. Data is left out: the linker drops what no code reads.
fn split(assembly: &str) -> Vec<(String, String)> {
    let mut functions = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in assembly.lines() {
        let line = without_hashes(line);
        let label = line.strip_suffix(':').filter(|label| !label.starts_with(".L"));
        match (&mut open, label) {
            (_, Some(label)) => open = Some((label.to_owned(), String::new())),
            (Some(_), None) if line.starts_with(".Lfunc_end") => functions.extend(open.take()),
            (Some((_, code)), None) => {
                *code += &line;
                code.push('\n');
            }
            (None, None) => {}
        }
    }
    functions.sort();
    functions
}

/// Takes the sixteen digits out of `17h0123456789abcdefE`, which differ with the features.
fn without_hashes(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("17h") {
        text += before;
        let is_hash = after.get(..16).is_some_and(|hash| hash.bytes().all(|b| b.is_ascii_hexdigit()));
        rest = if is_hash { after.get(16..).unwrap_or_default() } else { after };
    }
    text + rest
}
