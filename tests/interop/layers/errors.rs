//! `tracing-error`.

use tracing::info_span;
use tracing_error::{ErrorLayer, SpanTrace, SpanTraceStatus};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;

use crate::with_layer;

#[test]
fn an_error_tells_the_spans_it_happened_in() {
    with_layer(ErrorLayer::default(), |_| {
        let trace =
            info_span!("outer", id = 1).in_scope(|| info_span!("inner", x = 2).in_scope(SpanTrace::capture));
        assert_eq!(trace.status(), SpanTraceStatus::CAPTURED);
        let mut spans = Vec::new();
        trace.with_spans(|metadata, fields| {
            spans.push(format!("{} {fields}", metadata.name()));
            true
        });
        assert_eq!(spans, ["inner x=2", "outer id=1"]);
    });
}

#[test]
fn an_error_in_a_span_that_the_layer_does_not_want_tells_those_above() {
    let unwanted = filter_fn(|metadata| metadata.name() != "unwanted");
    with_layer(unwanted.and_then(ErrorLayer::default()), |_| {
        let trace = info_span!("wanted").in_scope(|| info_span!("unwanted").in_scope(SpanTrace::capture));
        let mut spans = Vec::new();
        trace.with_spans(|metadata, _| {
            spans.push(metadata.name());
            true
        });
        assert_eq!(spans, ["wanted"]);
        info_span!("unwanted").in_scope(|| drop(SpanTrace::capture().to_string()));
    });
}
