//! The OpenTelemetry API under a registry of the program's own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)] // a test fails by panicking; its name says what holds

use std::time::{Duration, UNIX_EPOCH};

use obs::testing::Memory;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{
    Span, SpanContext, Status, TraceContextExt, TraceFlags, TraceState, Tracer, TracerProvider,
    get_active_span, mark_span_as_active,
};
use opentelemetry::{Context, KeyValue};
use tracing::info_span;
use tracing_subscriber::prelude::*;

/// Spans by name, each with its parent's.
fn parents(memory: &Memory) -> Vec<(String, String)> {
    let spans = memory.spans();
    let name = |id| spans.iter().find(|span| span.context.span_id == id).map(|span| span.name.to_string());
    let parent = |id| name(id).unwrap_or_else(|| format!("{:x}", id.get()));
    spans
        .iter()
        .map(|span| (span.name.to_string(), span.parent.map_or_else(|| "nothing".to_owned(), parent)))
        .collect()
}

fn tenant() -> Option<String> {
    obs::baggage().get("tenant").map(|value| value.into_owned())
}

#[test]
fn both_kinds_of_spans_are_in_one_trace() {
    tracing_subscriber::registry().with(obs::layer()).init();
    let memory = Memory::default();
    let guard = obs::builder().exporter(memory.clone()).admin_off().log("off").init().unwrap();
    let tracer = obs::opentelemetry::tracer_provider().tracer("library");
    let mut expected = Vec::new();
    let mut expect = |name: &str, parent: &str| expected.push((name.to_owned(), parent.to_owned()));

    // In turns.
    info_span!("a").in_scope(|| {
        tracer.in_span("b", |cx| {
            let here = obs::current().unwrap().span_id.get().to_be_bytes();
            assert_eq!(here, cx.span().span_context().span_id().to_bytes());
            tracing::info!("said");
            info_span!("c").in_scope(|| tracer.in_span("d", |_| info_span!("e").in_scope(|| {})));
            info_span!("f").in_scope(|| {});
        });
        info_span!("g").in_scope(|| {});
    });
    for (name, parent) in
        [("e", "d"), ("d", "c"), ("c", "b"), ("f", "b"), ("b", "a"), ("g", "a"), ("a", "nothing")]
    {
        expect(name, parent);
    }

    // What was made elsewhere, by when it was entered.
    let (ours, cx) = (info_span!("ours"), Context::new().with_span(tracer.start("theirs")));
    {
        let _attached = cx.clone().attach();
        ours.in_scope(|| info_span!("below ours").in_scope(|| {}));
    }
    ours.in_scope(|| {
        let _attached = cx.clone().attach();
        info_span!("below theirs").in_scope(|| {});
    });
    cx.span().end();
    {
        let _attached = cx.attach();
        info_span!("late").in_scope(|| {});
        tracer.start("later").end();
    }
    drop(ours);
    for (name, parent) in [
        ("below ours", "ours"),
        ("below theirs", "theirs"),
        ("theirs", "nothing"),
        ("late", "theirs"),
        ("later", "theirs"),
        ("ours", "nothing"),
    ] {
        expect(name, parent);
    }

    // Of another process, with baggage.
    let remote = SpanContext::new(7.into(), 9.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
    {
        let cx = Context::new().with_remote_span_context(remote);
        let _attached = cx.with_baggage([KeyValue::new("tenant", "acme")]).attach();
        assert_eq!(obs::current().unwrap().span_id.get(), 9);
        info_span!("served").in_scope(|| assert_eq!(tenant().as_deref(), Some("acme")));
        tracer.start("served, too").end();
        let _nothing = Context::new().attach();
        info_span!("alone").in_scope(|| {});
    }
    assert_eq!((obs::current(), tenant()), (None, None));
    for (name, parent) in [("served", "9"), ("served, too", "9"), ("alone", "nothing")] {
        expect(name, parent);
    }

    // Everything that can be said.
    let at = |nanos| UNIX_EPOCH + Duration::from_nanos(nanos);
    let mut span = tracer.span_builder("before").with_start_time(at(1_000)).start(&tracer);
    span.set_attribute(KeyValue::new("n", 1));
    span.set_attribute(KeyValue::new("n", 2));
    span.add_event_with_timestamp("half way", at(1_050), vec![KeyValue::new("k", "v")]);
    span.set_status(Status::error("broken"));
    span.update_name("after");
    let held = mark_span_as_active(span);
    get_active_span(|span| span.end_with_timestamp(at(1_100)));
    get_active_span(|span| assert!(!span.is_recording()));
    expect("after", "nothing");

    guard.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(parents(&memory), expected);
    drop(held);
    guard.flush(Duration::from_secs(60)).unwrap();
    let spans = memory.spans();
    assert_eq!(spans.len(), expected.len(), "a span ends once");
    let after = spans.last().unwrap();
    assert_eq!((after.start_unix_nanos, after.duration_nanos, &*after.scope), (1_000, 100, "library"));
    assert_eq!(after.attribute("n"), Some(&2.into()));
    assert_eq!(after.status, obs::record::Status::Error("broken".into()));
    let event = &after.events[0];
    assert_eq!((&*event.name, event.time_unix_nanos, event.attributes.len()), ("half way", 1_050, 1));
    let b = spans.iter().find(|span| span.name == "b").unwrap();
    assert_eq!((b.events.len(), &*b.events[0].name), (1, "said"));
    assert_eq!(memory.logs()[0].context.as_ref().unwrap().span_id, b.context.span_id);
}
