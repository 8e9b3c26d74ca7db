//! Where records and metrics go: one destination per file. Knows only the plain data of `record`.

mod console;
mod delivery;
mod ledger;
mod lines;
mod memory;
mod otlp;
mod periodic;
mod prometheus;
pub(crate) mod proto;
mod pushgateway;
mod stdout;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod worker;
mod zipkin;

use std::future::{self, Future};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::record::{Record, Severity};

pub(crate) use console::Console;
pub use console::LogFormat;
pub(crate) use delivery::{Compression, EndpointError, Goods, Secrets, Settings, SpoolPlace, TlsFiles};
pub use ledger::{Account, AccountSnapshot, Ledger, Reason, Signal};
pub(crate) use lines::{FileConfig, StdoutConfig, pretty_logs, pretty_spans};
pub use memory::Memory;
pub use otlp::{HistogramAggregation, Protocol, Temporality};
pub(crate) use otlp::{OtlpConfig, OtlpMetrics, Way, otlp_logs, otlp_spans};
pub(crate) use periodic::{Periodic, Source};
pub(crate) use prometheus::{Format, render, rendered};
pub(crate) use pushgateway::Gateway;
pub use pushgateway::Pushgateway;
pub(crate) use stdout::Stdout;
pub(crate) use worker::Worker;
pub use worker::{FlushError, Outstanding};
pub(crate) use zipkin::{ZipkinConfig, zipkin_spans};

/// A destination of records.
///
/// Everything is called on obs' own I/O thread, where a current-thread tokio runtime runs and nothing is
/// observed. An exporter must not block that thread, and counts what it takes and loses in an [`Account`]. A panic is
/// caught and counted in `obs_exporter_panics_total`; it costs the record at hand.
pub trait Exporter: Send + Sync + 'static {
    /// Returns the name, the value of the `exporter` label; two exporters of one process need two names.
    fn name(&self) -> &'static str;

    /// Opens its accounts in the `ledger` and starts what works in the background, with `tokio::spawn`. Called once,
    /// before everything else.
    fn start(&self, _ledger: &Ledger) {}

    /// Takes a record, or counts it as dropped.
    fn accept(&self, record: &Record);

    /// Returns a future that is ready when every record accepted so far was delivered, is on disk or was counted as lost.
    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(future::ready(()))
    }

    /// Ends it: called last, when all that it spawned is gone. May block for `wait` at most.
    fn close(&self, _wait: Duration) {}
}

/// Says something to the people who operate the process: few lines, at a bounded rate. Must not block for long.
pub(crate) type Notices = Arc<dyn Fn(Severity, String) + Send + Sync>;
