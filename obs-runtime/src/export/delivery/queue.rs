//! What waits for delivery, bounded in items and bytes.

mod batch;

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot, watch};
use tokio::time::Instant;

pub(in crate::export) use self::batch::Receipt;
pub(super) use self::batch::{Batch, Content};
use super::records::{Form, Item, Origin};
use super::retry::later;
use super::settings::Settings;
use super::transport::Body;
use crate::export::ledger::Waiting;
use crate::export::{Account, Reason};

/// A queue with one consumer. Items leave in order, in batches; each batch is settled when it met its fate, in any order.
pub(in crate::export) struct Queue {
    state: Mutex<State>,
    /// Wakes the consumer: there may be a batch.
    work: Notify,
    /// Wakes whoever waits for a flush, or for the queue to be crowded.
    pressed: Notify,
    /// How many of the items that were ever pushed, from the first on, are settled without a gap.
    settled: watch::Sender<u64>,
    account: Arc<Account>,
    limits: Limits,
}

#[derive(Default)]
struct State {
    /// Requests in the making: all but the last are full.
    requests: VecDeque<Pending>,
    items: usize,
    bytes: usize,
    /// Items ever pushed.
    pushed: u64,
    /// The numbers of the first items of the batches on their way.
    on_their_way: BTreeSet<u64>,
    /// A flush waits for the items up to this one.
    flush_to: u64,
    /// Flushes so far.
    flushes: u64,
    /// Those who want whatever comes sent at once.
    hurried: usize,
    closed: bool,
    /// Where items are encoded.
    buffer: Vec<u8>,
}

/// A request that waits.
struct Pending {
    /// When its first item came.
    since: Instant,
    content: Content,
    items: usize,
    bytes: usize,
    /// Who wants to know its fate.
    receipt: Option<oneshot::Sender<bool>>,
}

/// Has everything sent at once until it is dropped, what waits and what comes.
pub(crate) struct Hurry(Arc<Queue>);

impl Drop for Hurry {
    fn drop(&mut self) {
        self.0.lock().hurried -= 1;
    }
}

/// Bytes of the buffer that are kept; items of more are rare.
const KEPT_BUFFER: usize = 16 << 10;

#[derive(Clone, Copy)]
struct Limits {
    items: usize,
    bytes: usize,
    /// What is due.
    batch: usize,
    /// What it may grow to while it waits for its turn.
    max_batch: usize,
    batch_bytes: usize,
    delay: Duration,
}

impl Queue {
    pub(in crate::export) fn new(config: &Settings, account: Arc<Account>) -> Arc<Self> {
        let max_batch = config.max_batch.clamp(1, config.max_queue_items.max(1));
        let limits = Limits {
            items: config.max_queue_items,
            bytes: config.max_queue_bytes,
            batch: config.batch.clamp(1, max_batch),
            max_batch,
            batch_bytes: config.max_batch_bytes,
            delay: config.schedule_delay,
        };
        let (settled, _) = watch::channel(0);
        Arc::new(Queue {
            state: Mutex::default(),
            work: Notify::new(),
            pressed: Notify::new(),
            settled,
            account,
            limits,
        })
    }

    /// Takes an item, or counts it as lost and says why. Has it written only where there is room for one more.
    pub(in crate::export) fn push(
        &self,
        origin: Origin<'_>,
        form: &dyn Form,
        write: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) -> Result<(), Reason> {
        self.account.accepted(1);
        let pushed = self.try_push(origin, form, write);
        match pushed {
            Ok(Due::Crowded) => {
                self.work.notify_one();
                self.pressed.notify_waiters();
            }
            Ok(Due::Changed) => self.work.notify_one(),
            Ok(Due::AsBefore) => {}
            Err(reason) => self.account.dropped(reason, 1),
        }
        pushed.map(drop)
    }

    fn try_push(
        &self,
        origin: Origin<'_>,
        form: &dyn Form,
        write: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) -> Result<Due, Reason> {
        let mut state = self.lock();
        if state.closed {
            return Err(Reason::Shutdown);
        }
        if state.items >= self.limits.items {
            return Err(Reason::QueueItems);
        }
        let mut buffer = std::mem::take(&mut state.buffer);
        buffer.clear();
        let item = Item { origin, bytes: write(buffer) };
        let pushed = state.push(&item, form, &self.limits);
        state.buffer = item.bytes;
        state.buffer.shrink_to(KEPT_BUFFER);
        pushed
    }

    /// Takes a body that is made of so many items, or counts them as lost and says why; also where there is none.
    pub(super) fn push_made(&self, body: Option<Body>, items: u64) -> Result<Receipt, Reason> {
        let pushed = {
            let mut state = self.lock();
            // At once with its fate, where it has one already: the thread may outlive the queue.
            self.account.accepted(items);
            let pushed = match body {
                Some(body) => state.push_made(body, items, &self.limits),
                None => Err(Reason::Refused),
            };
            if let Err(reason) = &pushed {
                self.account.dropped(*reason, items);
            }
            pushed
        };
        if pushed.is_ok() {
            self.work.notify_one();
            self.pressed.notify_waiters();
        }
        pushed
    }

    /// Waits until a batch should be sent: it is full, its first item has waited long enough, or a flush waits for it.
    pub(in crate::export) async fn due(&self) {
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
        let first = state.requests.front()?;
        let flushed = state.flush_to > state.front();
        Some((!state.is_full(&self.limits) && !flushed).then(|| later(first.since, self.limits.delay)))
    }

    /// Takes the next batch; `None` where nothing waits.
    pub(in crate::export) fn take(self: &Arc<Self>) -> Option<Batch> {
        let mut state = self.lock();
        let first = state.front();
        let Pending { content, items, bytes, receipt, .. } = state.requests.pop_front()?;
        state.items -= items;
        state.bytes -= bytes;
        state.on_their_way.insert(first);
        Some(Batch::new(content, receipt, first, items as u64, Arc::clone(self)))
    }

    /// Returns what waits, of what may.
    pub(super) fn waiting(&self) -> Waiting {
        let state = self.lock();
        let of = |there: usize, most: usize| there as f64 / most.max(1) as f64;
        let filled = of(state.items, self.limits.items).max(of(state.bytes, self.limits.bytes));
        Waiting { items: state.items, filled }
    }

    /// Waits until everything pushed so far is settled, and has it sent at once.
    pub(super) async fn flush(&self) {
        let target = {
            let mut state = self.lock();
            state.hasten();
            state.pushed
        };
        self.work.notify_one();
        self.pressed.notify_waiters();
        let mut settled = self.settled.subscribe();
        drop(settled.wait_for(|settled| *settled >= target).await); // fails never: the sender is ours
    }

    /// Has what waits sent at once, and what comes for as long as the returned value lives.
    pub(super) fn hurry(self: &Arc<Self>) -> Hurry {
        let mut state = self.lock();
        state.hurried += 1;
        state.hasten();
        drop(state);
        self.work.notify_one();
        self.pressed.notify_waiters();
        Hurry(Arc::clone(self))
    }

    /// Returns how many flushes there were, and whether one of them still waits.
    pub(super) fn flushes(&self) -> (u64, bool) {
        let state = self.lock();
        (state.flushes, state.flush_to > *self.settled.borrow())
    }

    /// Waits for a flush after the first `seen`.
    pub(super) async fn flush_after(&self, seen: u64) {
        loop {
            let pressed = self.pressed.notified();
            if let (flushes, true) = self.flushes()
                && flushes > seen
            {
                return;
            }
            pressed.await;
        }
    }

    /// Waits until as much waits as may be without another item being in danger, or `otherwise` at a flush.
    pub(super) async fn crowded_or(&self, otherwise: impl Fn() -> bool) {
        loop {
            let pressed = self.pressed.notified();
            if self.lock().is_crowded(&self.limits) || otherwise() {
                return;
            }
            pressed.await;
        }
    }

    /// Refuses everything from now on. Returns what waits; it is counted as `shutdown` where it is dropped.
    pub(super) fn close(self: &Arc<Self>) -> Vec<Batch> {
        self.lock().closed = true;
        std::iter::from_fn(|| self.take()).collect()
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
        self.pushed - self.items as u64
    }

    /// Tells whether a batch should be sent without waiting for more.
    fn is_full(&self, limits: &Limits) -> bool {
        self.items >= limits.batch || self.bytes >= limits.batch_bytes
    }

    /// Tells whether the half of what may wait does.
    fn is_crowded(&self, limits: &Limits) -> bool {
        self.items > limits.items / 2 || self.bytes > limits.bytes / 2
    }

    /// Takes an item within the limits.
    fn push(&mut self, item: &Item<'_>, form: &dyn Form, limits: &Limits) -> Result<Due, Reason> {
        let size = item.size();
        if size > limits.batch_bytes {
            return Err(Reason::TooLarge);
        }
        if self.bytes + size > limits.bytes {
            return Err(Reason::QueueBytes);
        }
        let (was_full, was_crowded) = (self.is_full(limits), self.is_crowded(limits));
        let begins = self.requests.back().is_none_or(|last| !last.takes(size, limits));
        if begins {
            if let Some(Content::Making(full)) = self.requests.back_mut().map(|last| &mut last.content) {
                full.shrink(); // so that the bound in bytes is one of memory
            }
            self.requests.push_back(Pending::new(Content::Making(form.begin())));
        }
        if let Some(last) = self.requests.back_mut()
            && let Content::Making(request) = &mut last.content
        {
            request.push(item);
            last.items += 1;
            last.bytes += size;
        }
        self.items += 1;
        self.bytes += size;
        self.pushed += 1;
        let changed = begins || self.is_full(limits) != was_full;
        let crowded = self.is_crowded(limits) && !was_crowded;
        Ok(if crowded {
            Due::Crowded
        } else if changed {
            Due::Changed
        } else {
            Due::AsBefore
        })
    }

    /// Takes a body within the limits.
    fn push_made(&mut self, body: Body, items: u64, limits: &Limits) -> Result<Receipt, Reason> {
        let bytes = body.bytes.len();
        let count = usize::try_from(items).unwrap_or(usize::MAX);
        if self.closed {
            return Err(Reason::Shutdown);
        }
        if self.bytes + bytes > limits.bytes {
            return Err(Reason::QueueBytes);
        }
        if self.items.saturating_add(count) > limits.items {
            return Err(Reason::QueueItems);
        }
        let (sender, receipt) = oneshot::channel();
        let content = Content::Made(body);
        let made = Pending { items: count, bytes, receipt: Some(sender), ..Pending::new(content) };
        self.requests.push_back(made);
        self.items += count;
        self.bytes += bytes;
        self.pushed += items;
        if self.hurried > 0 {
            self.hasten();
        }
        Ok(Receipt::new(receipt))
    }

    /// Notes that all that was pushed so far is to be sent at once.
    fn hasten(&mut self) {
        self.flushes += 1;
        self.flush_to = self.pushed;
    }
}

impl Pending {
    fn new(content: Content) -> Self {
        Pending { since: Instant::now(), content, items: 0, bytes: 0, receipt: None }
    }

    fn takes(&self, size: usize, limits: &Limits) -> bool {
        let making = matches!(self.content, Content::Making(_));
        making && self.items < limits.max_batch && self.bytes + size <= limits.batch_bytes
    }
}

/// What a new item means to who waits for a batch.
#[derive(Clone, Copy)]
enum Due {
    Crowded,
    Changed,
    AsBefore,
}
