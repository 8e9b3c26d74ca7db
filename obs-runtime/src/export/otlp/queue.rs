//! What waits for delivery, bounded in items and bytes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::config::OtlpConfig;
use super::encode::Encoded;
use super::retry::later;
use crate::export::{Account, Reason};

/// A queue with one consumer. Items leave in order, in batches; each batch is settled when it met its fate, in any order.
pub(super) struct Queue {
    state: Mutex<State>,
    /// Wakes the consumer: there may be a batch.
    work: Notify,
    /// How many of the items that were ever pushed, from the first on, are settled without a gap.
    settled: watch::Sender<u64>,
    account: Arc<Account>,
    limits: Limits,
}

#[derive(Default)]
struct State {
    items: VecDeque<(Instant, Encoded)>,
    bytes: usize,
    /// Items ever pushed.
    pushed: u64,
    /// The numbers of the first items of the batches on their way.
    on_their_way: BTreeSet<u64>,
    /// A flush waits for the items up to this one.
    flush_to: u64,
    /// Flushes so far.
    flushes: u64,
    closed: bool,
}

#[derive(Clone, Copy)]
struct Limits {
    items: usize,
    bytes: usize,
    batch: usize,
    batch_bytes: usize,
    delay: Duration,
}

impl Queue {
    pub(super) fn new(config: &OtlpConfig, account: Arc<Account>) -> Arc<Self> {
        let limits = Limits {
            items: config.max_queue_items,
            bytes: config.max_queue_bytes,
            batch: config.max_batch.clamp(1, config.max_queue_items.max(1)),
            batch_bytes: config.max_batch_bytes,
            delay: config.schedule_delay,
        };
        let (settled, _) = watch::channel(0);
        Arc::new(Queue { state: Mutex::default(), work: Notify::new(), settled, account, limits })
    }

    /// Takes an item, or counts it as lost and says why. `make` runs only where there is room for one more.
    pub(super) fn push(&self, make: impl FnOnce() -> Encoded) -> Result<(), Reason> {
        self.account.accepted(1);
        let pushed = self.try_push(make);
        match pushed {
            Ok(()) => self.work.notify_one(),
            Err(reason) => self.account.dropped(reason, 1),
        }
        pushed
    }

    fn try_push(&self, make: impl FnOnce() -> Encoded) -> Result<(), Reason> {
        let mut state = self.lock();
        if state.closed {
            return Err(Reason::Shutdown);
        }
        if state.items.len() >= self.limits.items {
            return Err(Reason::QueueItems);
        }
        let item = make();
        if item.size() > self.limits.batch_bytes {
            return Err(Reason::TooLarge);
        }
        if state.bytes + item.size() > self.limits.bytes {
            return Err(Reason::QueueBytes);
        }
        state.bytes += item.size();
        state.pushed += 1;
        state.items.push_back((Instant::now(), item));
        Ok(())
    }

    /// Waits until a batch should be sent: it is full, its first item has waited long enough, or a flush waits for it.
    pub(super) async fn due(&self) {
        loop {
            let work = self.work.notified();
            match self.due_at() {
                Some(None) => return,
                Some(Some(at)) => tokio::select! {
                    () = work => {}
                    () = tokio::time::sleep_until(at) => return,
                },
                None => work.await,
            }
        }
    }

    /// `None` for never, `Some(None)` for now.
    fn due_at(&self) -> Option<Option<Instant>> {
        let state = self.lock();
        let (first, _) = state.items.front()?;
        let full = state.items.len() >= self.limits.batch || state.bytes >= self.limits.batch_bytes;
        let flushed = state.flush_to > state.front();
        Some((!full && !flushed).then(|| later(*first, self.limits.delay)))
    }

    /// Takes the next batch; `None` where nothing waits.
    pub(super) fn take(self: &Arc<Self>) -> Option<Batch> {
        let mut state = self.lock();
        let (mut spans, mut bytes, first) = (Vec::new(), 0, state.front());
        while spans.len() < self.limits.batch {
            let fits = |size: usize| spans.is_empty() || bytes + size <= self.limits.batch_bytes;
            let Some((_, span)) = state.items.pop_front_if(|(_, span)| fits(span.size())) else {
                break;
            };
            bytes += span.size();
            spans.push(span);
        }
        state.bytes -= bytes;
        let open = spans.len() as u64;
        if open == 0 {
            return None;
        }
        state.on_their_way.insert(first);
        Some(Batch { spans, first, open, queue: Arc::clone(self) })
    }

    /// Waits until everything pushed so far is settled, and has it sent at once.
    pub(super) async fn flush(&self) {
        let target = {
            let mut state = self.lock();
            state.flushes += 1;
            state.flush_to = state.pushed;
            state.pushed
        };
        self.work.notify_one();
        let mut settled = self.settled.subscribe();
        drop(settled.wait_for(|settled| *settled >= target).await); // fails never: the sender is ours
    }

    /// Returns how many flushes there were, and whether one of them still waits.
    pub(super) fn flushes(&self) -> (u64, bool) {
        let state = self.lock();
        (state.flushes, state.flush_to > *self.settled.borrow())
    }

    /// Waits for a flush after the first `seen`.
    pub(super) async fn flush_after(&self, seen: u64) {
        loop {
            let work = self.work.notified();
            if let (flushes, true) = self.flushes()
                && flushes > seen
            {
                return;
            }
            work.await;
        }
    }

    /// Refuses everything from now on and counts what waits as `shutdown`.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.bytes = 0;
        let left = std::mem::take(&mut state.items).len() as u64;
        self.account.dropped(Reason::Shutdown, left);
        self.settle(&state);
    }

    /// Tells those who wait for a flush how far everything is settled.
    fn settle(&self, state: &State) {
        let settled = state.on_their_way.first().copied().unwrap_or(state.front());
        self.settled.send_replace(settled);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns the number of the first item that waits, or of the next to come.
    fn front(&self) -> u64 {
        self.pushed - self.items.len() as u64
    }
}

/// Spans on their way. Whatever has no fate when it is dropped was lost: by a shutdown, or by a panic of the exporter.
pub(super) struct Batch {
    spans: Vec<Encoded>,
    /// The number of its first span.
    first: u64,
    /// Spans without a fate.
    open: u64,
    queue: Arc<Queue>,
}

impl Batch {
    /// Returns the spans, once: a request is made of them, and their memory can go.
    pub(super) fn take_spans(&mut self) -> Vec<Encoded> {
        std::mem::take(&mut self.spans)
    }

    /// Returns how many spans it was made of.
    pub(super) fn len(&self) -> u64 {
        self.open
    }

    /// Counts it as delivered, except for the spans that the destination rejected.
    pub(super) fn exported(mut self, rejected: u64) {
        let rejected = rejected.min(self.open);
        self.queue.account.rejected(rejected);
        self.queue.account.exported(self.open - rejected);
        self.settle();
    }

    /// Counts it as lost.
    pub(super) fn dropped(mut self, reason: Reason) {
        self.queue.account.dropped(reason, self.open);
        self.settle();
    }

    fn settle(&mut self) {
        self.open = 0;
        let mut state = self.queue.lock();
        state.on_their_way.remove(&self.first);
        self.queue.settle(&state);
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if self.open > 0 {
            let reason = if std::thread::panicking() { Reason::Refused } else { Reason::Shutdown };
            self.queue.account.dropped(reason, self.open);
            self.settle();
        }
    }
}
