//! What an OTLP exporter is told.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Method};

use super::json;
use super::way::Way;
#[cfg(feature = "grpc")]
use crate::export::delivery::{Calls, Grpc};
use crate::export::delivery::{
    Connector, EndpointError, Goods, Http, Outbox, Place, Receipts, Requests, Settings, Target, TlsFiles,
    Turn, Version, Wire,
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
    /// What secures the connections, where the endpoint is `https`.
    pub(crate) tls: TlsFiles,
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
    fn form(self, signal: Signal) -> (&'static str, Option<Turn>) {
        match self {
            Protocol::HttpProtobuf | Protocol::Grpc => ("application/x-protobuf", None),
            Protocol::HttpJson => ("application/json", Some(json::turn(signal))),
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
            tls: TlsFiles::default(),
            settings: Settings::default(),
        }
    }
}

impl Way for OtlpConfig {
    fn name(&self) -> &'static str {
        self.name
    }

    fn settings(&mut self) -> &mut Settings {
        &mut self.settings
    }

    fn outbox(
        self,
        signal: Signal,
        goods: Goods,
        ledger: &Arc<Ledger>,
        notices: &Notices,
    ) -> Result<Outbox, EndpointError> {
        if self.protocol == Protocol::Grpc {
            return self.called(signal, goods, ledger, notices);
        }
        let target = Target::new(&self.endpoint)?;
        let connector = Connector::new(&target, &self.tls, Version::Http1)?;
        let (content_type, turn) = self.protocol.form(signal);
        let wire = Wire { exporter: self.name, signal, family: self.protocol.family(), goods, turn };
        let place = Place::from(&target);
        let (headers, receipts) = (self.headers, Receipts::Otlp);
        let requests = Requests { target, method: Method::POST, content_type, headers, receipts };
        Ok(Outbox::new(self.settings, wire, place, (ledger, notices), |gate| {
            Arc::new(Http::new(requests, connector, gate))
        }))
    }
}

impl OtlpConfig {
    /// The same by gRPC. The endpoint's path is nobody's: the method is the path.
    #[cfg(feature = "grpc")]
    fn called(
        self,
        signal: Signal,
        goods: Goods,
        ledger: &Arc<Ledger>,
        notices: &Notices,
    ) -> Result<Outbox, EndpointError> {
        let target = Target::new(&self.endpoint)?;
        let connector = Connector::new(&target, &self.tls, Version::Http2)?;
        let place = Place { shown: target.origin(), ..Place::from(&target) };
        let wire = Wire { exporter: self.name, signal, family: self.protocol.family(), goods, turn: None };
        let (headers, timeout) = (self.headers, self.settings.timeout);
        let calls = Calls { target, method: method(signal), headers, timeout }.prepare()?;
        Ok(Outbox::new(self.settings, wire, place, (ledger, notices), |gate| {
            Arc::new(Grpc::new(calls, connector, gate))
        }))
    }

    #[cfg(not(feature = "grpc"))]
    fn called(self, _: Signal, _: Goods, _: &Arc<Ledger>, _: &Notices) -> Result<Outbox, EndpointError> {
        Err(EndpointError::Grpc)
    }
}

/// Returns the method that takes the requests of a signal (opentelemetry-proto, `collector/*/v1/*_service.proto`).
#[cfg(feature = "grpc")]
fn method(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        Signal::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    }
}
