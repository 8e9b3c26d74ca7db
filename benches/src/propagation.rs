//! P11: what a context costs to read and to write, and what a hostile megabyte costs to refuse.
//!
//! | variant | what is called |
//! |---|---|
//! | `traceparent, parse` and `format` | a text to a context, and back; the SDK has no such function: it reads a map, and writes to one |
//! | `map, extract` and `inject` | a map of strings with `traceparent`, `tracestate` and `baggage`, by every format that is on by default |
//! | `hostile` | one header of a megabyte or so, in ever other a form, as its format reads it |
//! | `legal, longest` | what is as long as the limits let it be, which is read and kept |

use std::collections::HashMap;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::process::Command;
use std::time::Instant;

use obs::__private::wire;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::Options;
use crate::report::{Report, median};
use crate::spans::heap;

const BURSTS: usize = 200;
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const STATE: &str = "ot=th:8,vendor=t61rcWkgMzE";
const BAGGAGE: &str = "tenant=acme,user=42;kind=id";
const MEGABYTE: usize = 1 << 20;

type Headers = HashMap<String, String>;

/// One header, however many lines it came in.
struct Lines(Vec<String>);

impl obs::Carrier for Lines {
    fn get_all(&self, _: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.0.iter().try_for_each(|line| each(line.as_bytes()))
    }

    fn set(&mut self, _: &'static str, _: &str) {}

    fn remove(&mut self, _: &'static str) {}
}

struct Subject {
    variant: String,
    name: &'static str,
    /// Calls in a burst.
    calls: u32,
    call: Box<dyn Fn()>,
}

impl Subject {
    fn new<R>(variant: &str, name: &'static str, calls: u32, call: impl Fn() -> R + 'static) -> Self {
        let call = move || {
            black_box(call());
        };
        Subject { variant: variant.to_owned(), name, calls, call: Box::new(call) }
    }
}

fn headers(of: &[(&str, &str)]) -> Headers {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn one_by_one() -> Vec<Subject> {
    let quick = 10_000;
    let context = wire::traceparent(PARENT.as_bytes()).expect("it is well-formed");
    let fast = fastrace::collector::SpanContext::decode_w3c_traceparent(PARENT).expect("it is well-formed");
    let carrier = headers(&[("traceparent", PARENT)]);
    let remote = TraceContextPropagator::new().extract(&carrier);
    let own = "traceparent, format";
    vec![
        Subject::new("traceparent, parse", "obs", quick, || wire::traceparent(black_box(PARENT).as_bytes())),
        Subject::new("traceparent, parse", "fastrace", quick, || {
            fastrace::collector::SpanContext::decode_w3c_traceparent(black_box(PARENT))
        }),
        Subject::new("traceparent, parse", "opentelemetry", quick, move || {
            TraceContextPropagator::new().extract(black_box(&carrier))
        }),
        Subject::new(own, "obs", quick, move || black_box(&*wire::traceparent_of(black_box(&context))).len()),
        Subject::new(own, "fastrace", quick, move || black_box(&fast).encode_w3c_traceparent()),
        Subject::new(own, "opentelemetry", quick, move || {
            let mut carrier = Headers::new();
            TraceContextPropagator::new().inject_context(black_box(&remote), &mut carrier);
            carrier
        }),
    ]
}

fn together() -> Vec<Subject> {
    let quick = 2_000;
    let carrier = headers(&[("traceparent", PARENT), ("tracestate", STATE), ("baggage", BAGGAGE)]);
    let theirs = carrier.clone();
    let read = obs::extract(&carrier);
    let context = BaggagePropagator::new()
        .extract_with_context(&TraceContextPropagator::new().extract(&carrier), &carrier);
    assert!(context.has_active_span() && context.baggage().len() == 2);
    vec![
        Subject::new("map, extract", "obs", quick, move || obs::extract(black_box(&carrier))),
        Subject::new("map, extract", "opentelemetry", quick, move || {
            let context = TraceContextPropagator::new().extract(black_box(&theirs));
            BaggagePropagator::new().extract_with_context(&context, &theirs)
        }),
        Subject::new("map, inject", "obs", quick, move || {
            let mut carrier = Headers::new();
            read.write_to(&mut carrier);
            carrier
        }),
        Subject::new("map, inject", "opentelemetry", quick, move || {
            let mut carrier = Headers::new();
            TraceContextPropagator::new().inject_context(&context, &mut carrier);
            BaggagePropagator::new().inject_context(&context, &mut carrier);
            carrier
        }),
    ]
}

/// A header as it is read here, and by the SDK where it is of one line.
fn read(
    variant: &str,
    header: &'static str,
    lines: Vec<String>,
    ours: impl Fn(&Lines) + 'static,
) -> Vec<Subject> {
    let mut subjects = Vec::new();
    if let ([line], "traceparent" | "tracestate" | "baggage") = (&lines[..], header) {
        let mut carrier = headers(&[("traceparent", PARENT)]);
        carrier.insert(header.to_owned(), line.clone());
        let theirs = move || match header {
            "baggage" => BaggagePropagator::new().extract(black_box(&carrier)),
            _ => TraceContextPropagator::new().extract(black_box(&carrier)),
        };
        subjects.push(Subject::new(variant, "opentelemetry", 1, theirs));
    }
    let lines = Lines(lines);
    subjects.push(Subject::new(variant, "obs", 200, move || ours(black_box(&lines))));
    subjects
}

fn hostile() -> Vec<Subject> {
    let traceparent = |lines: &Lines| drop(black_box(wire::read_traceparent(lines)));
    let tracestate = |lines: &Lines| drop(black_box(wire::read_tracestate(lines)));
    let baggage = |lines: &Lines| drop(black_box(wire::read_baggage(lines)));
    let long = |unit: &str| vec![unit.repeat(MEGABYTE / unit.len())];
    let many = |unit: &str| vec![unit.to_owned(); MEGABYTE / unit.len()];
    let members = |count: usize, each: usize| {
        (0..count).map(|n| format!("k{n:02}={}", "v".repeat(each - 4))).collect::<Vec<_>>().join(",")
    };
    let limit = |text: String| vec![format!("{text},{}", "x=y,".repeat(MEGABYTE / 4))];
    let wide = format!("k={}", "v".repeat(1022));
    let mut subjects = Vec::new();
    for (name, lines) in [
        ("one value", long("0123456789abcdef")),
        ("later version", vec![format!("cc{}-{}", &PARENT[2..], "x".repeat(MEGABYTE))]),
        ("spaces", long(" ")),
        ("lines", many(PARENT)),
    ] {
        subjects.extend(read(&format!("hostile traceparent, {name}"), "traceparent", lines, traceparent));
    }
    for (name, lines) in [
        ("one member", vec![format!("k={}", "v".repeat(MEGABYTE))]),
        ("members", long("k=v,")),
        ("commas", long(",")),
        ("spaces", long(" ")),
        ("long lines", many(&wide)),
        ("short lines", many("k=v")),
        ("empty lines", vec![String::new(); MEGABYTE]),
    ] {
        subjects.extend(read(
            &format!("hostile tracestate, {name}"),
            "tracestate",
            lines.clone(),
            tracestate,
        ));
        subjects.extend(read(&format!("hostile baggage, {name}"), "baggage", lines, baggage));
    }
    for (name, lines) in [
        ("64 long members first", limit(members(64, 127))),
        ("8192 commas first", limit(",".repeat(8192))),
        ("8192 spaces first", limit(" ".repeat(8192))),
        ("not ASCII", long("k=é,")),
    ] {
        subjects.extend(read(&format!("hostile baggage, {name}"), "baggage", lines, baggage));
    }
    for (name, header) in [("b3", "b3"), ("x-b3", "x-b3-traceid")] {
        let lines = long("80f198ee56343ba864fe8b2a57d3eff7-");
        subjects.extend(read(&format!("hostile {name}, one value"), header, lines, move |lines| {
            black_box((wire::read_b3(lines), wire::read_b3_multi(lines)));
        }));
    }
    subjects.extend(read(
        "hostile x-correlation-id, one value",
        "x-correlation-id",
        long("0123456789abcdef"),
        |lines| {
            black_box(wire::read_id(lines));
        },
    ));
    let key = |n: usize| format!("{n:0>256}={}", "v".repeat(256));
    let longest = vec![(0..32).map(key).collect::<Vec<_>>().join(",")];
    subjects.extend(read("legal, longest tracestate", "tracestate", longest, tracestate));
    subjects.extend(read("legal, longest baggage", "baggage", vec![members(64, 127)], baggage));
    subjects
}

fn subjects() -> Vec<Subject> {
    one_by_one().into_iter().chain(together()).chain(hostile()).collect()
}

pub fn measure(report: &mut Report, options: &Options) {
    let this = std::env::current_exe().expect("a program knows its file");
    for _ in 0..options.rounds {
        let output = Command::new(&this).args(["--child", "propagation"]).output().expect("it starts");
        let text = String::from_utf8(output.stdout).expect("it prints text");
        for line in text.lines() {
            let mut fields = line.split('|');
            let mut field = || fields.next().expect("it prints four fields");
            let (variant, subject) = (field(), field());
            let (nanos, allocations) = (field(), field());
            report.add("P11", variant, subject, "ns/op", nanos.parse().expect("a number"));
            let variant = format!("{variant}, allocations");
            report.add("P11", &variant, subject, "allocations/op", allocations.parse().expect("a number"));
        }
    }
}

/// Measures every subject in turn and prints a line for each: variant, subject, nanoseconds, allocations.
pub fn child() -> bool {
    for subject in subjects() {
        let Subject { variant, name, calls, call } = &subject;
        // One call may take milliseconds: then there are fewer.
        let bursts = if *calls == 1 { BURSTS / 10 } else { BURSTS };
        let times: Vec<f64> = (0..bursts)
            .map(|_| {
                let start = Instant::now();
                (0..*calls).for_each(|_| call());
                start.elapsed().as_nanos() as f64 / f64::from(*calls)
            })
            .collect();
        let allocations = heap::allocations(call);
        println!("{variant}|{name}|{}|{allocations}", median(&times));
    }
    true
}
