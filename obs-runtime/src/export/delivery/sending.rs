//! Takes batches from the queue and sends them, a few at the same time.

use std::sync::Arc;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::outbox::Shared;
use super::queue::{Batch, Content};
use super::retry::{Backoff, later};
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

    /// Delivers until it is dropped. While nothing can be sent the items stay in the queue, where they are bounded.
    pub(super) async fn run(mut self) {
        loop {
            self.shared.queue.due().await;
            self.shared.gate.open().await;
            self.slot().await;
            if let Some(batch) = self.shared.queue.take() {
                self.running.spawn(Dispatch { shared: Arc::clone(&self.shared) }.deliver(batch));
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
    /// Sends a batch until it met its fate, which is at the deadline at the latest.
    async fn deliver(self, mut batch: Batch) {
        let settings = &self.shared.settings;
        let body = match batch.take_content() {
            Some(Content::Making(request)) => self.shared.body(request.into_bytes()),
            Some(Content::Made(body)) => Some(body),
            None => return, // taken before, which nobody does
        };
        let Some(body) = body else {
            return self.lose(batch, Reason::Refused, "it cannot be written in the form that is wanted");
        };
        let began = Instant::now();
        let deadline = later(began, settings.timeout);
        let mut backoff = Backoff::new(settings.retry);
        loop {
            let detail = match self.attempt(&body, deadline).await {
                Verdict::Done { rejected, message } => {
                    self.shared.component.took(began.elapsed(), None);
                    return self.done(batch, rejected, &message);
                }
                Verdict::Drop { reason, detail } => return self.lose_after(began, batch, reason, &detail),
                Verdict::Retry { detail, .. } => detail,
            };
            let Some(wait) = backoff.wait() else {
                return self.lose_after(began, batch, Reason::RetryExhausted, &detail);
            };
            // The gate also knows the time that the destination named.
            let gate = self.shared.gate.closed_until();
            let next = later(Instant::now(), wait);
            let next = gate.map_or(next, |until| next.max(until));
            if next >= deadline {
                return self.lose_after(began, batch, Reason::RetryExhausted, &detail);
            }
            sleep_until(next).await;
        }
    }

    async fn attempt(&self, body: &Body, deadline: Instant) -> Verdict {
        let Ok(verdict) = timeout_at(deadline, self.shared.transport.send(body)).await else {
            let detail = "it did not answer in time".to_owned();
            return Verdict::Drop { reason: Reason::Timeout, detail };
        };
        if let Verdict::Retry { after: Some(after), .. } = &verdict {
            self.shared.gate.asked(*after);
        }
        verdict
    }

    fn done(&self, batch: Batch, rejected: u64, message: &str) {
        let rejected = rejected.min(batch.len());
        batch.exported(rejected);
        if rejected > 0 {
            self.shared.losses.lost(rejected, &format!("it rejected them: {message}"));
        } else {
            self.shared.losses.delivered();
        }
    }

    fn lose_after(&self, began: Instant, batch: Batch, reason: Reason, detail: &str) {
        self.shared.component.took(began.elapsed(), Some(reason));
        self.lose(batch, reason, detail);
    }

    fn lose(&self, batch: Batch, reason: Reason, detail: &str) {
        let count = batch.len();
        batch.dropped(reason);
        self.shared.losses.lost(count, detail);
    }
}
