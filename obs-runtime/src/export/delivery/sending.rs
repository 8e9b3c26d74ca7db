//! Takes batches from the queue and sends them, a few at the same time.

use std::sync::Arc;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::losses::foreign;
use super::outbox::Shared;
use super::queue::Batch;
use super::retry::{Backoff, later};
use super::spooling::{self, Parcel};
use super::transport::{Body, Verdict};
use crate::export::Reason;

/// The one consumer of the queue.
pub(super) struct Sending {
    shared: Arc<Shared>,
    running: JoinSet<()>,
}

impl Sending {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Sending { shared, running: JoinSet::new() }
    }

    /// Delivers until it is dropped. While nothing can be sent the items stay in the queue, where they are bounded; with a
    /// spool, only until it is crowded.
    pub(super) async fn run(mut self) {
        loop {
            self.shared.queue.due().await;
            let blocked = self.turn().await;
            if let Some(batch) = self.shared.queue.take() {
                let shared = Arc::clone(&self.shared);
                let parcel = Parcel::new(Arc::clone(&shared), batch);
                match blocked {
                    None => drop(self.running.spawn(Dispatch { shared }.deliver(parcel))),
                    Some(why) => parcel.unreachable(Reason::RetryExhausted, why),
                }
            }
        }
    }

    /// Waits until the next batch may be sent; with a spool, only while there is room for others. Returns why it cannot be.
    async fn turn(&mut self) -> Option<&'static str> {
        let shared = Arc::clone(&self.shared);
        let sends = async {
            shared.gate.open().await;
            self.slot().await;
        };
        if shared.usable_spool().is_none() {
            sends.await;
            return None;
        }
        tokio::select! {
            biased;
            () = sends => None,
            () = shared.queue.crowded_or(|| shared.gate.has_failed_a_flush()) => {
                Some(if shared.gate.is_suspect() { "no connection" } else { "it is slower than they come" })
            }
        }
    }

    /// Waits until another request may run beside the others: a destination that may be gone is asked by one alone.
    async fn slot(&mut self) {
        while let Some(ended) = self.running.try_join_next() {
            self.note(ended);
        }
        loop {
            let most =
                if self.shared.gate.is_suspect() { 1 } else { self.shared.settings.max_in_flight.max(1) };
            if self.running.len() < most {
                return;
            }
            match self.running.join_next().await {
                Some(ended) => self.note(ended),
                None => return,
            }
        }
    }

    fn note(&self, ended: Result<(), JoinError>) {
        if ended.is_err_and(|e| e.is_panic()) {
            self.shared.ledger.panicked(self.shared.wire.exporter);
        }
    }
}

/// What one batch needs on its way.
struct Dispatch {
    shared: Arc<Shared>,
}

impl Dispatch {
    /// Sends a batch until it met its fate, or goes to disk, which is at the deadline at the latest.
    async fn deliver(self, mut parcel: Parcel) {
        let settings = &self.shared.settings;
        let Some(body) = parcel.body() else {
            let why = "it cannot be written in the form that is wanted";
            return self.lose(parcel.take(), Reason::Refused, why);
        };
        let began = Instant::now();
        let deadline = later(began, settings.timeout);
        let mut backoff = Backoff::new(settings.retry);
        loop {
            let (reason, detail) = match attempt(&self.shared, &body, deadline).await {
                Verdict::Done { rejected, message } => {
                    self.shared.component.took(began.elapsed(), None);
                    return self.done(parcel.take(), rejected, &message);
                }
                Verdict::Drop { reason, detail } if reason != Reason::Timeout => {
                    self.shared.component.took(began.elapsed(), Some(reason));
                    return self.lose(parcel.take(), reason, &detail);
                }
                Verdict::Drop { reason, detail } => (Some(reason), detail),
                Verdict::Retry { detail, .. } => (None, detail),
            };
            let next = backoff.wait().map(|wait| later(Instant::now(), wait));
            // The gate also knows the time that the destination named.
            let next = next.map(|next| self.shared.gate.closed_until().map_or(next, |until| next.max(until)));
            let again = |next: &Instant| reason.is_none() && *next < deadline && !self.is_in_vain();
            let Some(next) = next.filter(again) else {
                let reason = reason.unwrap_or(Reason::RetryExhausted);
                self.shared.component.took(began.elapsed(), Some(reason));
                return parcel.unreachable(reason, &detail);
            };
            sleep_until(next).await;
        }
    }

    /// Tells whether somebody waits for a flush that a spool can end and the destination cannot.
    fn is_in_vain(&self) -> bool {
        self.shared.usable_spool().is_some() && self.shared.gate.has_failed_a_flush()
    }

    fn done(&self, batch: Option<Batch>, rejected: u64, message: &str) {
        let Some(batch) = batch else { return };
        let rejected = rejected.min(batch.len());
        batch.exported(rejected);
        received(&self.shared, rejected, message);
    }

    fn lose(&self, batch: Option<Batch>, reason: Reason, detail: &str) {
        if let Some(batch) = batch {
            spooling::lose(&self.shared, batch, reason, detail);
        }
    }
}

/// Sends a request once.
pub(super) async fn attempt(shared: &Shared, body: &Body, deadline: Instant) -> Verdict {
    let Ok(mut verdict) = timeout_at(deadline, shared.transport.send(body)).await else {
        let detail = "it did not answer in time".to_owned();
        shared.component.troubled(Some(foreign(&detail)));
        return Verdict::Drop { reason: Reason::Timeout, detail };
    };
    let (Verdict::Done { message: said, .. }
    | Verdict::Drop { detail: said, .. }
    | Verdict::Retry { detail: said, .. }) = &mut verdict;
    *said = shared.settings.secrets.hidden_in(said);
    match &mut verdict {
        Verdict::Retry { after, detail } => {
            if let Some(after) = after {
                shared.gate.asked(*after);
            }
            if detail.is_empty() {
                // Nothing was tried, as another attempt has just failed, which knows more.
                *detail = shared.component.trouble().unwrap_or_else(|| "no connection".to_owned());
            }
            shared.component.troubled(Some(foreign(detail)));
        }
        Verdict::Done { .. } | Verdict::Drop { .. } => shared.component.troubled(None),
    }
    verdict
}

/// Tells people that a request was received, but for so many of its items.
pub(super) fn received(shared: &Shared, rejected: u64, message: &str) {
    if rejected > 0 {
        shared.losses.lost(rejected, &format!("it rejected them: {message}"));
    } else {
        shared.losses.delivered();
    }
}
