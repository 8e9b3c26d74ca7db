//! P6 to P8: what an update of a metric costs, and what a function costs that is counted and timed.
//!
//! Two enum labels, of four and three values, are chosen at run time. One process measures one subject in one variant of
//! a case; processes take turns. Every update must be in what the subject shows at the end, or there is no value.
//!
//! | case | what is called |
//! |---|---|
//! | P6 | a counter with the labels |
//! | P7 | a histogram with the labels and eleven bounds; ours inside a sampled span, with exemplars |
//! | P8a | a function that is counted and timed; peers by handles that were found before, autometrics by its attribute |
//! | P8b | ours under `#[observed]` with three fields; the peer is a span of fastrace with as many properties, and a counter, a histogram and a gauge of prometheus |

mod obs;
mod peers;

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use crate::Options;
use crate::report::{Report, median};
use crate::spans::gate::Gate;

const WARM: usize = 5;
const BURSTS: usize = 200;
const UPDATES: u64 = 10_000;
/// Traces in a burst of P8b, which fit every queue.
const ROOTS: u64 = 64;
/// Children of a root.
const CHILDREN: u64 = 10;

/// The bounds of every histogram.
const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, ::obs::Label, measured::FixedCardinalityLabel)]
pub enum Region {
    Eu,
    Us,
    Asia,
    Africa,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, ::obs::Label, measured::FixedCardinalityLabel)]
pub enum Kind {
    Card,
    Cash,
    Voucher,
}

impl Region {
    fn of(n: u64) -> Self {
        [Region::Eu, Region::Us, Region::Asia, Region::Africa][black_box(n) as usize & 3]
    }

    fn as_str(self) -> &'static str {
        ["eu", "us", "asia", "africa"][self as usize]
    }
}

impl Kind {
    fn of(n: u64) -> Self {
        [Kind::Card, Kind::Cash, Kind::Voucher, Kind::Card][black_box(n) as usize >> 2 & 3]
    }

    fn as_str(self) -> &'static str {
        ["card", "cash", "voucher"][self as usize]
    }
}

/// A value within the bounds.
fn value(n: u64) -> f64 {
    (black_box(n) & 1023) as f64 * 0.005
}

/// What a function does that is worth a metric.
fn work(n: u64) -> u64 {
    black_box(n)
}

/// A way to count.
pub struct Subject {
    case: &'static str,
    name: &'static str,
    start: fn() -> Running,
}

/// A subject that is set up.
pub struct Running {
    /// Does one update, or for P8b one trace.
    update: fn(u64),
    /// Runs a burst where its updates are to happen.
    around: fn(&mut dyn FnMut()),
    /// Hands over what a burst left.
    flush: Box<dyn Fn() + Sync>,
    /// Returns how many updates are shown; `None` where there is no way to ask.
    shown: Box<dyn Fn() -> Option<u64> + Sync>,
}

impl Running {
    fn new(update: fn(u64), shown: impl Fn() -> Option<u64> + Sync + 'static) -> Self {
        Running { update, around: |burst| burst(), flush: Box::new(|| ()), shown: Box::new(shown) }
    }
}

const VARIANTS: [(&str, usize); 2] = [("1 thread", 1), ("2 threads", 2)];

fn subjects() -> Vec<Subject> {
    obs::SUBJECTS.into_iter().chain(peers::SUBJECTS).collect()
}

/// Measures every subject of a case.
pub fn measure(report: &mut Report, case: &'static str, options: &Options) {
    let this = std::env::current_exe().expect("a program knows its file");
    for _ in 0..options.rounds {
        for (variant, threads) in VARIANTS {
            for (at, subject) in subjects().iter().enumerate().filter(|(_, s)| s.case == case) {
                let mut command = Command::new(&this);
                command.args(["--child", "metrics", &at.to_string(), &threads.to_string()]);
                let output = command.env("OTEL_TRACES_EXPORTER", "none").output().expect("it starts");
                let text = String::from_utf8_lossy(&output.stdout);
                let nanos = text.trim().parse().unwrap_or_else(|_| {
                    panic!(
                        "{case}, {variant}, {}: {text}{}",
                        subject.name,
                        String::from_utf8_lossy(&output.stderr)
                    )
                });
                report.add(case, variant, subject.name, "ns/op", nanos);
            }
        }
    }
}

/// Measures what the arguments name, and prints the nanoseconds of an update.
pub fn child(args: &[String]) -> bool {
    let numbers: Vec<usize> = args.iter().map(|a| a.parse().expect("a number")).collect();
    let [at, threads] = numbers[..] else { panic!("a subject and a number of threads") };
    let subject = &subjects()[at];
    let running = (subject.start)();
    let (calls, each) = if subject.case == "P8b" { (ROOTS, CHILDREN + 1) } else { (UPDATES, 1) };
    let gate = Gate::new(threads);
    let run = |leads: bool| {
        let mut times = Vec::new();
        (running.around)(&mut || {
            for burst in 0..WARM + BURSTS {
                gate.pass();
                let start = Instant::now();
                metric_burst(running.update, calls);
                let time = start.elapsed().as_nanos() as f64 / (calls * each) as f64;
                gate.pass();
                if leads {
                    (running.flush)();
                }
                if burst >= WARM {
                    times.push(time);
                }
            }
        });
        median(&times)
    };
    let times: Vec<f64> = std::thread::scope(|scope| {
        let run = &run;
        let handles: Vec<_> = (0..threads).map(|n| scope.spawn(move || run(n == 0))).collect();
        handles.into_iter().map(|h| h.join().expect("no thread panics")).collect()
    });
    let made = (WARM + BURSTS) as u64 * threads as u64 * calls * each;
    if let Some(shown) = (running.shown)()
        && shown != made
    {
        println!("{shown} updates are shown, {made} were made");
        return false;
    }
    println!("{}", times.iter().sum::<f64>() / times.len() as f64);
    true
}

#[inline(never)]
fn metric_burst(update: fn(u64), calls: u64) {
    for n in 0..calls {
        update(n);
    }
}

/// Adds up the samples of these names in an exposition.
fn total(text: &str, name: &str) -> Option<u64> {
    let values = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        if !rest.starts_with(['{', ' ']) {
            return None;
        }
        rest.rsplit(' ').next()?.parse::<f64>().ok()
    });
    Some(values.sum::<f64>() as u64)
}
