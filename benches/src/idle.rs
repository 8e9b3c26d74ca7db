//! P5: an annotated function while nobody observes: no subscriber, reporter, emitter or provider is installed. Feature
//! `off` is `tests/off`'s, which compares machine code.

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use opentelemetry::trace::Tracer as _;

use crate::report::{Report, median};

const ROUNDS: usize = 15;
const BURSTS: u32 = 400;
const CALLS: u32 = 10_000;

#[inline(never)]
fn bare(n: u64) -> u64 {
    black_box(n).wrapping_mul(31)
}

#[inline(never)]
#[tracing::instrument(skip_all)]
fn instrument(n: u64) -> u64 {
    black_box(n).wrapping_mul(31)
}

#[inline(never)]
#[obs::traced]
fn traced(n: u64) -> u64 {
    black_box(n).wrapping_mul(31)
}

#[inline(never)]
#[fastrace::trace(short_name = true)]
fn fastrace(n: u64) -> u64 {
    black_box(n).wrapping_mul(31)
}

#[inline(never)]
#[emit::span("call")]
fn emitted(n: u64) -> u64 {
    black_box(n).wrapping_mul(31)
}

#[inline(never)]
fn opentelemetry(n: u64) -> u64 {
    let tracer = opentelemetry::global::tracer("benches");
    tracer.in_span("call", |_| black_box(n).wrapping_mul(31))
}

#[inline(never)]
#[tracing::instrument(skip_all, fields(n))]
fn instrument_field(n: u64) -> u64 {
    black_box(n).wrapping_mul(31)
}

#[inline(never)]
#[obs::traced(fields(n))]
fn traced_field(n: u64) -> u64 {
    black_box(n).wrapping_mul(31)
}

#[inline(never)]
#[obs::observed]
fn observed(n: u64) -> u64 {
    black_box(n).wrapping_mul(31)
}

type Subject = (&'static str, &'static str, fn(u64) -> u64);

const SUBJECTS: [Subject; 9] = [
    ("no subscriber", "bare", bare),
    ("no subscriber", "tracing", instrument),
    ("no subscriber", "fastrace", fastrace),
    ("no subscriber", "emit", emitted),
    ("no subscriber", "opentelemetry", opentelemetry),
    ("no subscriber", "obs", traced),
    ("no subscriber, one field", "tracing", instrument_field),
    ("no subscriber, one field", "obs", traced_field),
    ("no subscriber, with metrics", "obs observed", observed),
];

pub fn measure(report: &mut Report) {
    let this = std::env::current_exe().expect("a program knows its file");
    for _ in 0..ROUNDS {
        for (at, (variant, subject, _)) in SUBJECTS.iter().enumerate() {
            let output =
                Command::new(&this).args(["--child", "idle", &at.to_string()]).output().expect("it starts");
            let text = String::from_utf8_lossy(&output.stdout);
            let nanos: f64 = text.trim().parse().expect("it prints a number");
            report.add("P5", variant, subject, "ns/op", nanos);
        }
    }
}

/// Measures the subject that the arguments name and prints the nanoseconds a call took.
pub fn child(args: &[String]) -> bool {
    let at = args.first().and_then(|a| a.parse::<usize>().ok()).expect("a number");
    let (_, _, call) = SUBJECTS[at];
    let call = black_box(call);
    let times: Vec<f64> = (0..BURSTS)
        .map(|_| {
            let start = Instant::now();
            for n in 0..CALLS {
                black_box(call(u64::from(n)));
            }
            start.elapsed().as_nanos() as f64 / f64::from(CALLS)
        })
        .collect();
    // The first burst registers callsites and fills caches; the median does not see it.
    println!("{}", median(&times));
    true
}
