//! R8 and R2 for as long as one likes: `load` against a collector that misbehaves by chance, or is away. The command
//! line: `faults` or `outage`, `--seconds 3600`, `--rate 5000` spans a second, `--seed 1`. `outage` begins with a run that
//! meets none, and goes on for a while when it is over. Fails where accounts do not add up, or something grows.
//!
//! Run by `scripts/soak`; what it printed last stands in `docs/reliability.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)] // it fails by panicking

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use obs::export::Signal;
use obs::testing::{Fault, FaultyCollector, RetryAfter};
use obs_tests::{Program, scratch_dir};

/// What the collector answers, and how often.
const FAULTS: [(Fault, u32); 15] = [
    (Fault::Ok, 300),
    (Fault::Partial(3), 20),
    (Fault::TooManyRequests { retry_after: Some(RetryAfter::Seconds(1)) }, 5),
    (Fault::TooManyRequests { retry_after: Some(RetryAfter::Date(2)) }, 5),
    (Fault::Unavailable { retry_after: None }, 20),
    (Fault::BadGateway, 5),
    (Fault::BadRequest, 5),
    (Fault::Reset, 10),
    (Fault::ResetEarly, 10),
    (Fault::Garbage, 5),
    (Fault::Gigantic, 3),
    (Fault::GzipBomb, 3),
    (Fault::Redirect, 3),
    (Fault::Truncated, 3),
    (Fault::Hang, 3),
];

/// Memory that may come and go.
const SLACK: u64 = 8 << 20;

/// How much more an outage may take.
const OUTAGE: u64 = 24 << 20;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str, otherwise: f64| {
        let at = words.iter().position(|word| word == name);
        at.and_then(|at| words.get(at + 1)).map_or(otherwise, |word| word.parse().expect("a number"))
    };
    match words.first().map(String::as_str) {
        Some("faults") => {
            let seed = value("--seed", 1.0) as u64;
            faults(seed, value("--seconds", 3_600.0), value("--rate", 5_000.0));
        }
        Some("outage") => outage(value("--seconds", 600.0), value("--rate", 50_000.0)),
        _ => panic!("write `faults` or `outage` first"),
    }
}

/// R8: faults by chance, for so many seconds.
fn faults(seed: u64, seconds: f64, rate: f64) {
    let collector = FaultyCollector::start().unwrap();
    collector.keep_bodies(false);
    collector.mix(seed, &FAULTS);
    let every = (seconds / 20.0).max(0.5);
    let arguments =
        ["--rate", &rate.to_string(), "--seconds", &seconds.to_string(), "--every", &every.to_string()];
    let ended = run(&mut load(&collector, &arguments));
    let reports: Vec<Report> = ended.lines().filter_map(Report::read).collect();
    ended.lines().filter(|line| line.starts_with("report: ")).for_each(|line| println!("{line}"));
    summary(&ended);
    balances(&ended, &collector);
    // What is needed is there after the first fifth; what comes later is a leak.
    let (early, late) = reports.split_at(reports.len() / 5 + 1);
    for (what, slack, of) in [
        ("heap", SLACK, Report::heap as fn(&Report) -> u64),
        ("descriptors", 16, Report::descriptors as fn(&Report) -> u64),
    ] {
        let before = early.iter().map(of).max().unwrap();
        // The last third: one moment may have more in flight than another.
        let after = late.iter().rev().take(late.len() / 3 + 1).map(of).min().unwrap_or(before);
        println!("{what}: at most {before} in the first fifth, at least {after} in the last third");
        assert!(after <= before + slack, "{what} grew");
    }
    let counts = |fault| collector.read(|r| r.requests().iter().filter(|q| q.fault == fault).count());
    println!("answers: {}", FAULTS.map(|(fault, _)| format!("{fault:?} {}", counts(fault))).join(", "));
}

/// R2 and R3: so many seconds without a collector.
fn outage(seconds: f64, rate: f64) {
    let collector = FaultyCollector::start().unwrap();
    collector.keep_bodies(false);
    let rate = rate.to_string();
    let around = (seconds / 10.0).clamp(5.0, 60.0);
    println!("without an outage, {around} s:");
    let well = run(&mut load(&collector, &["--rate", &rate, "--seconds", &around.to_string()]));
    summary(&well);
    println!("with one of {seconds} s:");
    let enough = scratch_dir().join("enough");
    let every = (seconds / 10.0).max(1.0).to_string();
    let arguments = ["--rate", &rate, "--every", &every, "--until", enough.to_str().unwrap()];
    let mut program = Program::start(&mut load(&collector, &arguments));
    let before = collector.items(Signal::Traces);
    assert!(collector.wait_until(|r| r.items(Signal::Traces) > before, Duration::from_secs(60)));
    collector.down();
    std::thread::sleep(Duration::from_secs_f64(seconds)); // the outage
    let exported = collector.items(Signal::Traces);
    collector.up().unwrap();
    let back = Instant::now();
    assert!(collector.wait_until(|r| r.items(Signal::Traces) > exported, Duration::from_secs(350)));
    println!("first export after {:.1} s", back.elapsed().as_secs_f64());
    std::thread::sleep(Duration::from_secs_f64(around)); // what comes after it
    fs::write(enough, "").unwrap();
    assert!(program.wait().success(), "{}", program.output());
    let ended = program.output();
    ended.lines().filter(|line| line.starts_with("report: ") || line.contains(" on the way to ")).for_each(
        |line| {
            println!("{line}");
        },
    );
    ended.lines().filter(|line| line.contains(" again; ")).for_each(|line| println!("{line}"));
    summary(&ended);
    assert_eq!(figure(&ended, "traces-engine-accepted"), figure(&ended, "made"));
    let p99 = |output: &str| figure(output, "call-p99-ns") as f64;
    println!("p99 of a call: {:+.1} %", (p99(&ended) / p99(&well) - 1.0) * 100.0);
    let extra = figure(&ended, "heap-peak").saturating_sub(figure(&well, "heap-peak"));
    println!("extra memory: {:.1} MiB", extra as f64 / f64::from(1 << 20));
    assert!(extra <= OUTAGE, "an outage takes too much memory");
}

/// A line of `load` while it goes on.
struct Report {
    heap: u64,
    descriptors: u64,
}

impl Report {
    fn read(line: &str) -> Option<Self> {
        let line = line.strip_prefix("report: ")?;
        let after = |name: &str| line.split_once(name)?.1.split([' ', ',']).next()?.parse::<u64>().ok();
        Some(Report { heap: after("heap ")? << 10, descriptors: after("descriptors ")? })
    }

    fn heap(&self) -> u64 {
        self.heap
    }

    fn descriptors(&self) -> u64 {
        self.descriptors
    }
}

fn load(collector: &FaultyCollector, arguments: &[&str]) -> Command {
    let beside = std::env::current_exe().unwrap();
    let mut command = Command::new(beside.parent().unwrap_or(Path::new(".")).join("load"));
    command
        .args(arguments)
        .args(["--flush", "60000"])
        .env("OBS_LOG", "obs=info")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .env("OTEL_BSP_SCHEDULE_DELAY", "500")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "1000")
        .env("OBS_ADMIN", "off");
    command
}

fn run(command: &mut Command) -> String {
    let mut program = Program::start(command);
    assert!(program.wait().success(), "{}", program.output());
    program.output()
}

/// Returns the number that follows `name: `; 0 where nothing of that name was told.
fn figure(output: &str, name: &str) -> u64 {
    let line = output.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.map_or(0, |line| line.split_whitespace().next().unwrap().parse().unwrap())
}

fn summary(output: &str) {
    let told = [
        "made",
        "call-",
        "flush",
        "traces-otlp",
        "traces-engine",
        "logs-otlp",
        "metrics-otlp",
        "heap",
        "descriptors",
        "shutdown",
    ];
    let line = |line: &&str| told.iter().any(|begin| line.starts_with(begin)) && !line.ends_with(": 0");
    output.lines().filter(line).for_each(|line| println!("  {line}"));
}

/// R1 of a long run: every item met one fate, and the collector has acknowledged what is said to be exported.
fn balances(output: &str, collector: &FaultyCollector) {
    assert_eq!(figure(output, "traces-engine-accepted"), figure(output, "made"));
    for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
        let of = |what: &str| figure(output, &format!("{}-otlp-{what}", signal.as_str()));
        let met = of("exported") + of("rejected") + of("dropped");
        assert_eq!(of("accepted"), met + of("queued"), "{signal:?}");
        // Metrics are pushed on their interval, also while the account is read.
        assert!(of("queued") == 0 || signal == Signal::Metrics, "{signal:?}");
        let (taken, refused) = (collector.items(signal), collector.rejected(signal));
        println!("{}: the collector took {taken} and rejected {refused}", signal.as_str());
        // Whatever was answered too late was dropped by us; and the last metrics left after the account was read.
        let late = if signal == Signal::Metrics { u64::MAX } else { of("timeout") };
        assert!(taken >= of("exported") && taken - of("exported") <= late, "{signal:?}");
        assert!(refused >= of("rejected"), "{signal:?}");
    }
}
