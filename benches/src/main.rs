//! What obs costs, beside its peers: prints a table, and with `--json FILE` writes one line per measurement, with
//! `--summary FILE` a table of the medians alone.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml -- --json FILE [--summary FILE] [--only P1,P5]
//! [--rounds N] [--burst ROOTS] [--callgrind]`. `ratio` is a subject's median to that of the best peer in the same row of the table.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a measurement that fails is no measurement

mod compile;
mod idle;
mod metrics;
mod propagation;
mod report;
mod scrape;
mod spans;
mod tree;

use std::process::ExitCode;

use report::Report;

const USAGE: &str = "usage: obs-benches [--json FILE] [--summary FILE] [--only P1,P5] [--rounds N] [--burst ROOTS] \
                     [--callgrind]";

/// Every case, in the order of the table.
const CASES: [&str; 14] = ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8a", "P8b", "P9", "P10", "P11", "P12", "P13"];

/// What the command line asks for.
pub struct Options {
    json: Option<String>,
    summary: Option<String>,
    only: Option<Vec<String>>,
    /// Processes of each subject in each case.
    pub rounds: usize,
    /// Traces in a burst.
    pub burst: u64,
    /// Whether instructions are counted too.
    pub callgrind: bool,
}

impl Options {
    fn read(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let mut options =
            Options { json: None, summary: None, only: None, rounds: 7, burst: 64, callgrind: false };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--callgrind" => options.callgrind = true,
                "--json" => options.json = Some(args.next()?),
                "--summary" => options.summary = Some(args.next()?),
                "--only" => options.only = Some(args.next()?.split(',').map(str::to_owned).collect()),
                "--rounds" => options.rounds = args.next()?.parse().ok().filter(|n| *n > 0)?,
                "--burst" => options.burst = args.next()?.parse().ok().filter(|n| *n > 0)?,
                _ => return None,
            }
        }
        let known = options.only.iter().flatten().all(|o| CASES.contains(&o.as_str()));
        known.then_some(options)
    }

    fn wants(&self, case: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|o| o == case))
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // What a measurement starts: this program again, for one subject.
    if let [flag, kind, rest @ ..] = &args[..]
        && flag == "--child"
    {
        let is_well = match kind.as_str() {
            "scrape" => scrape::child(rest),
            "spans" => spans::child(rest),
            "metrics" => metrics::child(rest),
            "propagation" => propagation::child(),
            _ => idle::child(rest),
        };
        return if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let Some(options) = Options::read(args.into_iter()) else {
        eprintln!("{USAGE}; cases: {}", CASES.join(", "));
        return ExitCode::FAILURE;
    };
    if options.callgrind && !spans::can_count() {
        eprintln!("`--callgrind` needs `valgrind`; install it, or leave the option out");
        return ExitCode::FAILURE;
    }
    let mut report = Report::default();
    for case in CASES.into_iter().filter(|c| options.wants(c)) {
        match case {
            "P5" => idle::measure(&mut report),
            "P9" => scrape::measure(&mut report, &options),
            "P11" => propagation::measure(&mut report, &options),
            "P12" => compile::measure(&mut report),
            "P13" => tree::measure(&mut report),
            "P6" | "P7" | "P8a" | "P8b" => metrics::measure(&mut report, case, &options),
            _ => spans::measure(&mut report, case, &options),
        }
    }
    print!("{}", report.table());
    for (file, text) in [(options.json, report.json()), (options.summary, report.summary())] {
        if let Some(file) = file {
            std::fs::write(&file, text).expect("the file can be written");
        }
    }
    ExitCode::SUCCESS
}
