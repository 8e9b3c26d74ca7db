//! What ends after the guard is dropped, in a process of its own: it is counted as lost.

#![allow(clippy::unwrap_used, missing_docs)] // a test fails by panicking, and its name says what holds

use std::sync::{Arc, OnceLock};
use std::thread;

use obs::export::{Account, Exporter, Ledger, Reason, Signal};
use obs::record::Record;

/// Keeps the engine's accounts beyond the end.
#[derive(Clone, Default)]
struct Keeper(Arc<OnceLock<[Arc<Account>; 2]>>);

impl Exporter for Keeper {
    fn name(&self) -> &'static str {
        "keeper"
    }

    fn start(&self, ledger: &Ledger) {
        let accounts = [Signal::Traces, Signal::Logs].map(|signal| ledger.account(signal, "engine", &[]));
        self.0.set(accounts).unwrap();
    }

    fn accept(&self, _: &Record) {}
}

#[obs::traced]
fn work() {
    tracing::info!("working");
}

#[test]
fn spans_that_end_after_the_guard_is_dropped_are_counted() {
    let keeper = Keeper::default();
    let guard = obs::builder().admin_off().log("off").exporter(keeper.clone()).init().unwrap();
    work();
    drop(guard);
    (0..1_000).for_each(|_| work());
    thread::spawn(|| (0..10).for_each(|_| work())).join().unwrap();

    for account in keeper.0.get().unwrap() {
        let read = account.snapshot();
        assert_eq!((read.accepted, read.exported, read.queued), (1_011, 1, 0), "{read:?}");
        assert_eq!(read.dropped(Reason::Shutdown), 1_010, "{read:?}");
    }
}
