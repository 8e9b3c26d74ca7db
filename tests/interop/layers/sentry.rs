//! `sentry-tracing`.

use std::sync::Arc;

use sentry_core::protocol::EnvelopeItem;
use sentry_core::test::TestTransport;
use sentry_core::{Client, ClientOptions, Hub, Scope};

use crate::with_layer;

#[test]
fn a_root_is_a_transaction_with_the_spans_below_and_a_warning_a_breadcrumb() {
    let transport = TestTransport::new();
    let options = ClientOptions::new()
        .dsn("https://public@sentry.invalid/1")
        .transport(Arc::clone(&transport))
        .traces_sample_rate(1.0);
    let hub = Arc::new(Hub::new(Some(Arc::new(Client::from(options))), Arc::new(Scope::default())));
    Hub::run(hub, || with_layer(sentry_tracing::layer(), |_| {}));
    let envelopes = transport.fetch_and_clear_envelopes();
    let transactions: Vec<_> = envelopes
        .iter()
        .flat_map(|e| e.items())
        .filter_map(|item| if let EnvelopeItem::Transaction(t) = item { Some(t) } else { None })
        .collect();
    assert_eq!(transactions.len(), 1);
    let transaction = transactions[0];
    let names: Vec<_> = transaction.spans.iter().filter_map(|s| s.description.as_deref()).collect();
    for name in ["place", "by hand", "later", "inner"] {
        assert!(names.iter().any(|n| n.contains(name)), "{name} in {names:?}");
    }
    assert!(transaction.name.as_deref().is_some_and(|n| n.contains("request")));
}
