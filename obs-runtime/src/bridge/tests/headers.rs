//! What travels.

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Span as _, TraceContextExt, Tracer as _};
use opentelemetry::{Context, KeyValue};
use tracing::info_span;

use super::super::{Propagator, context};
use super::tracer;
use crate::testing::capture;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn headers(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn tenant() -> Option<String> {
    crate::baggage().get("tenant").map(|value| value.into_owned())
}

#[test]
fn what_came_in_goes_out_again() {
    capture(|t| {
        let came = headers(&[
            ("traceparent", PARENT),
            ("tracestate", "vendor=1"),
            ("baggage", "tenant=a%20b;ttl=30"),
            ("x-correlation-id", "order-7"),
        ]);
        let propagator = Propagator::new();
        let fields: Vec<_> = propagator.fields().collect();
        assert_eq!(fields, ["traceparent", "tracestate", "baggage", "x-correlation-id", "x-request-id"]);
        let cx = propagator.extract(&came);
        assert!(cx.span().span_context().is_remote());
        assert_eq!(cx.baggage().get("tenant").map(|v| v.as_str()), Some("a b"));

        let mut out = HashMap::new();
        propagator.inject_context(&cx, &mut out);
        assert_eq!(out, came, "a context that is only passed on");

        let span = tracer().start_with_context("served", &cx);
        let id = span.span_context().span_id();
        let _attached = cx.with_span(span).attach();
        assert_eq!((tenant().as_deref(), crate::correlation_id().as_deref()), (Some("a b"), Some("order-7")));
        let mut out = HashMap::new();
        propagator.inject(&mut out);
        assert_eq!(out["traceparent"], PARENT.replace("00f067aa0ba902b7", &id.to_string()));
        assert_eq!((&*out["tracestate"], &*out["baggage"]), ("vendor=1", "tenant=a%20b;ttl=30"));
        assert_eq!(out["x-correlation-id"], "order-7");
        let mut ours = HashMap::new();
        crate::inject(&mut ours);
        assert_eq!(ours, out, "the same by our own door");
        info_span!("inside").in_scope(|| {
            let mut out = HashMap::new();
            propagator.inject(&mut out);
            let inside = crate::current().unwrap();
            assert!(out["traceparent"].contains(&inside.span_id.to_string()), "{out:?}");
            assert_eq!(tenant().as_deref(), Some("a b"));
        });
        drop(_attached);
        assert!(t.tree().starts_with("served"), "{}", t.tree());
        assert_eq!(t.spans()[1].parent.unwrap().to_string(), "00f067aa0ba902b7");
    });
}

#[test]
fn headers_that_break_the_rules_bring_nothing() {
    let cx = Propagator::new().extract(&headers(&[("traceparent", "00-zz")]));
    assert!(!cx.span().span_context().is_valid());
}

#[test]
fn baggage_of_an_attached_context_goes_along_and_is_left() {
    let _observing = Propagator::new();
    capture(|_| {
        let with = |tenant: &'static str| Context::current_with_baggage([KeyValue::new("tenant", tenant)]);
        info_span!("ours").in_scope(|| {
            assert_eq!(tenant(), None);
            {
                let _outer = with("outer").attach();
                assert_eq!(tenant().as_deref(), Some("outer"));
                let here = crate::current().map(|c| c.span_id);
                info_span!("below").in_scope(|| assert_eq!(tenant().as_deref(), Some("outer")));
                assert_eq!(crate::current().map(|c| c.span_id), here, "the span is the same");
                {
                    let _inner = with("inner").attach();
                    assert_eq!(tenant().as_deref(), Some("inner"));
                    let _cleared = Context::current().with_cleared_baggage().attach();
                    assert_eq!(tenant(), None);
                }
                assert_eq!(tenant().as_deref(), Some("outer"));
            }
            assert_eq!(tenant(), None);
        });
        let _nowhere = with("nowhere").attach();
        assert_eq!(tenant().as_deref(), Some("nowhere"), "it needs no span");
    });
}

#[test]
fn our_baggage_is_in_a_context_that_is_asked_for() {
    capture(|_| {
        crate::Context::current().with_baggage("tenant", "acme").in_scope(|| {
            info_span!("ours").in_scope(|| {
                let cx = context();
                assert_eq!(cx.baggage().get("tenant").map(|v| v.as_str()), Some("acme"));
                let ours = crate::current().unwrap().span_id.get().to_be_bytes();
                assert_eq!(cx.span().span_context().span_id().to_bytes(), ours);
            });
        });
    });
}
