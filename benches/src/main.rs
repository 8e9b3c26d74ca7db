//! What obs costs, beside its peers: prints a table, and with `--json FILE` writes one line per measurement.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml -- --json FILE [--only P5,P12]`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a measurement that fails is no measurement

mod compile;
mod idle;
mod report;

use std::process::ExitCode;

use report::Report;

/// A case measures every subject, each in a process of its own, round after round.
type Case = (&'static str, fn(&mut Report));

const CASES: [Case; 2] = [("P5", idle::measure), ("P12", compile::measure)];

fn main() -> ExitCode {
    let mut json = None;
    let mut only: Option<Vec<String>> = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match (arg.as_str(), args.next()) {
            ("--json", Some(file)) => json = Some(file),
            ("--only", Some(list)) => only = Some(list.split(',').map(str::to_owned).collect()),
            // What a measurement starts: this program again, for one subject.
            ("--child", Some(subject)) => {
                idle::child(&subject);
                return ExitCode::SUCCESS;
            }
            _ => {
                eprintln!("usage: obs-benches [--json FILE] [--only P5,P12]");
                return ExitCode::FAILURE;
            }
        }
    }
    let mut report = Report::default();
    for (id, measure) in CASES {
        if only.as_ref().is_none_or(|only| only.iter().any(|o| o == id)) {
            measure(&mut report);
        }
    }
    print!("{}", report.table());
    if let Some(file) = json {
        std::fs::write(&file, report.json()).expect("the file can be written");
    }
    ExitCode::SUCCESS
}
