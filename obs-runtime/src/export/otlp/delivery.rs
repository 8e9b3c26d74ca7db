//! Takes batches from the queue and sends them, a few at the same time.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::client::{Body, Client, Failure};
use super::outbox::Shared;
use super::queue::{Batch, Content};
use super::response::{Verdict, judge};
use super::retry::{Backoff, later};
use crate::export::Reason;

/// The one consumer of the queue.
pub(super) struct Delivery {
    shared: Arc<Shared>,
    client: Arc<Client>,
    sends: JoinSet<()>,
}

impl Delivery {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let client = Arc::new(Client::new(Arc::clone(&shared)));
        Delivery { shared, client, sends: JoinSet::new() }
    }

    /// Delivers until it is dropped. While nothing can be sent the items stay in the queue, where they are bounded.
    pub(super) async fn run(mut self) {
        loop {
            self.shared.queue.due().await;
            self.client.gate.open(&self.shared.queue).await;
            self.slot().await;
            if let Some(batch) = self.shared.queue.take() {
                let (shared, client) = (Arc::clone(&self.shared), Arc::clone(&self.client));
                self.sends.spawn(Dispatch { shared, client }.deliver(batch));
            }
        }
    }

    /// Waits until another request may run beside the others: a destination that may be gone is asked by one alone.
    async fn slot(&mut self) {
        while let Some(ended) = self.sends.try_join_next() {
            self.note(ended);
        }
        loop {
            let most =
                if self.client.gate.is_suspect() { 1 } else { self.shared.config.max_in_flight.max(1) };
            if self.sends.len() < most {
                return;
            }
            match self.sends.join_next().await {
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
    client: Arc<Client>,
}

impl Dispatch {
    /// Sends a batch until it met its fate, which is at the deadline at the latest.
    async fn deliver(self, mut batch: Batch) {
        let config = &self.shared.config;
        let body = match batch.take_content() {
            Some(Content::Making(request)) => self.shared.body(request.into_bytes()),
            Some(Content::Made(body)) => body,
            None => return, // taken before, which nobody does
        };
        let deadline = later(Instant::now(), config.timeout);
        let mut backoff = Backoff::new(config.retry);
        loop {
            let detail = match self.attempt(&body, deadline).await {
                Verdict::Done { rejected, message } => return self.done(batch, rejected, &message),
                Verdict::Drop { reason, detail } => return self.lose(batch, reason, &detail),
                Verdict::Retry { detail, .. } => detail,
            };
            let Some(wait) = backoff.wait() else {
                return self.lose(batch, Reason::RetryExhausted, &detail);
            };
            // The gate also knows the time that the destination named.
            let gate = self.client.gate.closed_until();
            let next = later(Instant::now(), wait);
            let next = gate.map_or(next, |until| next.max(until));
            if next >= deadline {
                return self.lose(batch, Reason::RetryExhausted, &detail);
            }
            sleep_until(next).await;
        }
    }

    async fn attempt(&self, body: &Body, deadline: Instant) -> Verdict {
        let again = |detail: String| Verdict::Retry { after: None, detail };
        match timeout_at(deadline, self.client.post(body)).await {
            Err(_) => {
                let detail = "it did not answer in time".to_owned();
                Verdict::Drop { reason: Reason::Timeout, detail }
            }
            Ok(Ok(answer)) => {
                self.client.gate.reachable();
                let verdict = judge(&answer, SystemTime::now());
                if let Verdict::Retry { after: Some(after), .. } = &verdict {
                    self.client.gate.asked(*after);
                }
                verdict
            }
            Ok(Err(Failure::Broken(e))) => again(format!("the connection broke: {e}")),
            Ok(Err(Failure::Connect(e))) => again(format!("no connection: {e}")),
            Ok(Err(Failure::Unreachable)) => again("no connection".to_owned()),
        }
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

    fn lose(&self, batch: Batch, reason: Reason, detail: &str) {
        let count = batch.len();
        batch.dropped(reason);
        self.shared.losses.lost(count, detail);
    }
}
