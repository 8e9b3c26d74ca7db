//! A test's own telemetry: captured, and drawn as a tree.

mod tree;

use std::ops::Deref;
use std::sync::Arc;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use crate::engine::layer;
use crate::export::Memory;
use crate::metrics::{self, Captured};
use crate::record::{LogRecord, SpanRecord};

/// Everything that was recorded inside [`capture`].
///
/// Counters and histograms are read by the methods of [`Captured`], to which it dereferences.
#[derive(Debug)]
pub struct Telemetry {
    memory: Arc<Memory>,
    metrics: Captured,
}

/// Runs `test` with a pipeline of its own: spans, logs and metrics that this thread makes inside are seen by `test`
/// alone, whatever other tests do at the same time.
///
/// The pipeline belongs to the thread: run async code on a current-thread runtime inside. Needs no `init()` and starts
/// no thread.
pub fn capture<R>(test: impl FnOnce(&Telemetry) -> R) -> R {
    let memory = Arc::new(Memory::new());
    let subscriber = Registry::default().with(layer::layer_to::<Registry>(Arc::clone(&memory) as _));
    metrics::capture(|metrics| {
        let telemetry = Telemetry { memory, metrics: metrics.clone() };
        tracing::subscriber::with_default(subscriber, || test(&telemetry))
    })
}

impl Telemetry {
    /// Returns the spans that have ended, in the order in which they did.
    pub fn spans(&self) -> Vec<Arc<SpanRecord>> {
        self.memory.spans()
    }

    /// Returns the log records, oldest first.
    pub fn logs(&self) -> Vec<Arc<LogRecord>> {
        self.memory.logs()
    }

    /// Draws the spans that have ended as trees, children in the order in which they began.
    ///
    /// A span is a line: name, kind unless internal, outcome, attributes; an event is a line under its span. A span
    /// whose parent is not among them is a root.
    ///
    /// ```text
    /// place_order ok order.id=7
    /// |- charge error error.type=app::Declined
    /// |  * card declined level=WARN
    /// `- publish (producer) ok messaging.destination.name=orders.placed
    /// ```
    pub fn tree(&self) -> String {
        tree::draw(&self.spans())
    }
}

impl Deref for Telemetry {
    type Target = Captured;

    fn deref(&self) -> &Captured {
        &self.metrics
    }
}
