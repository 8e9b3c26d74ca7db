//! P1 to P4 and P10: what a span costs, from the call to where it is handed over.
//!
//! A span is a function that does nothing else, with an integer, a static text and an integer as fields; all spans of a
//! trace have them, the root too. One process measures one subject in one variant of a case; processes of all subjects and
//! variants take turns.
//! Spans are made in bursts that fit every queue, and flushed after the burst's time was taken. The value of a round is
//! the median burst. Every span must arrive at the end of the subject's way, or there is no value.
//!
//! | subject | what it is |
//! |---|---|
//! | `bare` | the functions alone |
//! | `floor, tracing` | `#[tracing::instrument]` and a subscriber that does nothing |
//! | `floor, obs` | `#[obs::traced]` and the same subscriber |
//! | `obs` | engine and a counting exporter; no log, no admin server |
//! | `obs, defaults` | what `obs::init()` starts, logs at `info`, and a counting exporter |
//! | `fastrace` | feature `enable`, a counting reporter, flushed by hand, or `fastrace-opentelemetry` over OTLP |
//! | `emit` | an emitter that counts in the calling thread; unsampled by `emit_traceparent` |
//! | `opentelemetry` | the SDK with its batch processor and a counting or OTLP exporter; `ParentBased` sampler |
//! | `tracing-opentelemetry` | the same below its layer on `tracing_subscriber`'s registry |
//!
//! Each keeps its own defaults: queues, batches, clocks, and the attributes that `tracing-opentelemetry` adds. Peers have
//! this package's release profile: thin LTO, one codegen unit.

mod callgrind;
mod child;
pub mod gate;
pub mod heap;
mod plan;
mod sink;
mod subject;
mod subjects;

use std::process::{Command, Stdio};

use child::{Failure, Findings};
use plan::{Measure, PLANS, Plan, Traces};
use sink::Sink;
use subjects::{Entry, SUBJECTS};

use crate::Options;
use crate::report::Report;

pub use callgrind::is_installed as can_count;

/// Measures every plan of a case.
pub fn measure(report: &mut Report, case: &str, options: &Options) {
    let sink = Sink::start().expect("a port is free");
    let mut runs: Vec<Run<'_>> = PLANS
        .iter()
        .enumerate()
        .filter(|(_, plan)| plan.case == case && (plan.measure != Measure::Instructions || options.callgrind))
        .flat_map(|(at, plan)| {
            let subjects = SUBJECTS.iter().enumerate().filter(|(_, entry)| plan.takes(entry));
            let sink = &sink;
            subjects.map(move |(subject, entry)| Run { plan, at, entry, subject, options, sink })
        })
        .collect();
    for round in 0..options.rounds {
        // Instructions are the same in every round.
        runs.retain(|run| (round > 0 && run.plan.measure == Measure::Instructions) || run.round(report));
    }
}

/// One process: a subject in a plan.
struct Run<'a> {
    plan: &'a Plan,
    at: usize,
    entry: &'a Entry,
    subject: usize,
    options: &'a Options,
    sink: &'a Sink,
}

impl Run<'_> {
    /// Returns whether another round makes sense.
    fn round(&self, report: &mut Report) -> bool {
        let Plan { case, variant, .. } = *self.plan;
        let name = self.entry.name;
        let output = self.command().output().expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let (mut made, mut lines) = (0, Vec::new());
        for line in text.lines() {
            match line.split('\t').collect::<Vec<_>>()[..] {
                ["skip", why] => {
                    report.note(format!("{case}, {variant}: no value for {name}: {why}"));
                    return false;
                }
                ["made", spans] => made = spans.parse().expect("a number"),
                [variant, unit, value] => lines.push((variant, unit, value.parse().expect("a number"))),
                _ => panic!("{case}, {variant}, {name}: {line}"),
            }
        }
        assert!(output.status.success() && made > 0, "{case}, {variant}, {name} failed: {text}");
        if self.plan.is_cpu() {
            let (spans, bytes) = self.sink.take();
            assert_eq!(spans, made, "{case}, {variant}, {name}: what the collector got");
            lines.push((variant_bytes(self.plan), "bytes/op", bytes as f64 / spans as f64));
        }
        if self.plan.measure == Measure::Instructions {
            let spans = child::COUNTED_BURSTS * self.roots() * self.plan.spans();
            let count = callgrind::collected(&String::from_utf8_lossy(&output.stderr));
            lines.push((variant, "instructions/op", count / spans as f64));
        }
        for (variant, unit, value) in lines {
            report.add(case, variant, name, unit_name(unit), value);
        }
        true
    }

    fn roots(&self) -> u64 {
        self.plan.roots(self.options.burst)
    }

    /// The child, in an environment that says nothing but what the plan needs.
    fn command(&self) -> Command {
        let this = std::env::current_exe().expect("a program knows its file");
        let counts = self.plan.measure == Measure::Instructions;
        let mut command = if counts { callgrind::command(&this) } else { Command::new(&this) };
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().to_ascii_uppercase();
            if ["OTEL_", "OBS_", "RUST_LOG"].iter().any(|p| name.starts_with(p)) || name.ends_with("_PROXY") {
                command.env_remove(&name).env_remove(name.to_ascii_lowercase());
            }
        }
        command.args(["--child", "spans"]);
        command.args([self.at.to_string(), self.subject.to_string(), self.roots().to_string()]);
        command.env("OTEL_EXPORTER_PROMETHEUS_PORT", "0").stdin(Stdio::null());
        command.stderr(if counts { Stdio::piped() } else { Stdio::null() });
        if self.plan.traces != Traces::Sampled {
            command.env("OTEL_TRACES_SAMPLER", "always_off");
        }
        if self.plan.traces == Traces::Tail {
            command.env("OBS_TAIL", "on");
        }
        if let Measure::Cpu { gzip } = self.plan.measure {
            command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", self.sink.address));
            command.env("OTEL_METRICS_EXPORTER", "none"); // spans are measured
            command.env("OTEL_EXPORTER_OTLP_COMPRESSION", if gzip { "gzip" } else { "none" });
        } else {
            command.env("OTEL_TRACES_EXPORTER", "none");
        }
        command
    }
}

fn variant_bytes(plan: &Plan) -> &'static str {
    if plan.measure == (Measure::Cpu { gzip: true }) { "body bytes, gzip" } else { "body bytes" }
}

/// The units that a child may name.
fn unit_name(unit: &str) -> &'static str {
    const UNITS: [&str; 5] = ["ns/op", "allocations/op", "%", "bytes/op", "instructions/op"];
    UNITS.into_iter().find(|u| *u == unit).expect("a known unit")
}

/// Measures what the arguments name, and says it line by line. Returns whether there was anything to say.
pub fn child(args: &[String]) -> bool {
    let numbers: Vec<u64> = args.iter().map(|a| a.parse().expect("a number")).collect();
    let [plan, entry, roots] = numbers[..] else { panic!("a plan, a subject and a number of roots") };
    match child::measure(&PLANS[plan as usize], &SUBJECTS[entry as usize], roots) {
        Ok(Findings { lines, made }) => {
            for (variant, unit, value) in lines {
                println!("{variant}\t{unit}\t{value}");
            }
            println!("made\t{made}");
            true
        }
        Err(Failure::Skip(why)) => {
            println!("skip\t{why}");
            true
        }
        Err(Failure::Wrong(why)) => {
            println!("wrong: {why}");
            false
        }
    }
}
