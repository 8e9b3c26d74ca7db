//! Exact accounts of what was delivered and what was lost.

mod reason;
mod sdk;
mod series;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

pub use reason::{Reason, Signal};
pub(super) use sdk::{Component, Waiting};

const REASONS: usize = Reason::ALL.len();

/// The account of one signal at one exporter.
///
/// Every record is accepted once, or recovered from an earlier process's spool, and then meets exactly one fate:
/// exported, rejected or dropped. Until then it is queued, or spooled on disk. Methods are a few atomic additions; they
/// never block.
#[derive(Debug)]
pub struct Account {
    signal: Signal,
    exporter: &'static str,
    likely: &'static [Reason],
    settle: Arc<Settle>,
    accepted: AtomicU64,
    exported: AtomicU64,
    rejected: AtomicU64,
    dropped: [AtomicU64; REASONS],
    spools: AtomicBool,
    recovered: AtomicU64,
    spooled: AtomicU64,
    spool_bytes: AtomicU64,
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

    /// Notes that there is a spool, so that its figures are shown.
    pub(crate) fn spools(&self) {
        self.spools.store(true, Ordering::Relaxed);
    }

    /// Counts records as taken over from an earlier process. Comes before their fate, and before they are spooled.
    pub(crate) fn recovered(&self, count: u64) {
        self.recovered.fetch_add(count, Ordering::Release);
    }

    /// Counts records as written to disk.
    pub(crate) fn spooled(&self, count: u64) {
        self.spooled.fetch_add(count, Ordering::Release);
    }

    /// Counts records as on disk no more. Comes before their fate.
    pub(crate) fn unspooled(&self, count: u64) {
        let less = |spooled: u64| Some(spooled.saturating_sub(count));
        let _always_some = self.spooled.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
    }

    /// Notes the bytes on disk.
    pub(crate) fn spool_bytes(&self, bytes: u64) {
        self.spool_bytes.store(bytes, Ordering::Relaxed);
    }

    /// Returns how many records were lost so far, but for those that a shutdown cost; what nobody has counted yet is not
    /// in it.
    pub(crate) fn lost(&self) -> u64 {
        let all: u64 = self.dropped.iter().map(|cell| cell.load(Ordering::Acquire)).sum();
        let shutdown = self.dropped.get(Reason::Shutdown as usize);
        all - shutdown.map_or(0, |cell| cell.load(Ordering::Acquire)).min(all)
    }

    /// Reads the account.
    pub fn snapshot(&self) -> AccountSnapshot {
        if let Some(settle) = self.settle.0.get() {
            settle();
        }
        // Fates first: who sees a fate also sees that the record was accepted.
        let exported = self.exported.load(Ordering::Acquire);
        let rejected = self.rejected.load(Ordering::Acquire);
        let dropped = self.dropped.each_ref().map(|cell| cell.load(Ordering::Acquire));
        let spooled = self.spooled.load(Ordering::Acquire);
        let recovered = self.recovered.load(Ordering::Acquire);
        let accepted = self.accepted.load(Ordering::Acquire);
        let met = dropped.iter().fold(exported.saturating_add(rejected), |sum, n| sum.saturating_add(*n));
        AccountSnapshot {
            signal: self.signal,
            exporter: self.exporter,
            accepted,
            exported,
            rejected,
            queued: accepted.saturating_add(recovered).saturating_sub(met).saturating_sub(spooled),
            recovered,
            spooled,
            spool_bytes: self.spool_bytes.load(Ordering::Relaxed),
            spools: self.spools.load(Ordering::Relaxed),
            dropped,
        }
    }
}

/// The figures of one account at one moment: accepted + recovered = exported + rejected + all dropped + queued + spooled.
#[derive(Clone, PartialEq, Eq)]
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
    /// Records without a fate yet that are not on disk: waiting, or in a request that runs. None after a shutdown.
    pub queued: u64,
    /// Records that an earlier process left in the spool, taken over when this one started.
    pub recovered: u64,
    /// Records in the spool, also while they are being sent. What is there after a shutdown is not lost: whoever starts
    /// next with the same spool recovers it.
    pub spooled: u64,
    /// Bytes that the spool takes on the disk, those of records included that are done while others in their file are not.
    pub spool_bytes: u64,
    spools: bool,
    dropped: [u64; REASONS],
}

impl fmt::Debug for AccountSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("AccountSnapshot");
        out.field("signal", &self.signal).field("exporter", &self.exporter);
        out.field("accepted", &self.accepted).field("exported", &self.exported);
        out.field("rejected", &self.rejected).field("queued", &self.queued);
        if self.spools {
            out.field("recovered", &self.recovered).field("spooled", &self.spooled);
        }
        for reason in Reason::ALL.iter().filter(|reason| self.dropped(**reason) > 0) {
            out.field(reason.as_str(), &self.dropped(*reason));
        }
        out.finish_non_exhaustive()
    }
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
    truncated: AtomicU64,
    settle: Arc<Settle>,
    components: RwLock<Vec<Arc<Component>>>,
}

/// What is done before an account is read.
#[derive(Default)]
struct Settle(OnceLock<Box<dyn Fn() + Send + Sync>>);

impl fmt::Debug for Settle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settle")
    }
}

impl Ledger {
    /// Has `settle` called before accounts are read: it counts what nobody has counted yet. The first caller wins.
    pub(crate) fn settle_by(&self, settle: impl Fn() + Send + Sync + 'static) {
        let _first = self.settle.0.set(Box::new(settle));
    }

    /// Returns the account of a signal at an exporter, opened on first use.
    ///
    /// Reasons in `likely` are shown from the start, at zero, so that alerts can be written before the first loss.
    pub fn account(&self, signal: Signal, exporter: &'static str, likely: &'static [Reason]) -> Arc<Account> {
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = accounts.iter().find(|a| a.signal == signal && a.exporter == exporter) {
            return Arc::clone(known);
        }
        let account = Arc::new(Account {
            signal,
            exporter,
            likely,
            settle: Arc::clone(&self.settle),
            accepted: AtomicU64::new(0),
            exported: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            dropped: [const { AtomicU64::new(0) }; REASONS],
            spools: AtomicBool::new(false),
            recovered: AtomicU64::new(0),
            spooled: AtomicU64::new(0),
            spool_bytes: AtomicU64::new(0),
        });
        accounts.push(Arc::clone(&account));
        account
    }

    /// Shows an exporter under the names of OpenTelemetry, too.
    pub(super) fn watch(&self, component: &Arc<Component>) {
        let mut components = self.components.write().unwrap_or_else(PoisonError::into_inner);
        components.push(Arc::clone(component));
    }

    /// Returns where an exporter sends to, and how its last attempt failed, unless one has succeeded since.
    pub(crate) fn trouble(&self, signal: Signal, exporter: &str) -> Option<String> {
        let component = self.component(signal, exporter)?;
        Some(format!("{}: {}", component.place, component.trouble()?))
    }

    /// Returns how full the queue of an exporter is, from 0 to 1, in items or bytes; `None` where it has none of ours.
    pub(crate) fn filled(&self, signal: Signal, exporter: &str) -> Option<f64> {
        Some(self.component(signal, exporter)?.filled())
    }

    fn component(&self, signal: Signal, exporter: &str) -> Option<Arc<Component>> {
        let is_it = |c: &&Arc<Component>| c.account.signal == signal && c.account.exporter == exporter;
        self.components().iter().find(is_it).cloned()
    }

    /// Returns where everything of a signal goes.
    pub(crate) fn places(&self, signal: Signal) -> Vec<String> {
        let components = self.components();
        components.iter().filter(|c| c.account.signal == signal).map(|c| c.place.clone()).collect()
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

    /// Counts text values that were cut.
    pub(crate) fn truncated(&self, values: u64) {
        self.truncated.fetch_add(values, Ordering::Relaxed);
    }

    fn components(&self) -> Vec<Arc<Component>> {
        self.components.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn accounts(&self) -> Vec<Arc<Account>> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests;
