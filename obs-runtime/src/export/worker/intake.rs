//! The way from the instrumented threads to the I/O thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::export::{Account, Ledger, Reason, Signal};
use crate::forked;
use crate::record::{Loss, Record, Sink, Spans};

/// The sending end: bounded, never waits. Accounts under `exporter="engine"`.
pub(super) struct Intake {
    sender: UnboundedSender<Arrived>,
    room: Arc<Room>,
    accounts: Accounts,
    ledger: Arc<Ledger>,
    /// Wakes who tells of losses.
    loss: Notify,
}

/// What was put at once.
pub(super) enum Arrival {
    One(Record),
    Many(Spans),
}

impl Arrival {
    /// Returns how many records it is.
    pub(super) fn len(&self) -> usize {
        match self {
            Arrival::One(_) => 1,
            Arrival::Many(spans) => spans.len(),
        }
    }

    /// Returns about how many bytes it takes.
    fn bytes(&self) -> usize {
        match self {
            Arrival::One(record) => record.bytes(),
            Arrival::Many(spans) => spans.bytes(),
        }
    }

    /// Leaves the first `most` alone; one is not divided.
    fn truncate(&mut self, most: usize) {
        if let Arrival::Many(spans) = self {
            spans.truncate(most);
        }
    }
}

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) items: usize,
    pub(super) bytes: usize,
}

/// How much waits, of records and of bytes.
struct Room {
    items: AtomicUsize,
    bytes: AtomicUsize,
    most: Bounds,
}

impl Room {
    /// Takes room for as many of `count` records of `bytes` in all as there is; returns how many that is, and their part of
    /// the bytes.
    fn take(&self, count: usize, bytes: usize) -> (usize, usize) {
        let each = bytes.div_ceil(count.max(1)).max(1);
        let roomy = self.most.bytes.saturating_sub(self.bytes.load(Ordering::Relaxed)) / each;
        let items = take_up_to(&self.items, count.min(roomy), self.most.items);
        let bytes = items.saturating_mul(each);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        (items, bytes)
    }

    /// Returns how much is taken, from 0 to 1.
    fn filled(&self) -> f64 {
        let of = |there: &AtomicUsize, most: usize| there.load(Ordering::Relaxed) as f64 / most.max(1) as f64;
        of(&self.items, self.most.items).max(of(&self.bytes, self.most.bytes))
    }

    fn give_back(&self, items: usize, bytes: usize) {
        self.items.fetch_sub(items, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Adds as much of `count` as there is below `most`, and returns it.
fn take_up_to(cell: &AtomicUsize, count: usize, most: usize) -> usize {
    let free = |there: usize| count.min(most.saturating_sub(there));
    let before = cell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |there| Some(there + free(there)));
    before.map_or(0, free)
}

/// What arrived, and its room until it is dropped.
pub(super) struct Arrived {
    pub(super) arrival: Arrival,
    items: usize,
    bytes: usize,
    room: Arc<Room>,
}

impl Drop for Arrived {
    fn drop(&mut self) {
        self.room.give_back(self.items, self.bytes);
    }
}

/// The receiving end.
pub(super) struct Arrivals {
    receiver: UnboundedReceiver<Arrived>,
}

impl Arrivals {
    /// Waits for the next; `None` when no more can come.
    pub(super) async fn next(&mut self) -> Option<Arrived> {
        self.receiver.recv().await
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.receiver.len()
    }

    /// Takes up to `most` of those that are there.
    pub(super) fn take(&mut self, most: usize, to: &mut Vec<Arrived>) {
        for _ in 0..most {
            let Ok(arrived) = self.receiver.try_recv() else { return };
            to.push(arrived);
        }
    }

    /// Lets no more come.
    pub(super) fn close(&mut self) {
        self.receiver.close();
    }
}

/// One account per signal.
pub(super) struct Accounts {
    traces: Arc<Account>,
    logs: Arc<Account>,
}

impl Accounts {
    pub(super) fn new(ledger: &Ledger) -> Self {
        let open = |signal| ledger.account(signal, "engine", &[Reason::RingFull, Reason::Shutdown]);
        Accounts { traces: open(Signal::Traces), logs: open(Signal::Logs) }
    }

    pub(super) fn of(&self, record: &Record) -> &Account {
        match record {
            Record::Span(_) => &self.traces,
            Record::Log(_) => &self.logs,
        }
    }

    pub(super) fn of_all(&self, arrival: &Arrival) -> &Account {
        match arrival {
            Arrival::One(record) => self.of(record),
            Arrival::Many(_) => &self.traces,
        }
    }
}

impl Intake {
    pub(super) fn new(ledger: &Arc<Ledger>, most: Bounds) -> (Arc<Self>, Arrivals) {
        let (sender, receiver) = unbounded_channel();
        let room = Arc::new(Room { items: AtomicUsize::new(0), bytes: AtomicUsize::new(0), most });
        let arrivals = Arrivals { receiver };
        let (accounts, ledger) = (Accounts::new(ledger), Arc::clone(ledger));
        (Arc::new(Intake { sender, room, accounts, ledger, loss: Notify::new() }), arrivals)
    }

    /// Returns the accounts of traces and logs.
    pub(super) fn accounts(&self) -> (&Arc<Account>, &Arc<Account>) {
        (&self.accounts.traces, &self.accounts.logs)
    }

    /// Returns what tells how full it is, from 0 to 1, and holds nothing else.
    pub(super) fn filled(&self) -> impl Fn() -> f64 + Send + Sync + use<> {
        let room = Arc::clone(&self.room);
        move || room.filled()
    }

    /// Waits until something is lost.
    pub(super) async fn loss(&self) {
        self.loss.notified().await;
    }

    /// Sends what there is room for.
    fn send(&self, mut arrival: Arrival) {
        let (account, count) = (self.accounts.of_all(&arrival), arrival.len());
        account.accepted(count as u64);
        if forked::is_child() {
            // To wake the I/O thread would take locks of a thread that is gone.
            return account.dropped(Reason::Forked, count as u64);
        }
        if self.sender.is_closed() {
            return account.dropped(Reason::Shutdown, count as u64);
        }
        let (fits, bytes) = self.room.take(count, arrival.bytes());
        if fits < count {
            account.dropped(Reason::RingFull, (count - fits) as u64);
            self.loss.notify_one();
            arrival.truncate(fits);
        }
        if fits > 0 {
            let arrived = Arrived { arrival, items: fits, bytes, room: Arc::clone(&self.room) };
            if self.sender.send(arrived).is_err() {
                account.dropped(Reason::Shutdown, fits as u64);
            }
        }
    }
}

impl Sink for Intake {
    fn put(&self, record: Record) {
        self.send(Arrival::One(record));
    }

    fn put_spans(&self, spans: &mut Spans) {
        self.send(Arrival::Many(std::mem::take(spans)));
    }

    fn lost(&self, why: Loss, spans: u64) {
        let reason = match why {
            Loss::RingFull => Reason::RingFull,
            Loss::TailBytes => Reason::TailBytes,
            Loss::TailSpans => Reason::TailSpans,
            Loss::TailAge => Reason::TailAge,
            Loss::Shutdown => Reason::Shutdown,
            Loss::Panicked => Reason::Panicked,
            Loss::Forked => Reason::Forked,
        };
        self.accounts.traces.accepted(spans);
        self.accounts.traces.dropped(reason, spans);
        if reason != Reason::Shutdown {
            self.loss.notify_one();
        }
    }

    fn truncated(&self, values: u64) {
        self.ledger.truncated(values);
    }
}
