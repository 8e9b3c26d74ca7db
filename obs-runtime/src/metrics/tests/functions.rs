//! The shared families, driven by the guard of an annotated call.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use super::*;
use crate::call::{Call, Place, Scope};
use crate::callsite::{Callsite, Plan, Signals};
use crate::context::{SpanContext, SpanId, TraceId, Witness};
use crate::engine::pending::Parent;
use crate::engine::span::CallSpan as Span;
use crate::outcome::{Finished, Outcome, Verdict};

const ALL: Signals = Signals::CALLS.and(Signals::DURATION).and(Signals::IN_FLIGHT);

macro_rules! callsite {
    ($name:ident, $function:literal, $signals:expr) => {
        static $name: Callsite =
            Callsite::new(concat!("shop\n\n\n", $function, "\n", $function), Plan::of($signals), None);
    };
}

pub(super) fn verdict(outcome: Outcome) -> Verdict {
    Verdict { outcome, error_type: None }
}

fn without_durations(catalog: &[Entry]) -> Vec<String> {
    let mut lines = drawn(catalog);
    lines.retain(|l| !l.contains("duration_seconds{"));
    lines
}

#[test]
fn every_way_to_end_is_one_call_in_each_family() {
    callsite!(PLACE, "Shop::place", ALL);
    let begin = || Call::start(&PLACE, Span::none(), []);
    begin().finish(verdict(Outcome::Ok));
    begin().finish(verdict(Outcome::Error));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut place = Place::new();
        let _call = Scope::begin(&mut place, &PLACE);
        panic!("expected by the test")
    }));
    assert!(panicked.is_err());
    let pending = begin();
    drop(pending); // as a future does that nobody polls to its end
    let expected = [
        "gauge function_calls_in_flight [] Calls of annotated functions that have begun and not ended.",
        "function_calls_in_flight{module=shop,function=Shop::place} 0",
        "counter function_calls_total [] Calls of annotated functions, by how they ended.",
        "function_calls_total{module=shop,function=Shop::place,outcome=ok} 1",
        "function_calls_total{module=shop,function=Shop::place,outcome=error} 1",
        "function_calls_total{module=shop,function=Shop::place,outcome=panicked} 1",
        "function_calls_total{module=shop,function=Shop::place,outcome=cancelled} 1",
        "histogram function_duration_seconds [seconds] How long calls of annotated functions took, by how they ended.",
    ];
    assert_eq!(without_durations(&[Entry::Function(&PLACE)]), expected);
    let durations = drawn(&[Entry::Function(&PLACE)]);
    let durations = durations.iter().filter(|l| l.contains("duration_seconds{"));
    assert_eq!(durations.clone().count(), 4);
    for line in durations {
        let buckets = line.split(['[', ']']).nth(1).unwrap().split(", ");
        let count: u64 = buckets.map(|b| b.parse::<u64>().unwrap()).sum();
        assert_eq!(count, 1, "{line}");
    }
}

#[test]
fn a_function_that_was_never_called_is_at_zero() {
    callsite!(IDLE, "idle", ALL);
    callsite!(SILENT, "silent", Signals::SPAN);
    let expected = [
        "counter function_calls_total [] Calls of annotated functions, by how they ended.",
        "function_calls_total{module=shop,function=idle,outcome=ok} 0",
        "function_calls_total{module=shop,function=idle,outcome=error} 0",
    ];
    let catalog = [Entry::Function(&SILENT), Entry::Function(&IDLE)];
    assert_eq!(drawn(&catalog), expected);
}

#[test]
fn callsites_with_equal_labels_are_summed() {
    callsite!(ONE, "generic", ALL);
    callsite!(OTHER, "generic", Signals::CALLS);
    Call::start(&ONE, Span::none(), []).finish(verdict(Outcome::Ok));
    Call::start(&OTHER, Span::none(), []).finish(verdict(Outcome::Ok));
    let lines = drawn(&[Entry::Function(&ONE), Entry::Function(&OTHER)]);
    let ok = "function_calls_total{module=shop,function=generic,outcome=ok} 2";
    assert_eq!(lines.iter().filter(|l| l.contains("outcome=ok")).count(), 2); // the other is the histogram's
    assert!(lines.contains(&ok.to_owned()), "{lines:?}");
}

#[test]
fn a_call_that_ends_on_another_thread_is_in_flight_no_more() {
    callsite!(MOVED, "moved", Signals::IN_FLIGHT);
    let shown = || drawn(&[Entry::Function(&MOVED)]).pop().unwrap();
    let call = Call::start(&MOVED, Span::none(), []);
    assert_eq!(shown(), "function_calls_in_flight{module=shop,function=moved} 1");
    thread::spawn(move || drop(call)).join().unwrap();
    assert_eq!(shown(), "function_calls_in_flight{module=shop,function=moved} 0");
}

#[test]
fn named_metrics_get_the_outcome_and_the_time_of_the_call() {
    static ORDERS: Counter<RetriedOutcome> = Counter::new(declared("named_orders_total", &[], 1));
    static TIMES: Histogram<ByRegion> = Histogram::new(declared("named_seconds", &[3600.0], 2));
    callsite!(NAMED, "named", Signals::SPAN);
    let metrics =
        || [Some(counted(&ORDERS, RetriedOutcome(true))), Some(timed(&TIMES, ByRegion(Region::Us)))];
    Call::start(&NAMED, Span::none(), metrics()).finish(verdict(Outcome::Error));
    drop(Call::start(&NAMED, Span::none(), metrics()));
    let lines = drawn(&[Entry::Metric(&ORDERS), Entry::Metric(&TIMES)]);
    for line in [
        "named_orders_total{retried=true,outcome=error} 1",
        "named_orders_total{retried=true,outcome=cancelled} 1",
    ] {
        assert!(lines.contains(&line.to_owned()), "{lines:?}");
    }
    assert!(lines.last().unwrap().starts_with("named_seconds{region=us} [2, 0] sum "));
}

#[test]
fn a_sampled_call_leaves_an_exemplar_in_its_bucket() {
    static TIMES: Histogram<None_> = Histogram::new(declared("exemplar_seconds", &[0.5, 1.0], 1));
    let context = SpanContext {
        trace_id: TraceId::new(7).unwrap(),
        span_id: SpanId::new(9).unwrap(),
        flags: SpanContext::SAMPLED,
        tracestate: None,
    };
    let witness = Witness { context: context.clone(), correlation_id: Some("order-7".into()) };
    let finish = |millis, witness: Option<&Witness>| {
        timed(&TIMES, None_).finish(&Finished {
            outcome: Outcome::Ok,
            error_type: None,
            seconds: Duration::from_millis(millis).as_secs_f64(),
            exemplar: Some(|| witness.cloned()),
            service: crate::service::Service::current(),
        });
    };
    finish(100, None);
    finish(750, Some(&witness));
    let drawing = draw(&[Entry::Metric(&TIMES)], &Services::now());
    let [exemplar] = drawing.exemplars.as_slice() else {
        panic!("{:?}", drawing.exemplars);
    };
    assert_eq!((exemplar.context.as_ref(), exemplar.value), (Some(&context), 0.75));
    assert_eq!(exemplar.correlation_id.as_deref(), Some("order-7"));
    assert!(exemplar.time_unix_nanos > 0);
}

#[test]
fn a_call_counts_under_the_service_of_the_span_it_is_in() {
    callsite!(CHILD, "child", Signals::CALLS.and(Signals::IN_FLIGHT));
    let (_memory, _guard) = crate::testing::record();
    let parent = crate::service::service("functions-parent").in_scope(|| tracing::info_span!("parent"));
    let mut call = parent.in_scope(|| Call::start(&CHILD, Span::none(), []));
    call.finish(verdict(Outcome::Ok)); // elsewhere
    let lines = super::drawn_by_service(&[Entry::Function(&CHILD)]);
    let counted = lines.iter().find(|l| l.starts_with("function_calls_total") && l.ends_with(" 1")).unwrap();
    assert!(counted.contains("service_name=functions-parent"), "{lines:?}");
    let in_flight: Vec<_> = lines.iter().filter(|l| l.starts_with("function_calls_in_flight")).collect();
    assert!(in_flight.iter().all(|l| l.ends_with(" 0")), "{lines:?}");
}

#[test]
fn a_call_counts_under_the_service_that_its_span_took_from_its_parent() {
    callsite!(SPANNED, "spanned", Signals::SPAN.and(Signals::CALLS).and(Signals::IN_FLIGHT));
    let (_memory, _guard) = crate::testing::record();
    let parent = crate::service::service("functions-above").in_scope(|| tracing::info_span!("parent"));
    let above = Parent::Local(parent.id().unwrap());
    let mut call = Call::begin_with(&SPANNED, above, &mut |values| values(&[]), []);
    call.finish(verdict(Outcome::Ok));
    let lines = super::drawn_by_service(&[Entry::Function(&SPANNED)]);
    let counted = lines.iter().find(|l| l.starts_with("function_calls_total") && l.ends_with(" 1")).unwrap();
    assert!(counted.contains("service_name=functions-above"), "{lines:?}");
    let in_flight: Vec<_> = lines.iter().filter(|l| l.starts_with("function_calls_in_flight")).collect();
    assert!(in_flight.iter().all(|l| l.ends_with(" 0")), "{lines:?}");
}

fn sampled() -> Option<Witness> {
    let (trace_id, span_id) = (TraceId::new(7)?, SpanId::new(8)?);
    let context = SpanContext { trace_id, span_id, flags: 1, tracestate: None };
    Some(Witness { context, correlation_id: None })
}

#[test]
fn of_two_declarations_the_later_exemplar_is_shown() {
    static ONE: Histogram<None_> = Histogram::new(declared("late_seconds", &[1.0], 1));
    static OTHER: Histogram<None_> = Histogram::new(declared("late_seconds", &[1.0], 2));
    for (metric, value) in [(&ONE, 0.25), (&OTHER, 0.5)] {
        let before = crate::clock::unix_nanos();
        while crate::clock::unix_nanos() == before {}
        metric.descriptor().observe(0, value, sampled);
    }
    let services = Services(vec!["the-process".to_owned()]);
    for catalog in
        [[Entry::Metric(&ONE), Entry::Metric(&OTHER)], [Entry::Metric(&OTHER), Entry::Metric(&ONE)]]
    {
        let values: Vec<f64> = draw(&catalog, &services).exemplars.iter().map(|e| e.value).collect();
        assert_eq!(values, [0.5]);
    }
}

#[test]
fn what_is_captured_leaves_no_exemplar_outside() {
    static TIMES: Histogram<None_> = Histogram::new(declared("captured_seconds", &[1.0], 1));
    {
        let _inside = Captured::default().enter();
        TIMES.descriptor().observe(0, 0.5, sampled);
    }
    assert!(TIMES.descriptor().cells.exemplars(0, 0).iter().all(Option::is_none));
}
