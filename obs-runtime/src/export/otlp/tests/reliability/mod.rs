//! The targets R1, R3, R4, R7 and R25 of export, on a collector that misbehaves as it is told.

mod accounting;
mod hostile;
mod pace;
mod panics;

use super::{NAME, Pipeline, SOON, config, otlp_logs, otlp_spans, with};
use crate::export::delivery::Settings;
use crate::export::otlp::{OtlpConfig, OtlpMetrics};
use crate::export::{AccountSnapshot, Exporter, Ledger, Notices, Reason, Signal};
use crate::testing::{Fault, FaultyCollector};

/// Settings with waits of milliseconds for a collector.
fn to(collector: &FaultyCollector) -> OtlpConfig {
    config(&collector.address().to_string())
}

/// Returns the account of a signal.
fn account(ledger: &Ledger, signal: Signal) -> AccountSnapshot {
    ledger.account(signal, NAME, &[]).snapshot()
}
