//! Metrics printed to standard output, for those who try things out (`OTEL_METRICS_EXPORTER=console`).

use std::future::Future;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;

use super::delivery::Outbox;
use super::periodic::{Push, Source};
use super::pushgateway::exposition;
use super::{Account, Ledger, Reason, Signal};

const NAME: &str = "console";

/// A destination of metrics: standard output, as Prometheus text. Data points are accounted for under
/// `exporter="console"`.
#[derive(Debug)]
pub(crate) struct Stdout {
    account: Arc<Account>,
    ledger: Arc<Ledger>,
}

impl Stdout {
    pub(crate) fn new(ledger: &Arc<Ledger>) -> Self {
        let account = ledger.account(Signal::Metrics, NAME, &[Reason::Refused]);
        Stdout { account, ledger: Arc::clone(ledger) }
    }

    fn print(&self, text: &str, points: u64) {
        self.account.accepted(points);
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => self.account.exported(points),
            Err(_) => self.account.dropped(Reason::Refused, points),
        }
    }
}

impl Push for Stdout {
    fn name(&self) -> &'static str {
        NAME
    }

    fn outbox(&self) -> Option<&Outbox> {
        None
    }

    fn push(self: Arc<Self>, source: Source) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let Some((text, points)) = exposition(source).await else {
                return self.ledger.panicked(NAME);
            };
            let this = Arc::clone(&self);
            // Who reads it may be slow.
            if tokio::task::spawn_blocking(move || this.print(&text, points)).await.is_err() {
                self.ledger.panicked(NAME);
            }
        })
    }
}
