//! `tracing-opentelemetry`.

use std::collections::HashMap;

use opentelemetry::trace::{SpanId, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::info_span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::with_layer;

#[test]
fn both_export_the_same_tree() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    with_layer(tracing_opentelemetry::layer().with_tracer(provider.tracer("interop")), |telemetry| {
        let theirs: HashMap<SpanId, SpanData> = exporter
            .get_finished_spans()
            .unwrap()
            .into_iter()
            .map(|span| (span.span_context.span_id(), span))
            .collect();
        let ours: HashMap<_, _> = telemetry.spans().into_iter().map(|s| (s.context.span_id, s)).collect();
        let mut their_parents: Vec<_> = theirs
            .values()
            .map(|s| (s.name.to_string(), theirs.get(&s.parent_span_id).map(|p| p.name.to_string())))
            .collect();
        let mut our_parents: Vec<_> = ours
            .values()
            .map(|s| (s.name.to_string(), s.parent.and_then(|p| ours.get(&p)).map(|p| p.name.to_string())))
            .collect();
        their_parents.sort();
        our_parents.sort();
        assert_eq!(our_parents, their_parents);
        let traces: std::collections::HashSet<_> =
            theirs.values().map(|s| s.span_context.trace_id()).collect();
        assert_eq!((theirs.len(), traces.len()), (5, 1));
        let request = theirs.values().find(|s| s.name == "request").unwrap();
        assert!(request.attributes.iter().any(|a| a.key.as_str() == "late"));
        assert_eq!(theirs.values().map(|s| s.events.len()).sum::<usize>(), 3);
        let current = info_span!("current").in_scope(|| tracing::Span::current().context());
        assert!(current.span().span_context().is_valid());
    });
}

/// The layer attaches a context of its own SDK's for every span that is entered: no parent of ours.
#[test]
fn our_tree_is_the_same_where_the_api_is_ours() {
    let provider = SdkTracerProvider::builder().with_simple_exporter(InMemorySpanExporter::default()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("interop"));
    let ours = obs::opentelemetry::tracer_provider().tracer("ours");
    obs::testing::capture_with_layer(layer, |telemetry| {
        info_span!("a").in_scope(|| {
            info_span!("b").in_scope(|| {});
            ours.in_span("c", |_| {
                info_span!("d").in_scope(|| ours.in_span("e", |_| {}));
                info_span!("f").in_scope(|| {});
            });
            ours.start("g");
            let mut headers = HashMap::new();
            let propagator = obs::opentelemetry::Propagator::new();
            opentelemetry::propagation::TextMapPropagator::inject(&propagator, &mut headers);
            assert!(headers["traceparent"].contains(&obs::current().unwrap().span_id.to_string()));
        });
        info_span!("h").in_scope(|| {});
        assert_eq!(telemetry.tree(), "a\n|- b\n|- c\n|  |- d\n|  |  `- e\n|  `- f\n`- g\nh\n");
    });
}
