//! Captures see who is inside and nothing else, and nobody sees them.

use std::sync::Barrier;
use std::thread;

use crate::engine::span::CallSpan as Span;

use super::functions::verdict;
use super::*;
use crate::call::Call;
use crate::callsite::{Plan, Signals};
use crate::outcome::Outcome;
use crate::service::service;

#[test]
fn captures_of_parallel_threads_do_not_mix_and_stay_out_of_the_exposition() {
    static RUNS: Counter<ByRegion> = Counter::new(declared("captured_runs_total", &[], 1));
    static SIZES: Histogram<RetriedOutcome> = Histogram::new(declared("captured_bytes", &[1.0], 2));
    static LEVEL: Gauge<None_> = Gauge::new(declared("captured_level", &[], 3));
    let together = Barrier::new(2);
    let test = |n: u32| {
        let captured = Captured::default();
        let _inside = captured.enter();
        together.wait();
        RUNS.with(ByRegion(Region::Eu)).add(u64::from(n));
        service("captured-service").in_scope(|| RUNS.with(ByRegion(Region::Eu)).inc());
        let sizes = SIZES.with(RetriedOutcome(true));
        sizes.outcome(Outcome::Ok).observe(f64::from(n));
        sizes.outcome(Outcome::Error).observe(0.5);
        LEVEL.set(f64::from(n));
        together.wait();
        assert_eq!(captured.counter(&RUNS, ByRegion(Region::Eu), None), u64::from(n) + 1);
        assert_eq!(captured.counter(&RUNS, ByRegion(Region::Us), None), 0);
        let summary = |count, sum| Summary { count, sum };
        let of = |outcome| captured.histogram(&SIZES, RetriedOutcome(true), outcome);
        assert_eq!(of(Some(Outcome::Ok)), summary(1, f64::from(n)));
        assert_eq!(of(None), summary(2, f64::from(n) + 0.5));
        assert_eq!(of(Some(Outcome::Panicked)), Summary::default());
        assert_eq!(captured.gauge(&LEVEL, None_), Some(f64::from(n)));
    };
    thread::scope(|scope| {
        scope.spawn(|| test(3));
        test(40);
    });
    let catalog = [Entry::Metric(&RUNS), Entry::Metric(&SIZES), Entry::Metric(&LEVEL)];
    let expected = [
        "counter captured_runs_total [] Help.",
        "captured_runs_total{region=eu} 0",
        "captured_runs_total{region=us} 0",
    ];
    assert_eq!(drawn(&catalog), expected);
}

#[test]
fn captures_nest_and_may_end_in_any_order() {
    static NESTED: Counter<None_> = Counter::new(declared("nested_total", &[], 1));
    let (outer, inner) = (Captured::default(), Captured::default());
    let in_outer = outer.enter();
    NESTED.add(1);
    let in_inner = inner.enter();
    NESTED.add(10);
    let count = |captured: &Captured| captured.counter(&NESTED, None_, None);
    assert_eq!((count(&outer), count(&inner)), (1, 10));
    drop(in_outer);
    NESTED.add(100);
    assert_eq!(count(&inner), 110);
    drop(in_inner);
    NESTED.add(1000);
    assert_eq!(drawn(&[Entry::Metric(&NESTED)]).pop().unwrap(), "nested_total{} 1000");
}

#[test]
fn threads_inside_one_capture_are_added_up_and_share_levels() {
    static SHARED: Counter<None_> = Counter::new(declared("inside_total", &[], 1));
    static LEVEL: Gauge<None_> = Gauge::new(declared("inside_level", &[], 2));
    let captured = Captured::default();
    thread::scope(|scope| {
        for n in 1..=8u64 {
            let captured = captured.clone();
            scope.spawn(move || {
                for _ in 0..100 {
                    let _inside = captured.enter(); // as a future does at every poll
                    SHARED.add(n);
                    LEVEL.add(1.0);
                }
            });
        }
    });
    assert_eq!(captured.counter(&SHARED, None_, None), 3600);
    assert_eq!(captured.gauge(&LEVEL, None_), Some(800.0));
    assert!(captured.blocks(&SHARED) <= 8, "a table goes to the next who enters");
    let catalog = [Entry::Metric(&SHARED), Entry::Metric(&LEVEL)];
    let shown = drawn(&catalog);
    assert!(shown.iter().any(|line| line == "inside_total{} 0"), "{shown:?}");
    assert!(!shown.iter().any(|line| line.starts_with("inside_level{")), "{shown:?}");
}

#[test]
#[allow(unsafe_code)] // a place in the linker section, as every annotation has
fn the_shared_families_are_captured_by_function() {
    const PLAN: Plan = Plan::of(Signals::CALLS.and(Signals::DURATION).and(Signals::IN_FLIGHT));
    crate::__obs_callsite! { line!(), "captured_function\ncaptured_function\n\n", PLAN, measured }

    let function = "captured_function";
    let captured = Captured::default();
    let _inside = captured.enter();
    let mut call = Call::start(&__OBS_CALLSITE, Span::none(), []);
    assert_eq!(captured.in_flight(function), 1);
    call.finish(verdict(Outcome::Error));
    assert_eq!(captured.in_flight(function), 0);
    assert_eq!(captured.calls(function, Outcome::Error), 1);
    assert_eq!(captured.calls(function, Outcome::Ok), 0);
    assert_eq!(captured.durations(function, Outcome::Error).count, 1);
}
