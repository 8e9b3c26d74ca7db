//! Asks the compiler for its version: it is the one that builds the program, and nothing else tells a library.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC");
    let Some(rustc) = env::var_os("RUSTC") else { return };
    let said = Command::new(rustc).arg("--version").output().ok().filter(|said| said.status.success());
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned()).unwrap_or_default();
    // `rustc 1.95.0 (59807616e 2026-04-14)`
    if let Some(version) = said.split_whitespace().nth(1) {
        println!("cargo::rustc-env=OBS_RUSTC_VERSION={version}");
    }
}
