//! All of them at once.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing_error::ErrorLayer;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::{Written, with_layer};

#[test]
fn layers_stand_on_each_other() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let written = Written::default();
    let lines = fmt::layer().json().with_writer(written.writer());
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("interop"))
        .and_then(lines.with_filter(EnvFilter::new("off,[request{id=7}]=warn")))
        .and_then(ErrorLayer::default())
        .and_then(sentry_tracing::SpanLayer::new());
    #[cfg(tokio_unstable)]
    let (layer, _server) = {
        let (console, server) = console_subscriber::ConsoleLayer::builder().build();
        (layer.and_then(console), server)
    };
    with_layer(layer, |_| {
        let exported = exporter.get_finished_spans().unwrap();
        for name in ["request", "place", "by hand", "later", "inner"] {
            assert_eq!(exported.iter().filter(|s| s.name == name).count(), 1, "{name}");
        }
        assert_eq!(written.text().lines().count(), 1);
        assert!(written.text().contains("careful"));
    });
}
