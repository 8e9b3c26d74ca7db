//! Traces, logs and metrics as OTLP (OTLP specification 1.x).

mod config;
mod json;
mod logs;
mod metrics;
mod request;
mod spans;
mod value;
mod way;

#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

pub(crate) use config::OtlpConfig;
pub use config::Protocol;
pub(super) use json::line;
pub(crate) use metrics::OtlpMetrics;
pub use metrics::{HistogramAggregation, Temporality};
pub(crate) use way::Way;

use super::delivery::{EndpointError, Goods, Records};
use super::{Ledger, Notices, Signal};

/// The usual `exporter` label.
const NAME: &str = "otlp";

/// Makes an exporter of spans, or says why the endpoint cannot be used. Nothing is sent before it is started.
pub(crate) fn otlp_spans(
    way: impl Way,
    ledger: &Arc<Ledger>,
    notices: &Notices,
) -> Result<Records, EndpointError> {
    let outbox = way.outbox(Signal::Traces, Goods::of(Signal::Traces), ledger, notices)?;
    Ok(Records::new(outbox, Arc::new(spans::Spans)))
}

/// Makes an exporter of log records, or says why the endpoint cannot be used. Nothing is sent before it is started.
pub(crate) fn otlp_logs(
    way: impl Way,
    ledger: &Arc<Ledger>,
    notices: &Notices,
) -> Result<Records, EndpointError> {
    let outbox = way.outbox(Signal::Logs, Goods::of(Signal::Logs), ledger, notices)?;
    Ok(Records::new(outbox, Arc::new(logs::Logs)))
}
