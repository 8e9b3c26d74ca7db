//! The records of one test, through the real layer.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_core::Dispatch;
use tracing_subscriber::layer::SubscriberExt;

use crate::engine::layer::layer_to;
use crate::record::{LogRecord, Record, Sink, SpanRecord};

/// While there is only one dispatcher, `tracing` asks the default of whichever thread meets a callsite first; that of a
/// parallel test without one says `never`, for everybody. A second dispatcher makes it ask all of them.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// A sink that keeps everything.
#[derive(Default)]
pub(crate) struct Collected {
    logs: Mutex<Vec<Arc<LogRecord>>>,
    spans: Mutex<Vec<Arc<SpanRecord>>>,
}

impl Collected {
    /// Collects what this thread records until the guard is dropped.
    pub(crate) fn start() -> (Arc<Collected>, DefaultGuard) {
        LazyLock::force(&SECOND);
        let collected = Arc::new(Collected::default());
        let sink: Arc<dyn Sink> = collected.clone();
        let subscriber = tracing_subscriber::registry().with(layer_to(sink));
        (collected, tracing::subscriber::set_default(subscriber))
    }

    pub(crate) fn logs(&self) -> MutexGuard<'_, Vec<Arc<LogRecord>>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn spans(&self) -> MutexGuard<'_, Vec<Arc<SpanRecord>>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Collected {
    fn put(&self, record: Record) {
        match record {
            Record::Log(log) => self.logs().push(log),
            Record::Span(span) => self.spans().push(span),
        }
    }
}
