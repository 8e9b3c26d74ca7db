//! Traces over OTLP/HTTP with protobuf bodies (OTLP specification 1.x).

mod client;
mod config;
mod delivery;
mod encode;
mod gate;
mod gzip;
mod losses;
mod queue;
mod response;
mod retry;

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;

pub(crate) use config::{Compression, OtlpConfig, OtlpError};

use self::config::Target;
use self::delivery::Delivery;
use self::gzip::Gzip;
use self::losses::Losses;
use self::queue::Queue;
use super::{Exporter, Ledger, Notices, Reason, Signal};
use crate::record::Record;

const NAME: &str = "otlp";

/// The reasons for which spans are lost sooner or later; alerts can name them from the start.
const LIKELY: &[Reason] = &[
    Reason::QueueItems,
    Reason::QueueBytes,
    Reason::Timeout,
    Reason::RetryExhausted,
    Reason::Refused,
    Reason::Shutdown,
];

/// An exporter of spans to an OTLP collector; takes no logs.
///
/// Spans are encoded when they are accepted, wait in a queue bounded in items and bytes (the newest are dropped) and
/// leave in batches. Everything that is lost is counted under `exporter="otlp"`. A span is lost when its batch is
/// refused, redirected or not received within the deadline; each attempt that fails for a passing reason is repeated.
#[derive(Debug)]
pub(crate) struct Otlp {
    shared: Arc<Shared>,
}

struct Shared {
    config: OtlpConfig,
    target: Target,
    queue: Arc<Queue>,
    losses: Losses,
    /// Made when it is needed.
    gzip: Mutex<Option<Gzip>>,
    ledger: Arc<Ledger>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Otlp {
    /// Makes an exporter, or says why its endpoint cannot be used. Nothing is sent before [`Exporter::start`].
    pub(crate) fn new(config: OtlpConfig, ledger: &Arc<Ledger>, notices: Notices) -> Result<Self, OtlpError> {
        let target = Target::new(&config.endpoint)?;
        let account = ledger.account(Signal::Traces, NAME, LIKELY);
        let queue = Queue::new(&config, account);
        let destination =
            format!("http://{}{}", target.authority.to_str().unwrap_or_default(), target.path.path());
        let losses = Losses::new(notices, destination);
        let (gzip, ledger) = (Mutex::default(), Arc::clone(ledger));
        let shared = Shared { config, target, queue, losses, gzip, ledger };
        Ok(Otlp { shared: Arc::new(shared) })
    }
}

impl Exporter for Otlp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn start(&self, _ledger: &Ledger) {
        tokio::spawn(supervise(Arc::clone(&self.shared)));
    }

    fn accept(&self, record: &Record) {
        let Record::Span(span) = record else { return };
        match self.shared.queue.push(span) {
            Ok(()) | Err(Reason::Shutdown) => {}
            Err(Reason::TooLarge) => self.shared.losses.lost(1, "the span is too large"),
            Err(_) => self.shared.losses.lost(1, "the queue is full"),
        }
    }

    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.shared.queue.flush())
    }
}

/// Keeps the delivery running; the queue outlives a panic of it, and is closed with the runtime.
async fn supervise(shared: Arc<Shared>) {
    struct Close(Arc<Queue>);
    impl Drop for Close {
        fn drop(&mut self) {
            self.0.close();
        }
    }

    let _close = Close(Arc::clone(&shared.queue));
    loop {
        let mut delivery = JoinSet::new();
        delivery.spawn(Delivery::new(Arc::clone(&shared)).run());
        match delivery.join_next().await {
            Some(Err(e)) if e.is_panic() => shared.ledger.panicked(NAME),
            _ => return,
        }
    }
}
