//! P5: an annotated function while nobody observes. No subscriber is installed; feature `off` is `tests/off`'s, which
//! compares machine code.

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use crate::report::Report;

const ROUNDS: usize = 15;
const CALLS: u32 = 2_000_000;

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

const SUBJECTS: [Subject; 6] = [
    ("no subscriber", "bare", bare),
    ("no subscriber", "tracing", instrument),
    ("no subscriber", "obs", traced),
    ("no subscriber, one field", "tracing", instrument_field),
    ("no subscriber, one field", "obs", traced_field),
    ("no subscriber, with metrics", "obs observed", observed),
];

pub fn measure(report: &mut Report) {
    let this = std::env::current_exe().expect("a program knows its file");
    for _ in 0..ROUNDS {
        for (at, (variant, subject, _)) in SUBJECTS.iter().enumerate() {
            let output = Command::new(&this).args(["--child", &at.to_string()]).output().expect("it starts");
            let text = String::from_utf8_lossy(&output.stdout);
            let nanos: f64 = text.trim().parse().expect("it prints a number");
            report.add("P5", variant, subject, "ns/op", nanos);
        }
    }
}

/// Measures one subject and prints the nanoseconds a call took.
pub fn child(subject: &str) {
    let (_, _, call) = SUBJECTS[subject.parse::<usize>().expect("a number")];
    let call = black_box(call);
    let run = || {
        let start = Instant::now();
        for n in 0..CALLS {
            black_box(call(u64::from(n)));
        }
        start.elapsed().as_nanos() as f64 / f64::from(CALLS)
    };
    run(); // callsites register, caches fill
    println!("{}", run());
}
