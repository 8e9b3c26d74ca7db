//! The way from the instrumented threads to the I/O thread.

use std::sync::Arc;

use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};

use crate::export::{Account, Ledger, Reason, Signal};
use crate::record::{Loss, Record, Sink};

/// The sending end: bounded, never waits. Accounts under `exporter="engine"`.
pub(super) struct Intake {
    sender: Sender<Record>,
    accounts: Accounts,
    ledger: Arc<Ledger>,
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
}

impl Intake {
    pub(super) fn new(ledger: &Arc<Ledger>, items: usize) -> (Arc<Self>, Receiver<Record>) {
        let (sender, receiver) = channel(items);
        let (accounts, ledger) = (Accounts::new(ledger), Arc::clone(ledger));
        (Arc::new(Intake { sender, accounts, ledger }), receiver)
    }
}

impl Sink for Intake {
    fn put(&self, record: Record) {
        self.accounts.of(&record).accepted(1);
        match self.sender.try_send(record) {
            Ok(()) => {}
            Err(TrySendError::Full(record)) => self.accounts.of(&record).dropped(Reason::RingFull, 1),
            Err(TrySendError::Closed(record)) => self.accounts.of(&record).dropped(Reason::Shutdown, 1),
        }
    }

    fn lost(&self, why: Loss, spans: u64) {
        let reason = match why {
            Loss::RingFull => Reason::RingFull,
            Loss::TailBytes => Reason::TailBytes,
            Loss::TailSpans => Reason::TailSpans,
            Loss::TailAge => Reason::TailAge,
            Loss::Shutdown => Reason::Shutdown,
            Loss::Panicked => Reason::Panicked,
        };
        self.accounts.traces.accepted(spans);
        self.accounts.traces.dropped(reason, spans);
    }

    fn truncated(&self, values: u64) {
        self.ledger.truncated(values);
    }
}
