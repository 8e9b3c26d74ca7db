//! P13: what a program that takes a library compiles: crates in its tree, and a cold debug build.
//!
//! For each subject a package is written that does nothing. Crates are those of `cargo tree` for this machine,
//! without the package itself; they are fetched before the clock starts, and each build has a target directory of its
//! own, which is removed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::report::Report;

const ROUNDS: usize = 3;

/// Each subject: its name, and what it takes to send traces to a collector over plain HTTP; for `tracing`, to have
/// spans.
const SUBJECTS: [(&str, &str); 4] = [
    ("obs", "obs = { path = \"OBS\" }"),
    (
        "opentelemetry",
        "opentelemetry = \"0.33.1\"\nopentelemetry_sdk = \"0.33.1\"\nopentelemetry-otlp = \"0.33.1\"\n\
         tracing = \"0.1.44\"\ntracing-opentelemetry = \"0.34\"\ntracing-subscriber = \"0.3.23\"",
    ),
    (
        "fastrace",
        "fastrace = { version = \"0.7.19\", features = [\"enable\"] }\nfastrace-opentelemetry = \"0.19\"\n\
         opentelemetry-otlp = \"0.33.1\"",
    ),
    ("tracing", "tracing = \"0.1.44\"\ntracing-subscriber = \"0.3.23\""),
];

pub fn measure(report: &mut Report) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/p13");
    let packages = SUBJECTS.map(|(name, dependencies)| (name, write(&root, name, dependencies)));
    for (name, folder) in &packages {
        run(folder, &["fetch", "--quiet"]);
        report.add("P13", "crates", name, "crates", crates(folder) as f64);
    }
    for _ in 0..ROUNDS {
        for (name, folder) in &packages {
            let target = folder.join("target");
            if target.exists() {
                fs::remove_dir_all(&target).expect("a folder can be removed");
            }
            let (start, before) = (Instant::now(), cpu_seconds());
            run(folder, &["build", "--quiet", "--offline"]);
            report.add("P13", "cold debug build", name, "s", start.elapsed().as_secs_f64());
            report.add("P13", "cold debug build, CPU", name, "s", cpu_seconds() - before);
            fs::remove_dir_all(&target).expect("a folder can be removed");
        }
    }
}

fn write(root: &Path, name: &str, dependencies: &str) -> PathBuf {
    let folder = root.join(name);
    fs::create_dir_all(folder.join("src")).expect("a folder can be made");
    let obs = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let dependencies = dependencies.replace("OBS", &obs.display().to_string());
    let manifest = format!(
        "[workspace]\n[package]\nname = \"p13-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("a file can be written");
    fs::write(folder.join("src/main.rs"), "fn main() {}\n").expect("a file can be written");
    folder
}

/// Returns how many crates, each version of one for itself, are compiled beside the package.
fn crates(folder: &Path) -> usize {
    let tree = run(folder, &["tree", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"]);
    let all: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?))
        })
        .collect();
    all.len() - 1
}

/// Returns what the processes that this one waited for took of the processors.
fn cpu_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system tells");
    [usage.user_time(), usage.system_time()].map(|time| time.num_microseconds() as f64 / 1e6).iter().sum()
}

fn run(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("cargo")
        .args(args)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo writes text")
}
