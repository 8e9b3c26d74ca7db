//! `console-subscriber`: `scripts/interop` builds with what it needs.

use console_subscriber::ConsoleLayer;
use tracing::{Level, info_span};

use crate::with_layer;

#[test]
fn tasks_are_seen_and_not_exported() {
    let (layer, _server) = ConsoleLayer::builder().build();
    with_layer(layer, |telemetry| {
        // What tokio does with its unstable instrumentation.
        let task = tracing::span!(target: "tokio::task", Level::TRACE, "runtime.spawn", kind = "task", task.name = "t");
        task.in_scope(|| info_span!("in a task").in_scope(|| ()));
        drop(task);
        assert!(telemetry.spans().iter().any(|s| s.name == "in a task"));
    });
}
