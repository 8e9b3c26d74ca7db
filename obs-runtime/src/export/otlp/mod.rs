//! Traces and metrics over OTLP/HTTP with protobuf bodies (OTLP specification 1.x).

mod client;
mod config;
mod delivery;
mod encode;
mod gate;
mod gzip;
mod json;
mod losses;
mod metrics;
mod outbox;
mod queue;
mod response;
mod retry;

#[cfg(test)]
pub(super) mod tests;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::Method;

pub(crate) use config::{Compression, OtlpConfig, OtlpError};
pub(super) use losses::Goods;
pub(crate) use metrics::OtlpMetrics;
pub use metrics::{HistogramAggregation, Temporality};
pub(super) use outbox::{LIKELY, Outbox, Wire};
pub(super) use queue::Receipt;

use super::{Exporter, Ledger, Notices, Reason, Signal};
use crate::record::Record;

const NAME: &str = "otlp";

/// What all bodies of OTLP are.
const CONTENT_TYPE: &str = "application/x-protobuf";

/// What is lost on the way of traces.
const SPANS: Goods = Goods { one: "span", many: "spans", advice: "" };

/// An exporter of spans to an OTLP collector; takes no logs.
///
/// Spans are encoded when they are accepted, wait in a queue bounded in items and bytes (the newest are dropped) and
/// leave in batches. Everything that is lost is counted under `exporter="otlp"`. A span is lost when its batch is
/// refused, redirected or not received within the deadline; each attempt that fails for a passing reason is repeated.
#[derive(Debug)]
pub(crate) struct Otlp {
    outbox: Outbox,
}

impl Otlp {
    /// Makes an exporter, or says why its endpoint cannot be used. Nothing is sent before [`Exporter::start`].
    pub(crate) fn new(config: OtlpConfig, ledger: &Arc<Ledger>, notices: Notices) -> Result<Self, OtlpError> {
        let wire = Wire {
            exporter: NAME,
            signal: Signal::Traces,
            method: Method::POST,
            content_type: CONTENT_TYPE,
            goods: SPANS,
        };
        Ok(Otlp { outbox: Outbox::new(config, wire, ledger, notices)? })
    }
}

impl Exporter for Otlp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn start(&self, _ledger: &Ledger) {
        self.outbox.start();
    }

    fn accept(&self, record: &Record) {
        let Record::Span(span) = record else { return };
        match self.outbox.queue().push(span) {
            Ok(()) | Err(Reason::Shutdown) => {}
            Err(Reason::TooLarge) => self.outbox.lost(1, "the span is too large"),
            Err(_) => self.outbox.lost(1, "the queue is full"),
        }
    }

    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.outbox.queue().flush())
    }
}
