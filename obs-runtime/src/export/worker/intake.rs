//! The way from the instrumented threads to the I/O thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::export::{Account, Ledger, Reason, Signal};
use crate::forked;
use crate::record::{Loss, Record, Sink, Spans};

/// The sending end: bounded, never waits. Accounts under `exporter="engine"`.
pub(super) struct Intake {
    sender: UnboundedSender<Arrival>,
    room: Arc<Room>,
    accounts: Accounts,
    ledger: Arc<Ledger>,
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

    /// Leaves the first `most` alone; one is not divided.
    fn truncate(&mut self, most: usize) {
        if let Arrival::Many(spans) = self {
            spans.truncate(most);
        }
    }
}

/// How many records wait, and how many may.
struct Room {
    waiting: AtomicUsize,
    most: usize,
}

impl Room {
    /// Takes room for as many of `count` records as there is.
    fn take(&self, count: usize) -> usize {
        let free = |waiting: usize| count.min(self.most.saturating_sub(waiting));
        let add = |waiting: usize| Some(waiting + free(waiting));
        let before = self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        before.map_or(0, free)
    }

    fn give_back(&self, count: usize) {
        self.waiting.fetch_sub(count, Ordering::Relaxed);
    }
}

/// The receiving end.
pub(super) struct Arrivals {
    receiver: UnboundedReceiver<Arrival>,
    room: Arc<Room>,
}

impl Arrivals {
    /// Waits for the next; `None` when no more can come.
    pub(super) async fn next(&mut self) -> Option<Arrival> {
        let arrival = self.receiver.recv().await?;
        self.room.give_back(arrival.len());
        Some(arrival)
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.receiver.len()
    }

    /// Takes up to `most` of those that are there.
    pub(super) fn take(&mut self, most: usize, to: &mut Vec<Arrival>) {
        for _ in 0..most {
            let Ok(arrival) = self.receiver.try_recv() else { return };
            self.room.give_back(arrival.len());
            to.push(arrival);
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
    pub(super) fn new(ledger: &Arc<Ledger>, items: usize) -> (Arc<Self>, Arrivals) {
        let (sender, receiver) = unbounded_channel();
        let room = Arc::new(Room { waiting: AtomicUsize::new(0), most: items });
        let arrivals = Arrivals { receiver, room: Arc::clone(&room) };
        let (accounts, ledger) = (Accounts::new(ledger), Arc::clone(ledger));
        (Arc::new(Intake { sender, room, accounts, ledger }), arrivals)
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
        let fits = self.room.take(count);
        if fits < count {
            account.dropped(Reason::RingFull, (count - fits) as u64);
            arrival.truncate(fits);
        }
        if fits > 0 && self.sender.send(arrival).is_err() {
            account.dropped(Reason::Shutdown, fits as u64);
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
    }

    fn truncated(&self, values: u64) {
        self.ledger.truncated(values);
    }
}
