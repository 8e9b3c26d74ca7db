//! An exporter that does on the I/O thread what makes records elsewhere.

use std::future::Future;
use std::pin::Pin;

use obs::export::Ledger;
use obs::record::Record;

/// Logs and traces, at every level: were any of it telemetry, it would never end.
pub(crate) struct Chatty;

#[obs::traced]
fn chatter(place: &str) {
    tracing::trace!(place, "chatter");
    tracing::error!(place, "chatter");
}

impl obs::Exporter for Chatty {
    fn name(&self) -> &'static str {
        "chatty"
    }

    fn start(&self, _ledger: &Ledger) {
        chatter("start");
        tokio::spawn(async {
            chatter("task");
            let blocking = tokio::task::spawn_blocking(|| chatter("blocking"));
            let _panicked = blocking.await;
        });
    }

    fn accept(&self, _: &Record) {
        let span = tracing::trace_span!("chatter");
        span.in_scope(|| chatter("accept"));
    }

    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async { chatter("flush") })
    }
}
