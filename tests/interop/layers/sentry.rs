//! `sentry-tracing`.

use std::sync::Arc;

use sentry_core::protocol::{Context, EnvelopeItem, TraceId};
use sentry_core::test::TestTransport;
use sentry_core::{Client, ClientOptions, Hub, Scope};

use sentry_tracing::{BreadcrumbLayer, ErrorLayer, SpanLayer};
use tracing::{error, info_span, warn};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;

use crate::with_layer;

fn trace_of(context: &Context) -> TraceId {
    let Context::Trace(trace) = context else { panic!("{context:?}") };
    trace.trace_id
}

#[test]
fn a_root_is_a_transaction_with_the_spans_below_and_an_error_has_the_warnings_before_it() {
    let transport = TestTransport::new();
    let options = ClientOptions::new()
        .dsn("https://public@sentry.invalid/1")
        .transport(Arc::clone(&transport))
        .traces_sample_rate(1.0);
    let hub = Arc::new(Hub::new(Some(Arc::new(Client::from(options))), Arc::new(Scope::default())));
    let layer = SpanLayer::new()
        .and_then(BreadcrumbLayer::new())
        .and_then(ErrorLayer::new().with_filter(LevelFilter::ERROR));
    Hub::run(hub, || {
        with_layer(layer, |_| {
            info_span!("failing").in_scope(|| {
                warn!("before");
                error!("broken");
            })
        });
    });
    let envelopes = transport.fetch_and_clear_envelopes();
    let transactions: Vec<_> = envelopes
        .iter()
        .flat_map(|e| e.items())
        .filter_map(|item| if let EnvelopeItem::Transaction(t) = item { Some(t) } else { None })
        .collect();
    let named = |name: &str| transactions.iter().find(|t| t.name.as_deref().unwrap().contains(name)).unwrap();
    let (transaction, failing) = (named("request"), named("failing"));
    assert_eq!(transactions.len(), 2);
    let names: Vec<_> = transaction.spans.iter().filter_map(|s| s.description.as_deref()).collect();
    for name in ["place", "by hand", "later", "inner"] {
        assert!(names.iter().any(|n| n.contains(name)), "{name} in {names:?}");
    }
    let error = envelopes.iter().find_map(sentry_core::Envelope::event).unwrap();
    assert!(error.breadcrumbs.iter().any(|b| b.message.as_deref() == Some("before")));
    assert_eq!(error.contexts.get("trace").map(trace_of), failing.contexts.get("trace").map(trace_of));
}
