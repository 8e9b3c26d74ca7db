//! What an OTLP exporter is told.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Method};

use crate::export::delivery::{
    EndpointError, Goods, Http, Outbox, Place, Receipts, Requests, Settings, Target, Turn, Wire,
};
use crate::export::{Ledger, Notices, Signal};

/// Where OTLP goes, and how.
#[derive(Clone, Debug)]
pub(crate) struct OtlpConfig {
    /// The `exporter` label.
    pub(crate) name: &'static str,
    /// The full URL, as in `http://127.0.0.1:4318/v1/traces`.
    pub(crate) endpoint: String,
    /// The form of requests.
    pub(crate) protocol: Protocol,
    /// Headers of every request. Values are never shown.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// How requests are made.
    pub(crate) settings: Settings,
}

/// How OTLP is spoken (OTLP exporter specification, "Specify Protocol").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Protobuf over HTTP, `http/protobuf`.
    #[default]
    HttpProtobuf,
    /// JSON over HTTP, `http/json`.
    HttpJson,
    /// gRPC; needs the feature `grpc`.
    Grpc,
}

impl Protocol {
    /// Every protocol.
    pub(crate) const ALL: [Protocol; 3] = [Protocol::HttpProtobuf, Protocol::HttpJson, Protocol::Grpc];

    /// Returns its name in `OTEL_EXPORTER_OTLP_PROTOCOL`.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::HttpProtobuf => "http/protobuf",
            Protocol::HttpJson => "http/json",
            Protocol::Grpc => "grpc",
        }
    }
}

impl Protocol {
    /// Returns how exporters are called in OpenTelemetry's conventions.
    fn family(self) -> &'static str {
        match self {
            Protocol::HttpProtobuf => "otlp_http",
            Protocol::HttpJson => "otlp_http_json",
            Protocol::Grpc => "otlp_grpc",
        }
    }

    /// Returns the type of the bodies, and what makes them of protobuf.
    fn form(self) -> (&'static str, Option<Turn>) {
        match self {
            Protocol::HttpProtobuf | Protocol::Grpc => ("application/x-protobuf", None),
            Protocol::HttpJson => ("application/json", None),
        }
    }
}

impl OtlpConfig {
    /// Returns the defaults for an endpoint.
    pub(crate) fn new(endpoint: impl Into<String>) -> Self {
        OtlpConfig {
            name: super::NAME,
            endpoint: endpoint.into(),
            protocol: Protocol::default(),
            headers: Vec::new(),
            settings: Settings::default(),
        }
    }

    /// Opens the way for one signal, or says why the endpoint cannot be used.
    pub(super) fn outbox(
        self,
        signal: Signal,
        goods: Goods,
        ledger: &Arc<Ledger>,
        notices: &Notices,
    ) -> Result<Outbox, EndpointError> {
        let target = Target::new(&self.endpoint)?;
        let (content_type, turn) = self.protocol.form();
        let wire = Wire { exporter: self.name, signal, family: self.protocol.family(), goods, turn };
        let place = Place::from(&target);
        let (headers, receipts) = (self.headers, Receipts::Otlp);
        let requests = Requests { target, method: Method::POST, content_type, headers, receipts };
        Ok(Outbox::new(self.settings, wire, place, (ledger, notices), |gate| {
            Arc::new(Http::new(requests, gate))
        }))
    }
}
