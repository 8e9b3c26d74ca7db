//! Takes batches from the queue and sends them, one after the other.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use flate2::write::GzEncoder;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Shared;
use super::client::{Body, Client, Failure};
use super::config::Compression;
use super::encode;
use super::queue::Batch;
use super::response::{Verdict, judge};
use super::retry::{Backoff, Pause, later};
use crate::export::Reason;

pub(super) struct Delivery {
    shared: Arc<Shared>,
    client: Client,
    pause: Option<Pause>,
}

impl Delivery {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let client = Client::new(shared.target.clone(), &shared.config);
        Delivery {
            shared,
            client,
            pause: None,
        }
    }

    /// Delivers until it is dropped. During a pause the spans stay in the queue, where they are bounded.
    pub(super) async fn run(mut self) {
        loop {
            self.shared.queue.due().await;
            if let Some(pause) = self.pause.take() {
                pause.wait(&self.shared.queue).await;
            }
            if let Some(batch) = self.shared.queue.take() {
                self.deliver(batch).await;
            }
        }
    }

    /// Sends a batch until it met its fate, which is at the deadline at the latest.
    async fn deliver(&mut self, batch: Batch) {
        let config = &self.shared.config;
        let body = body(encode::request(&batch.spans), config.compression);
        let deadline = later(Instant::now(), config.timeout);
        let mut backoff = Backoff::new(config.retry);
        loop {
            let (after, detail) = match self.attempt(&body, deadline).await {
                Verdict::Done { rejected, message } => return self.done(batch, rejected, &message),
                Verdict::Drop { reason, detail } => return self.lose(batch, reason, &detail),
                Verdict::Retry { after, detail } => (after, detail),
            };
            let Some(wait) = backoff.wait() else {
                return self.lose(batch, Reason::RetryExhausted, &detail);
            };
            // The time that the destination named stands in the pause.
            let wait = if after.is_some() { Duration::ZERO } else { wait };
            let next = later(Instant::now(), wait);
            let next = self.pause.map_or(next, |p| next.max(p.until()));
            if next >= deadline {
                return self.lose(batch, Reason::RetryExhausted, &detail);
            }
            sleep_until(next).await;
        }
    }

    async fn attempt(&mut self, body: &Body, deadline: Instant) -> Verdict {
        self.pause = None;
        let verdict = match timeout_at(deadline, self.client.post(body)).await {
            Err(_) => {
                let detail = "it did not answer in time".to_owned();
                return Verdict::Drop {
                    reason: Reason::Timeout,
                    detail,
                };
            }
            Ok(Ok(answer)) => judge(&answer, SystemTime::now()),
            Ok(Err(Failure::Broken(e))) => {
                let detail = format!("the connection broke: {e}");
                Verdict::Retry { after: None, detail }
            }
            Ok(Err(Failure::Connect(e))) => {
                let delay = self.shared.config.reconnect_delay;
                self.pause = Some(Pause::unreachable(delay, &self.shared.queue));
                let detail = format!("no connection: {e}");
                Verdict::Retry { after: None, detail }
            }
        };
        if let Verdict::Retry {
            after: Some(after), ..
        } = &verdict
        {
            self.pause = Some(Pause::asked(*after));
        }
        verdict
    }

    fn done(&self, batch: Batch, rejected: u64, message: &str) {
        let rejected = rejected.min(batch.len());
        batch.exported(rejected);
        if rejected > 0 {
            self.shared
                .losses
                .lost(rejected, &format!("it rejected them: {message}"));
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

/// Compresses a request.
fn body(plain: Vec<u8>, compression: Compression) -> Body {
    if compression == Compression::Gzip
        && let Ok(bytes) = gzip(&plain)
    {
        return Body {
            bytes: bytes.into(),
            gzip: true,
        };
    }
    Body {
        bytes: plain.into(),
        gzip: false,
    }
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(plain)?;
    encoder.finish()
}
