//! Exact accounts of what was delivered and what was lost.

mod reason;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub use reason::{Reason, Signal};

use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point};

const REASONS: usize = Reason::ALL.len();

/// The account of one signal at one exporter.
///
/// Every record is accepted once and then meets exactly one fate: exported, rejected or dropped. Until then it is
/// queued. Methods are a few atomic additions; they never block.
#[derive(Debug)]
pub struct Account {
    signal: Signal,
    exporter: &'static str,
    likely: &'static [Reason],
    accepted: AtomicU64,
    exported: AtomicU64,
    rejected: AtomicU64,
    dropped: [AtomicU64; REASONS],
}

impl Account {
    /// Counts records as accepted. Comes before their fate.
    pub fn accepted(&self, count: u64) {
        self.accepted.fetch_add(count, Ordering::Release);
    }

    /// Counts records as delivered.
    pub fn exported(&self, count: u64) {
        self.exported.fetch_add(count, Ordering::Release);
    }

    /// Counts records as received and not wanted by the destination, as in OTLP's partial success.
    pub fn rejected(&self, count: u64) {
        self.rejected.fetch_add(count, Ordering::Release);
    }

    /// Counts records as lost.
    pub fn dropped(&self, reason: Reason, count: u64) {
        if let Some(cell) = self.dropped.get(reason as usize) {
            cell.fetch_add(count, Ordering::Release);
        }
    }

    /// Reads the account.
    pub fn snapshot(&self) -> AccountSnapshot {
        // Fates first: who sees a fate also sees that the record was accepted.
        let exported = self.exported.load(Ordering::Acquire);
        let rejected = self.rejected.load(Ordering::Acquire);
        let dropped = self.dropped.each_ref().map(|cell| cell.load(Ordering::Acquire));
        let accepted = self.accepted.load(Ordering::Acquire);
        let met = dropped
            .iter()
            .fold(exported.saturating_add(rejected), |sum, n| sum.saturating_add(*n));
        AccountSnapshot {
            signal: self.signal,
            exporter: self.exporter,
            accepted,
            exported,
            rejected,
            queued: accepted.saturating_sub(met),
            dropped,
        }
    }
}

/// The figures of one account at one moment: accepted = exported + rejected + all dropped + queued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountSnapshot {
    /// The signal.
    pub signal: Signal,
    /// The exporter; `engine` for what comes before the exporters, where exported means handed over to them.
    pub exporter: &'static str,
    /// Records taken over.
    pub accepted: u64,
    /// Records delivered.
    pub exported: u64,
    /// Records that the destination received and did not want.
    pub rejected: u64,
    /// Records without a fate yet: waiting, or in a request that runs.
    pub queued: u64,
    dropped: [u64; REASONS],
}

impl AccountSnapshot {
    /// Returns how many records were dropped for one reason.
    pub fn dropped(&self, reason: Reason) -> u64 {
        self.dropped.get(reason as usize).copied().unwrap_or(0)
    }

    /// Returns how many records were dropped.
    pub fn dropped_total(&self) -> u64 {
        self.dropped.iter().sum()
    }
}

/// The accounts of one pipeline, and the source of the `obs_*_total` metrics about it.
#[derive(Debug, Default)]
pub struct Ledger {
    accounts: RwLock<Vec<Arc<Account>>>,
    panics: Mutex<BTreeMap<&'static str, u64>>,
}

impl Ledger {
    /// Returns the account of a signal at an exporter, opened on first use.
    ///
    /// Reasons in `likely` are shown from the start, at zero, so that alerts can be written before the first loss.
    pub fn account(&self, signal: Signal, exporter: &'static str, likely: &'static [Reason]) -> Arc<Account> {
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = accounts
            .iter()
            .find(|a| a.signal == signal && a.exporter == exporter)
        {
            return Arc::clone(known);
        }
        let account = Arc::new(Account {
            signal,
            exporter,
            likely,
            accepted: AtomicU64::new(0),
            exported: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            dropped: [const { AtomicU64::new(0) }; REASONS],
        });
        accounts.push(Arc::clone(&account));
        account
    }

    /// Reads every account.
    pub fn snapshot(&self) -> Vec<AccountSnapshot> {
        self.accounts().iter().map(|a| a.snapshot()).collect()
    }

    /// Counts a panic inside an exporter.
    pub(crate) fn panicked(&self, exporter: &'static str) {
        let mut panics = self.panics.lock().unwrap_or_else(PoisonError::into_inner);
        *panics.entry(exporter).or_default() += 1;
    }

    fn accounts(&self) -> Vec<Arc<Account>> {
        self.accounts
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Begins a family without a unit.
fn begin(visitor: &mut dyn MetricVisitor, name: &str, help: &str, kind: MetricKind) {
    visitor.family(&Family {
        name,
        help,
        unit: "",
        kind,
    });
}

impl MetricSource for Ledger {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        use MetricKind::{Counter, Gauge};
        let accounts = self.accounts();
        let taken: Vec<_> = accounts.iter().map(|a| (a.likely, a.snapshot())).collect();
        type Read = fn(&AccountSnapshot) -> Point<'static>;
        let totals: [(&str, &str, MetricKind, Read); 4] = [
            (
                "obs_accepted_total",
                "Records taken over by an exporter.",
                Counter,
                |s| Point::Counter(s.accepted),
            ),
            ("obs_exported_total", "Records delivered.", Counter, |s| {
                Point::Counter(s.exported)
            }),
            (
                "obs_rejected_total",
                "Records received and not wanted.",
                Counter,
                |s| Point::Counter(s.rejected),
            ),
            ("obs_queue_items", "Records waiting or being sent.", Gauge, |s| {
                Point::Gauge(s.queued as f64)
            }),
        ];
        for (name, help, kind, read) in totals {
            begin(visitor, name, help, kind);
            for (_, s) in &taken {
                visitor.point(
                    &[("signal", s.signal.as_str()), ("exporter", s.exporter)],
                    read(s),
                );
            }
        }
        begin(visitor, "obs_dropped_total", "Records lost, by reason.", Counter);
        for (likely, s) in &taken {
            let shown = |r: &&Reason| likely.contains(r) || s.dropped(**r) > 0;
            for reason in Reason::ALL.iter().filter(shown) {
                let labels = [
                    ("signal", s.signal.as_str()),
                    ("exporter", s.exporter),
                    ("reason", reason.as_str()),
                ];
                visitor.point(&labels, Point::Counter(s.dropped(*reason)));
            }
        }
        let panics = self.panics.lock().unwrap_or_else(PoisonError::into_inner).clone();
        begin(
            visitor,
            "obs_exporter_panics_total",
            "Panics inside an exporter.",
            Counter,
        );
        for (exporter, count) in panics {
            visitor.point(&[("exporter", exporter)], Point::Counter(count));
        }
    }
}

#[cfg(test)]
mod tests;
