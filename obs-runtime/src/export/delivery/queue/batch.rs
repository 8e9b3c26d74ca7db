//! What leaves the queue: items that are sent together, and meet one fate.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::super::records::Making;
use super::super::transport::Body;
use super::Queue;
use crate::export::Reason;

/// What is sent.
pub(in crate::export) enum Content {
    /// Items, and more may come to them.
    Making(Box<dyn Making>),
    /// All that it will ever be.
    Made(Body),
}

/// Tells whether a body was received.
pub(in crate::export) struct Receipt(oneshot::Receiver<bool>);

impl Receipt {
    pub(super) fn new(fate: oneshot::Receiver<bool>) -> Self {
        Receipt(fate)
    }

    /// Waits until the body met its fate. `false` also where a part of the way is unknown: it was not answered.
    pub(in crate::export) async fn was_received(self) -> bool {
        self.0.await.unwrap_or(false)
    }
}

/// Items on their way. Whatever has no fate when it is dropped was lost: by a shutdown, or by a panic of the exporter.
pub(in crate::export) struct Batch {
    content: Option<Content>,
    receipt: Option<oneshot::Sender<bool>>,
    /// The number of its first item.
    first: u64,
    /// Items without a fate.
    open: u64,
    queue: Arc<Queue>,
}

impl Batch {
    pub(super) fn new(
        content: Content,
        receipt: Option<oneshot::Sender<bool>>,
        first: u64,
        open: u64,
        queue: Arc<Queue>,
    ) -> Self {
        Batch { content: Some(content), receipt, first, open, queue }
    }

    /// Returns what is to be sent, once.
    pub(in crate::export) fn take_content(&mut self) -> Option<Content> {
        self.content.take()
    }

    /// Returns how many items it was made of.
    pub(in crate::export) fn len(&self) -> u64 {
        self.open
    }

    /// Counts it as delivered, except for the items that the destination rejected.
    pub(in crate::export) fn exported(mut self, rejected: u64) {
        let rejected = rejected.min(self.open);
        self.queue.account.rejected(rejected);
        self.queue.account.exported(self.open - rejected);
        self.settle(true);
    }

    /// Notes that it waits on disk, which counts it from now on.
    pub(in crate::export) fn spooled(mut self) {
        // It will be received once more where it is repeated.
        self.settle(true);
    }

    /// Counts it as lost.
    pub(in crate::export) fn dropped(mut self, reason: Reason) {
        self.queue.account.dropped(reason, self.open);
        // Of an answer that makes no sense it is sure that there is one: a repetition could duplicate.
        self.settle(reason == Reason::ResponseInvalid);
    }

    fn settle(&mut self, received: bool) {
        if let Some(receipt) = self.receipt.take() {
            let _nobody_waits = receipt.send(received);
        }
        self.open = 0;
        let mut state = self.queue.lock();
        state.on_their_way.remove(&self.first);
        self.queue.settle(&state);
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if self.open > 0 {
            let reason = if std::thread::panicking() { Reason::Panicked } else { Reason::Shutdown };
            self.queue.account.dropped(reason, self.open);
            self.settle(false);
        }
    }
}
