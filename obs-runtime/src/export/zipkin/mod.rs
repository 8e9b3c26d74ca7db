//! Traces in Zipkin's v2 JSON (`POST /api/v2/spans`). OpenTelemetry has deprecated it for what newer Zipkins read: OTLP.

mod endpoint;
mod span;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::Method;

use self::span::write_span;
use super::delivery::{
    Compression, Connector, EndpointError, Form, Goods, Http, Item, Making, Origin, Outbox, Place, Receipts,
    Records, Requests, Settings, Target, TlsFiles, Version, Wire,
};
use super::{Ledger, Notices, Signal};
use crate::record::Record;

/// Where Zipkin is.
#[derive(Clone, Debug)]
pub(crate) struct ZipkinConfig {
    /// The `exporter` label.
    pub(crate) name: &'static str,
    /// The full URL, as in `http://127.0.0.1:9411/api/v2/spans`.
    pub(crate) endpoint: String,
    /// How requests are made; they are not compressed, which not everybody who speaks it can read.
    pub(crate) settings: Settings,
}

/// Makes an exporter of spans, or says why the endpoint cannot be used. Nothing is sent before it is started.
///
/// Zipkin says nothing about single spans: a request that it takes (202) is delivered. Other answers mean what they do
/// for OTLP.
pub(crate) fn zipkin_spans(
    config: ZipkinConfig,
    ledger: &Arc<Ledger>,
    notices: &Notices,
) -> Result<Records, EndpointError> {
    let target = Target::new(&config.endpoint)?;
    let connector = Connector::new(&target, &TlsFiles::default(), Version::Http1)?;
    let (exporter, signal, family) = (config.name, Signal::Traces, "zipkin_http");
    let wire = Wire { exporter, signal, family, goods: Goods::of(signal), turn: None };
    let settings = Settings { compression: Compression::None, ..config.settings };
    let place = Place::from(&target);
    let requests = Requests {
        target,
        method: Method::POST,
        content_type: "application/json",
        headers: Vec::new(),
        receipts: Receipts::Status,
    };
    let outbox = Outbox::new(settings, wire, place, (ledger, notices), |gate| {
        Arc::new(Http::new(requests, connector, gate))
    });
    Ok(Records::new(outbox, Arc::new(Spans)))
}

/// Spans in lists.
struct Spans;

impl Form for Spans {
    fn origin<'r>(&self, record: &'r Record) -> Option<Origin<'r>> {
        let Record::Span(span) = record else { return None };
        Some(Origin { resource: &span.resource, scope: &span.scope })
    }

    fn write(&self, record: &Record, out: Vec<u8>) -> Vec<u8> {
        let mut out = String::from_utf8(out).unwrap_or_default(); // it is empty
        if let Record::Span(span) = record {
            let _string_never_fails = write_span(&mut out, span);
        }
        out.into_bytes()
    }

    fn begin(&self) -> Box<dyn Making> {
        Box::new(List::default())
    }
}

/// `[span,span]` without its end.
#[derive(Debug, Default)]
struct List(Vec<u8>);

impl Making for List {
    fn push(&mut self, item: &Item<'_>) {
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
        self.0.extend_from_slice(&item.bytes);
    }

    fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    fn into_bytes(mut self: Box<Self>) -> Vec<u8> {
        if self.0.is_empty() {
            self.0.push(b'[');
        }
        self.0.push(b']');
        self.0
    }
}
