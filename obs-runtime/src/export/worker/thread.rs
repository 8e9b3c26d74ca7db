//! What the I/O thread does.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use super::intake::{Accounts, Arrival, Arrivals, Arrived};
use super::{Control, OwnRuntime};
use crate::export::{Exporter, Ledger, Reason};
use crate::quiet;
use crate::record::Record;

/// Records handed over at once: in a burst, exporters must send meanwhile.
const BATCH: usize = 256;

/// How long an exporter may take to end.
const CLOSING: Duration = Duration::from_secs(5);

/// What survives a panic of the loop.
pub(super) struct State {
    arrivals: Arrivals,
    commands: UnboundedReceiver<Control>,
    exporters: Vec<Arc<dyn Exporter>>,
    accounts: Accounts,
    ledger: Arc<Ledger>,
    /// Taken from the intake, not handed over yet; in reverse order.
    batch: Vec<Arrived>,
    /// Who waits for a flush of what was taken.
    flushes: Vec<SyncSender<()>>,
}

/// Runs until it is told to stop or its owner is gone. Exporter traffic never comes back as telemetry: the
/// thread is not observed.
pub(super) fn main(runtime: OwnRuntime, mut state: State) {
    quiet::hush();
    let mut stopped = None;
    if let Some(tokio) = runtime.0.as_ref() {
        tokio.block_on(async { state.start() });
        stopped = loop {
            match catch_unwind(AssertUnwindSafe(|| tokio.block_on(state.work()))) {
                Ok(reply) => break reply,
                Err(_) => state.ledger.panicked("engine"),
            }
        };
        tokio.block_on(state.abandon());
    }
    drop(runtime); // ends every task; exporters count what they still had
    state.close();
    if let Some(reply) = stopped {
        let _nobody_waits = reply.send(());
    }
}

impl State {
    pub(super) fn new(
        arrivals: Arrivals,
        commands: UnboundedReceiver<Control>,
        exporters: Vec<Arc<dyn Exporter>>,
        ledger: Arc<Ledger>,
    ) -> Self {
        let accounts = Accounts::new(&ledger);
        State {
            arrivals,
            commands,
            exporters,
            accounts,
            ledger,
            batch: Vec::with_capacity(BATCH),
            flushes: Vec::new(),
        }
    }

    fn start(&self) {
        for exporter in &self.exporters {
            self.guarded(exporter, |e| e.start(&self.ledger));
        }
    }

    /// Hands records over until the end; returns who waits for it.
    async fn work(&mut self) -> Option<SyncSender<()>> {
        loop {
            self.hand_over().await;
            while let Some(reply) = self.flushes.pop() {
                self.flush(reply);
            }
            tokio::select! {
                biased;
                command = self.commands.recv() => match self.obey(command) {
                    ControlFlow::Continue(()) => {}
                    ControlFlow::Break(reply) => return reply,
                },
                Some(arrival) = self.arrivals.next() => {
                    self.batch.push(arrival);
                    self.take(BATCH);
                }
            }
        }
    }

    /// Takes what has arrived, at most so many arrivals.
    fn take(&mut self, most: usize) {
        self.arrivals.take(most, &mut self.batch);
        self.batch.reverse();
    }

    fn obey(&mut self, command: Option<Control>) -> ControlFlow<Option<SyncSender<()>>> {
        match command {
            Some(Control::Flush(reply)) => {
                // As many as there are now: producers may be faster than this loop.
                self.take(self.arrivals.len());
                self.flushes.push(reply);
                ControlFlow::Continue(())
            }
            Some(Control::Stop(reply)) => ControlFlow::Break(Some(reply)),
            None => ControlFlow::Break(None),
        }
    }

    /// Gives every record at hand to every exporter.
    async fn hand_over(&mut self) {
        let mut handed: usize = 0;
        while let Some(record) = self.next() {
            self.accounts.of(&record).exported(1);
            for exporter in &self.exporters {
                self.guarded(exporter, |e| e.accept(&record));
            }
            handed += 1;
            if handed.is_multiple_of(BATCH) {
                tokio::task::yield_now().await;
            }
        }
        self.batch.shrink_to(BATCH); // a flush may have taken many
    }

    /// Takes the next record at hand.
    fn next(&mut self) -> Option<Record> {
        loop {
            match &mut self.batch.last_mut()?.arrival {
                Arrival::One(record) => {
                    let record = record.clone();
                    self.batch.pop();
                    return Some(record);
                }
                Arrival::Many(spans) => match spans.next() {
                    Some(span) => return Some(Record::Span(span)),
                    None => drop(self.batch.pop()),
                },
            }
        }
    }

    /// Flushes all exporters at the same time, beside the other work.
    fn flush(&self, reply: SyncSender<()>) {
        let mut flushes = JoinSet::new();
        for exporter in &self.exporters {
            let exporter = Arc::clone(exporter);
            let ledger = Arc::clone(&self.ledger);
            flushes.spawn(async move {
                let name = exporter.name();
                let task = tokio::spawn(async move { exporter.flush().await });
                if task.await.is_err_and(|e| e.is_panic()) {
                    ledger.panicked(name);
                }
            });
        }
        tokio::spawn(async move {
            while flushes.join_next().await.is_some() {}
            let _nobody_waits = reply.send(());
        });
    }

    /// Counts what no exporter will see.
    async fn abandon(&mut self) {
        self.arrivals.close();
        while let Some(Arrived { arrival, .. }) = self.arrivals.next().await.as_ref() {
            self.accounts.of_all(arrival).dropped(Reason::Shutdown, arrival.len() as u64);
        }
    }

    /// Ends the exporters; who waits for that waits no longer than it said.
    fn close(&self) {
        for exporter in &self.exporters {
            self.guarded(exporter, |e| e.close(CLOSING));
        }
    }

    fn guarded(&self, exporter: &Arc<dyn Exporter>, call: impl FnOnce(&dyn Exporter)) {
        if catch_unwind(AssertUnwindSafe(|| call(&**exporter))).is_err() {
            self.ledger.panicked(exporter.name());
        }
    }
}
