//! What becomes of a request that cannot be sent now.

use std::sync::Arc;

use super::outbox::Shared;
use super::queue::{Batch, Content};
use super::spool::{Entry, Refusal};
use super::transport::Body;
use crate::export::Reason;

/// A request on its way. Dropped without a fate, as at a shutdown, it goes to the spool; where there is none, or by a
/// panic, it is lost.
pub(super) struct Parcel {
    shared: Arc<Shared>,
    batch: Option<Batch>,
    body: Option<Body>,
}

impl Parcel {
    pub(super) fn new(shared: Arc<Shared>, batch: Batch) -> Self {
        Parcel { shared, batch: Some(batch), body: None }
    }

    /// Returns what is sent, compressed where that is wanted; `None` where the request has no such form.
    pub(super) fn body(&mut self) -> Option<Body> {
        self.made(true)
    }

    /// Makes the body where that was not done.
    fn made(&mut self, compressed: bool) -> Option<Body> {
        let content = self.batch.as_mut().and_then(Batch::take_content);
        self.body = match content {
            Some(Content::Making(request)) => self.shared.body(request.into_bytes(), compressed),
            Some(Content::Made(body)) => Some(body),
            None => self.body.take(),
        };
        self.body.clone()
    }

    /// Returns the batch for its fate, once.
    pub(super) fn take(&mut self) -> Option<Batch> {
        self.batch.take()
    }

    /// Has it wait on disk, as the destination does not receive it; where that cannot be, it is lost for `reason`.
    pub(super) fn unreachable(mut self, reason: Reason, detail: &str) {
        self.spool(true, reason, detail);
    }

    fn spool(&mut self, compressed: bool, reason: Reason, detail: &str) {
        let body = self.made(compressed);
        let Some(batch) = self.batch.take() else { return };
        let (Some(spool), Some(body)) = (self.shared.usable_spool(), body) else {
            return lose(&self.shared, batch, reason, detail);
        };
        let (shared, detail) = (Arc::clone(&self.shared), detail.to_owned());
        let entry = Entry { bytes: body.bytes, gzip: body.gzip, items: batch.len() };
        spool.put(entry, move |put| match put {
            Ok(()) => {
                let items = batch.len();
                batch.spooled();
                shared.losses.spooled(items, &detail);
            }
            Err(Refusal::Full) => lose(&shared, batch, Reason::SpoolFull, "the spool is full"),
            Err(Refusal::Failed) => lose(&shared, batch, reason, &detail),
        });
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        // A batch counts itself; what made a thread panic would do so again.
        if self.shared.usable_spool().is_some() && !std::thread::panicking() {
            // Not compressed: there may be no time for that.
            self.spool(false, Reason::Shutdown, "the process ends");
        }
    }
}

/// Counts a batch as lost and tells people.
pub(super) fn lose(shared: &Shared, batch: Batch, reason: Reason, detail: &str) {
    let count = batch.len();
    batch.dropped(reason);
    if reason != Reason::Shutdown {
        shared.losses.lost(count, detail);
    }
}
