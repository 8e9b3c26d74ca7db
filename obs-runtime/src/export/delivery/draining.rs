//! Sends what waits on disk, beside what comes.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::outbox::Shared;
use super::retry::{Backoff, later};
use super::sending::{attempt, received};
use super::settings::Retry;
use super::spool::{Kept, Spool};
use super::transport::{Body, Verdict};
use crate::export::Reason;

/// Requests out of the spool at the same time: few, so that new ones are not held up, and more than one, so that one
/// which the destination chokes on does not hold up the others.
pub(super) const LANES: usize = 2;

/// How long a disk that cannot be read is left alone.
const PAUSE: Duration = Duration::from_secs(30);

/// Empties the spool, the oldest first.
pub(super) struct Draining {
    shared: Arc<Shared>,
}

impl Draining {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Draining { shared }
    }

    /// Delivers until it is dropped; what is on its way then stays on disk.
    pub(super) async fn run(self) {
        let Some(spool) = self.shared.spool() else { return };
        loop {
            let kept = next(spool).await;
            self.deliver(kept).await;
        }
    }

    /// Sends a request until it was received or refused, for as long as that takes.
    async fn deliver(&self, kept: Kept) {
        let entry = kept.entry();
        let body = Body { bytes: entry.bytes.clone(), gzip: entry.gzip };
        let items = entry.items;
        let mut backoff = Backoff::new(Retry { attempts: u32::MAX, ..self.shared.settings.retry });
        loop {
            self.shared.gate.open().await;
            let began = Instant::now();
            let deadline = later(began, self.shared.settings.timeout);
            match attempt(&self.shared, &body, deadline).await {
                Verdict::Done { rejected, message } => {
                    self.shared.component.took(began.elapsed(), None);
                    let rejected = rejected.min(items);
                    kept.exported(rejected);
                    return received(&self.shared, rejected, &message);
                }
                Verdict::Retry { .. } | Verdict::Drop { reason: Reason::Timeout, .. } => {}
                Verdict::Drop { reason, detail } => {
                    self.shared.component.took(began.elapsed(), Some(reason));
                    kept.dropped(reason);
                    return self.shared.losses.lost(items, &detail);
                }
            }
            sleep(backoff.wait().unwrap_or(self.shared.settings.retry.max)).await;
        }
    }
}

async fn next(spool: &Spool) -> Kept {
    loop {
        if let Some(kept) = spool.next().await {
            return kept;
        }
        tokio::select! {
            () = spool.changed() => {}
            () = sleep(PAUSE) => {}
        }
    }
}
