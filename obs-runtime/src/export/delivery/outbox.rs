//! Everything that one destination needs: what waits for it, what it is told, and the task that sends.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

use super::draining::{self, Draining};
use super::gate::Gate;
use super::gzip::Gzip;
use super::losses::{Goods, Losses};
use super::queue::{Hurry, Queue, Receipt};
use super::sending::Sending;
use super::settings::{Compression, Settings};
use super::spool::Spool;
use super::spooling::Parcel;
use super::target::Target;
use super::transport::{Body, Transport};
use crate::export::ledger::Component;
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

/// Those with a spool.
const LIKELY_WITH_SPOOL: &[Reason] = &[
    Reason::QueueItems,
    Reason::QueueBytes,
    Reason::Timeout,
    Reason::RetryExhausted,
    Reason::Refused,
    Reason::SpoolFull,
    Reason::SpoolCorrupt,
    Reason::Shutdown,
];

/// What is sent, and how it is called.
#[derive(Clone, Copy, Debug)]
pub(in crate::export) struct Wire {
    /// The `exporter` label.
    pub(in crate::export) exporter: &'static str,
    /// The `signal` label.
    pub(in crate::export) signal: Signal,
    /// What `otel.component.type` begins with, as in `otlp_http`.
    pub(in crate::export) family: &'static str,
    /// What people are told is lost.
    pub(in crate::export) goods: Goods,
    /// What becomes of a request before it is compressed; `None` leaves it as it is. What cannot be turned is dropped.
    pub(in crate::export) turn: Option<Turn>,
}

/// Where a destination is.
#[derive(Clone, Debug)]
pub(in crate::export) struct Place {
    /// As people are told.
    pub(in crate::export) shown: String,
    /// Host and port, where it is in a network.
    pub(in crate::export) server: Option<(String, u16)>,
}

impl From<&Target> for Place {
    fn from(target: &Target) -> Self {
        Place { shown: target.to_string(), server: Some((target.host.clone(), target.port)) }
    }
}

/// Makes another form of a request.
pub(in crate::export) type Turn = fn(&[u8]) -> Option<Vec<u8>>;

/// Requests on their way to one destination. Copies are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    shared: Arc<Shared>,
}

/// What those who send and those who fill the queue have in common.
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) wire: Wire,
    pub(super) queue: Arc<Queue>,
    pub(super) gate: Arc<Gate>,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) losses: Losses,
    pub(super) component: Arc<Component>,
    /// Made when it is needed.
    gzip: Mutex<Option<Gzip>>,
    pub(super) ledger: Arc<Ledger>,
    notices: Notices,
    /// Started with the sending, where there is one.
    spool: OnceLock<Spool>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("wire", &self.wire).finish_non_exhaustive()
    }
}

impl Shared {
    /// Makes a body of a request: in its final form, compressed where that is wanted. `None` where it has no such form.
    pub(super) fn body(&self, mut plain: Vec<u8>, compressed: bool) -> Option<Body> {
        if let Some(turn) = self.wire.turn {
            plain = turn(&plain)?;
        }
        if compressed && self.settings.compression == Compression::Gzip {
            let mut gzip = self.gzip.lock().unwrap_or_else(PoisonError::into_inner);
            if let Ok(bytes) = gzip.get_or_insert_default().compress(&plain) {
                return Some(Body { bytes: bytes.into(), gzip: true });
            }
        }
        Some(Body { bytes: plain.into(), gzip: false })
    }

    /// Returns where requests go that cannot be sent.
    pub(super) fn spool(&self) -> Option<&Spool> {
        self.spool.get()
    }

    /// Returns the spool where requests can go.
    pub(super) fn usable_spool(&self) -> Option<&Spool> {
        self.spool().filter(|spool| spool.is_usable())
    }

    fn start_spool(&self) {
        if let Some(place) = &self.settings.spool {
            let Wire { exporter, signal, turn, .. } = self.wire;
            let place = place.of(exporter, signal, turn.is_some());
            let account = self.ledger.account(signal, exporter, LIKELY_WITH_SPOOL);
            self.spool.get_or_init(|| Spool::start(place, account, Arc::clone(&self.notices)));
        }
    }

    /// Ends the queue: what waits goes to the spool, or is counted as `shutdown`.
    fn close(self: &Arc<Self>) {
        for batch in self.queue.close() {
            drop(Parcel::new(Arc::clone(self), batch));
        }
        self.losses.ended(self.component.trouble());
    }
}

impl Outbox {
    /// Opens the account. `place` says where the destination is; `transport` makes the way there. Nothing is sent before
    /// [`Outbox::start`].
    pub(in crate::export) fn new(
        settings: Settings,
        wire: Wire,
        place: Place,
        (ledger, notices): (&Arc<Ledger>, &Notices),
        transport: impl FnOnce(&Arc<Gate>) -> Arc<dyn Transport>,
    ) -> Self {
        let likely = if settings.spool.is_some() { LIKELY_WITH_SPOOL } else { LIKELY };
        let account = ledger.account(wire.signal, wire.exporter, likely);
        let queue = Queue::new(&settings, Arc::clone(&account));
        let (waiting, capacity) = (Arc::clone(&queue), settings.max_queue_items);
        let component =
            Component::new(account, wire.family, (place.shown.clone(), place.server), capacity, move || {
                waiting.waiting()
            });
        ledger.watch(&component);
        let gate = Arc::new(Gate::new(settings.reconnect_delay, &queue));
        let transport = transport(&gate);
        let losses = Losses::new(Arc::clone(notices), wire.goods, place.shown);
        let shared = Shared {
            settings,
            wire,
            queue,
            gate,
            transport,
            losses,
            component,
            gzip: Mutex::default(),
            ledger: Arc::clone(ledger),
            notices: Arc::clone(notices),
            spool: OnceLock::new(),
        };
        Outbox { shared: Arc::new(shared) }
    }

    /// Notes how long it took to look at all metrics, for one that pushes them.
    pub(in crate::export) fn collected(&self, duration: Duration) {
        self.shared.component.collected(duration);
    }

    /// Returns the value of the `exporter` label.
    pub(in crate::export) fn name(&self) -> &'static str {
        self.shared.wire.exporter
    }

    /// Starts the task that sends; called on the I/O thread.
    pub(in crate::export) fn start(&self) {
        self.shared.start_spool();
        tokio::spawn(supervise(Arc::clone(&self.shared)));
    }

    /// Has what went to the spool written. Called when the tasks are gone; blocks for `wait` at most.
    pub(in crate::export) fn close(&self, wait: Duration) {
        if let Some(spool) = self.shared.spool() {
            spool.close(wait);
        }
    }

    /// Takes a request of so many items, or counts and tells them as lost. Compresses it here: it may wait.
    pub(in crate::export) fn post(&self, plain: Vec<u8>, items: u64) -> Result<Receipt, Reason> {
        let posted = self.queue().push_made(self.shared.body(plain, true), items);
        if let Err(reason) = &posted
            && *reason != Reason::Shutdown
        {
            self.overflowed(items);
        }
        posted
    }

    /// Has everything sent at once for as long as the returned value lives.
    pub(in crate::export) fn hurry(&self) -> Hurry {
        self.queue().hurry()
    }

    /// Tells people that an item found no room, which is counted already.
    pub(in crate::export) fn overflowed(&self, count: u64) {
        let why = || match self.shared.component.trouble() {
            Some(trouble) => format!("the queue is full; {trouble}"),
            None => "the queue is full".to_owned(),
        };
        self.shared.losses.lost_as(count, why);
    }

    /// Tells people about a loss that is counted already.
    pub(in crate::export) fn lost(&self, count: u64, why: &str) {
        self.shared.losses.lost(count, why);
    }

    /// Returns what waits.
    pub(in crate::export) fn queue(&self) -> &Arc<Queue> {
        &self.shared.queue
    }
}

/// Keeps the sending going; the queue outlives a panic of it, and is closed with the runtime.
async fn supervise(shared: Arc<Shared>) {
    struct Close(Arc<Shared>);
    impl Drop for Close {
        fn drop(&mut self) {
            self.0.close();
        }
    }

    let _close = Close(Arc::clone(&shared));
    loop {
        let mut sending = JoinSet::new();
        sending.spawn(Sending::new(Arc::clone(&shared)).run());
        for _ in 0..shared.spool().map_or(0, |_| draining::LANES) {
            sending.spawn(Draining::new(Arc::clone(&shared)).run());
        }
        match sending.join_next().await {
            Some(Err(e)) if e.is_panic() => shared.ledger.panicked(shared.wire.exporter),
            _ => return,
        }
    }
}
