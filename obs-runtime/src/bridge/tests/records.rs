//! What is in a record of a span that the API made.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    Event, Link, Span as _, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceState,
    Tracer as _,
};
use opentelemetry::{Array, Context, KeyValue, Value};

use super::tracer;
use crate::engine::limits::Limits;
use crate::engine::sampler::{SamplerSettings, Sampling};
use crate::engine::subscriber::Wanted;
use crate::record::{self, SpanRecord};
use crate::testing::{Recorded, capture};

fn linked(span: u64) -> SpanContext {
    SpanContext::new(
        1.into(),
        span.into(),
        TraceFlags::SAMPLED,
        true,
        "a=b".parse().unwrap_or(TraceState::NONE),
    )
}

fn at(nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanos)
}

fn names(span: &SpanRecord) -> Vec<&str> {
    span.attributes.iter().map(|a| &*a.key).collect()
}

#[test]
fn everything_that_was_said_is_there() {
    capture(|t| {
        let mut span = tracer()
            .span_builder("before")
            .with_kind(SpanKind::Client)
            .with_start_time(at(1_000_000_007))
            .with_attributes([KeyValue::new("at.start", "yes")])
            .with_links(vec![Link::with_context(linked(5))])
            .with_events(vec![Event::new("begun", at(1_000_000_009), vec![], 3)])
            .start(&tracer());
        span.set_attribute(KeyValue::new("bool", true));
        span.set_attribute(KeyValue::new("int", i64::MIN));
        span.set_attribute(KeyValue::new("float", 0.5));
        span.set_attribute(KeyValue::new("text", "größer".to_owned()));
        span.set_attribute(KeyValue::new("texts", Value::Array(Array::String(vec!["a".into(), "b".into()]))));
        span.set_attribute(KeyValue::new("ints", Value::Array(vec![1_i64, 2].into())));
        span.set_attribute(KeyValue::new("int", 7));
        span.add_event_with_timestamp("half way", at(1_000_000_008), vec![KeyValue::new("n", 1)]);
        span.record_error(&std::io::Error::other("no disk"));
        span.add_link(linked(6), vec![KeyValue::new("lost", 1)]);
        span.add_link(SpanContext::NONE, vec![]);
        span.update_name("after");
        span.set_status(Status::error("broken"));
        span.set_status(Status::Unset);
        assert!(span.is_recording() && span.span_context().is_valid() && !span.span_context().is_remote());
        span.end_with_timestamp(at(1_000_000_107));
        assert!(!span.is_recording());
        span.set_attribute(KeyValue::new("late", 1));
        span.add_event("late", vec![]);
        span.end();
        let context = span.span_context().clone();
        drop(span);

        let spans = t.spans();
        assert_eq!(spans.len(), 1, "it ends once");
        let span = &spans[0];
        assert_eq!((&*span.name, &*span.scope, span.kind), ("after", "library", record::SpanKind::Client));
        assert_eq!((span.start_unix_nanos, span.duration_nanos), (1_000_000_007, 100));
        assert_eq!(span.status, record::Status::Error("broken".into()));
        assert_eq!(span.outcome, None);
        assert_eq!(names(span), ["at.start", "bool", "int", "float", "text", "texts", "ints"]);
        for (name, value) in [
            ("at.start", "yes".into()),
            ("bool", true.into()),
            ("int", record::Value::Int(7)),
            ("float", 0.5.into()),
            ("text", "größer".into()),
            ("texts", r#"["a","b"]"#.into()),
            ("ints", "[1,2]".into()),
        ] {
            assert_eq!(span.attribute(name), Some(&value), "{name}");
        }
        let events: Vec<_> =
            span.events.iter().map(|e| (&*e.name, e.attributes.len(), e.dropped_attributes)).collect();
        assert_eq!(events, [("half way", 1, 0), ("begun", 0, 3), ("exception", 1, 0)]);
        assert_eq!(span.events[0].time_unix_nanos, 1_000_000_008);
        assert_eq!(span.events[2].attributes[0].value, "no disk".into());
        let links: Vec<_> =
            span.links.iter().map(|l| (l.context.span_id.get(), l.context.tracestate.as_deref())).collect();
        assert_eq!(links, [(5, Some("a=b")), (6, Some("a=b"))]);
        assert_eq!(context.span_id().to_bytes(), span.context.span_id.get().to_be_bytes());
        assert_eq!(context.trace_id().to_bytes(), span.context.trace_id.get().to_be_bytes());
    });
}

#[test]
fn that_all_is_well_is_the_last_word() {
    capture(|t| {
        let mut span = tracer().start("well");
        span.set_status(Status::error("first"));
        span.set_status(Status::Ok);
        span.set_status(Status::error("later"));
        drop(span);
        let mut span = tracer().start("twice");
        span.set_status(Status::error("first"));
        span.set_status(Status::error(""));
        drop(span);
        let status: Vec<_> = t.spans().iter().map(|span| span.status.clone()).collect();
        assert_eq!(status, [record::Status::Ok, record::Status::Error("".into())]);
    });
}

#[test]
fn what_exceeds_the_limits_is_counted() {
    let limits = Limits { attributes: 2, value_length: 4, events: 1, links: 1, event_attributes: 1 };
    let (recorded, engine) = Recorded::new(limits, SamplerSettings::default(), Wanted::all());
    tracing::subscriber::with_default(engine, || {
        let mut span = tracer().start("much");
        for n in 0..5 {
            span.set_attribute(KeyValue::new(format!("k{n}"), "123456"));
            span.add_event("e", vec![KeyValue::new("a", "123456"), KeyValue::new("b", 2)]);
            span.add_link(linked(n + 1), vec![]);
        }
        span.end();
    });
    let spans = recorded.spans();
    let span = &spans[0];
    assert_eq!((span.attributes.len(), span.dropped_attributes), (2, 3));
    assert_eq!(span.attribute("k0"), Some(&"1234".into()));
    assert_eq!((span.events.len(), span.dropped_events, span.links.len(), span.dropped_links), (1, 4, 1, 4));
    let event = &span.events[0];
    assert_eq!((event.attributes.len(), event.dropped_attributes), (1, 1));
    assert_eq!(event.attributes[0].value, "1234".into());
}

#[test]
fn an_attribute_that_is_set_over_and_over_takes_no_more_room() {
    capture(|t| {
        let mut span = tracer().start("busy");
        let text = "x".repeat(1000);
        for n in 0..1000 {
            span.set_attribute(KeyValue::new("n", n));
            span.set_attribute(KeyValue::new("text", text.clone()));
        }
        span.end();
        let span = &t.spans()[0];
        assert_eq!((span.attribute("n"), span.dropped_attributes), (Some(&record::Value::Int(999)), 0));
    });
}

#[test]
fn what_tracing_tells_is_on_the_span_that_is_attached() {
    capture(|t| {
        tracer().in_span("theirs", |cx| {
            tracing::info!("said");
            let logs = t.logs();
            let context = logs[0].context.clone().unwrap();
            assert_eq!(context.span_id.get().to_be_bytes(), cx.span().span_context().span_id().to_bytes());
            assert_eq!(logs[0].span.as_deref(), Some("theirs"));
        });
        let span = &t.spans()[0];
        assert_eq!((span.events.len(), &*span.events[0].name), (1, "said"));
    });
}

fn sampled(sampling: SamplerSettings, work: impl FnOnce()) -> Recorded {
    let (recorded, engine) = Recorded::new(Limits::default(), sampling, Wanted::all());
    tracing::subscriber::with_default(engine, work);
    recorded
}

#[test]
fn the_sampler_decides_and_children_follow() {
    let off = || SamplerSettings { sampling: Sampling::AlwaysOff, ..SamplerSettings::default() };
    let recorded = sampled(off(), || {
        tracer().in_span("a", |cx| {
            assert!(!cx.span().is_recording() && !cx.span().span_context().is_sampled());
            tracing::info_span!("b").in_scope(|| {
                let here = crate::current().unwrap();
                assert!(!here.is_sampled());
                assert_eq!(here.trace_id.get().to_be_bytes(), cx.span().span_context().trace_id().to_bytes());
                assert!(!tracer().start("c").is_recording());
            });
        });
    });
    assert!(recorded.spans().is_empty());
    // For the tail rule it is recorded all the same.
    sampled(SamplerSettings { tail: true, ..off() }, || {
        let span = tracer().start("kept, perhaps");
        assert!(span.is_recording() && !span.span_context().is_sampled());
    });
    let half = SamplerSettings { sampling: Sampling::TraceIdRatio(1.0), ..SamplerSettings::default() };
    assert_eq!(sampled(half, || tracer().start("sampled").end()).spans().len(), 1);
}

#[test]
fn a_span_that_a_filter_leaves_out_passes_on_what_is_above() {
    let filter = Wanted { filter: std::sync::Arc::new(|m| m.target() != "opentelemetry"), ..Wanted::all() };
    let (recorded, engine) = Recorded::new(Limits::default(), SamplerSettings::default(), filter);
    tracing::subscriber::with_default(engine, || {
        tracing::info_span!("above").in_scope(|| {
            tracer().in_span("left out", |cx| {
                let above = crate::current().unwrap().span_id.get().to_be_bytes();
                assert_eq!(cx.span().span_context().span_id().to_bytes(), above);
                cx.span().set_attribute(KeyValue::new("lost", true));
                tracing::info_span!("below").in_scope(|| {});
            });
        });
    });
    assert_eq!(recorded.tree(), "above\n`- below\n");
    assert!(recorded.spans().iter().all(|span| !span.parent_is_remote));
}

#[test]
fn what_was_not_ended_ends_when_it_is_dropped() {
    capture(|t| {
        let cx = Context::new().with_span(tracer().start("forgotten"));
        assert_eq!(t.spans().len(), 0);
        drop(cx);
        assert_eq!(t.tree(), "forgotten\n");
    });
}
