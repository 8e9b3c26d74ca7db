//! Everything that one destination needs: what waits for it, what it is told, and the task that sends.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use tokio::task::JoinSet;

use super::client::Body;
use super::config::{Compression, OtlpConfig, OtlpError, Target};
use super::delivery::Delivery;
use super::gzip::Gzip;
use super::losses::{Goods, Losses};
use super::queue::{Hurry, Queue, Receipt};
use crate::export::{Ledger, Notices, Reason, Signal};

/// The reasons for which items are lost sooner or later; alerts can name them from the start.
pub(in crate::export) const LIKELY: &[Reason] = &[
    Reason::QueueItems,
    Reason::QueueBytes,
    Reason::Timeout,
    Reason::RetryExhausted,
    Reason::Refused,
    Reason::Shutdown,
];

/// What is sent, and how it is called.
#[derive(Clone, Debug)]
pub(in crate::export) struct Wire {
    /// The `exporter` label.
    pub(in crate::export) exporter: &'static str,
    /// The `signal` label.
    pub(in crate::export) signal: Signal,
    /// The method of every request.
    pub(in crate::export) method: Method,
    /// What the bodies are.
    pub(in crate::export) content_type: &'static str,
    /// What people are told is lost.
    pub(in crate::export) goods: Goods,
}

/// Requests on their way to one destination. Copies are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    shared: Arc<Shared>,
}

/// What the delivery and those who fill the queue have in common.
pub(super) struct Shared {
    pub(super) config: OtlpConfig,
    pub(super) target: Target,
    pub(super) wire: Wire,
    pub(super) queue: Arc<Queue>,
    pub(super) losses: Losses,
    /// Made when it is needed.
    gzip: Mutex<Option<Gzip>>,
    pub(super) ledger: Arc<Ledger>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Shared {
    /// Compresses a request, where that is wanted and possible.
    pub(super) fn body(&self, plain: Vec<u8>) -> Body {
        if self.config.compression == Compression::Gzip {
            let mut gzip = self.gzip.lock().unwrap_or_else(PoisonError::into_inner);
            if let Ok(bytes) = gzip.get_or_insert_default().compress(&plain) {
                return Body { bytes: bytes.into(), gzip: true };
            }
        }
        Body { bytes: plain.into(), gzip: false }
    }
}

impl Outbox {
    /// Opens the account, or says why the endpoint cannot be used. Nothing is sent before [`Outbox::start`].
    pub(in crate::export) fn new(
        config: OtlpConfig,
        wire: Wire,
        ledger: &Arc<Ledger>,
        notices: Notices,
    ) -> Result<Self, OtlpError> {
        let target = Target::new(&config.endpoint)?;
        let account = ledger.account(wire.signal, wire.exporter, LIKELY);
        let queue = Queue::new(&config, account);
        let destination =
            format!("http://{}{}", target.authority.to_str().unwrap_or_default(), target.path.path());
        let losses = Losses::new(notices, wire.goods, destination);
        let (gzip, ledger) = (Mutex::default(), Arc::clone(ledger));
        let shared = Shared { config, target, wire, queue, losses, gzip, ledger };
        Ok(Outbox { shared: Arc::new(shared) })
    }

    /// Starts the task that sends; called on the I/O thread.
    pub(in crate::export) fn start(&self) {
        tokio::spawn(supervise(Arc::clone(&self.shared)));
    }

    /// Takes a request of so many items, or counts and tells them as lost. Compresses it here: it may wait.
    pub(in crate::export) fn post(&self, plain: Vec<u8>, items: u64) -> Result<Receipt, Reason> {
        let posted = self.queue().push_made(self.shared.body(plain), items);
        if let Err(reason) = &posted
            && *reason != Reason::Shutdown
        {
            self.lost(items, "the queue is full");
        }
        posted
    }

    /// Has everything sent at once for as long as the returned value lives.
    pub(in crate::export) fn hurry(&self) -> Hurry {
        self.queue().hurry()
    }

    /// Tells people about a loss that is counted already.
    pub(in crate::export) fn lost(&self, count: u64, why: &str) {
        self.shared.losses.lost(count, why);
    }

    /// Returns what waits.
    pub(super) fn queue(&self) -> &Arc<Queue> {
        &self.shared.queue
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
            Some(Err(e)) if e.is_panic() => shared.ledger.panicked(shared.wire.exporter),
            _ => return,
        }
    }
}
