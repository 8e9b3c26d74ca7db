//! How OTLP goes out: for all signals, and for each.

use super::{Section, Variable, kinds};

/// The variables of one signal, or of all.
#[derive(Debug)]
pub(crate) struct Signals {
    pub(crate) endpoint: Variable,
    pub(crate) protocol: Variable,
    pub(crate) headers: Variable,
    pub(crate) compression: Variable,
    pub(crate) timeout: Variable,
    pub(crate) insecure: Variable,
    pub(crate) certificate: Variable,
    pub(crate) client_certificate: Variable,
    pub(crate) client_key: Variable,
}

/// Declares the variables of a signal, and their section: prefix, default endpoint, title.
macro_rules! otlp {
    ($signals:ident, $section:ident, $prefix:literal, $endpoint:literal, $default:literal, $title:literal, $source:literal) => {
        pub(crate) static $signals: Signals = Signals {
            endpoint: variable(
                concat!("OTEL_EXPORTER_OTLP_", $prefix, "ENDPOINT"),
                kinds::URL,
                $default,
                $endpoint,
            ),
            protocol: variable(
                concat!("OTEL_EXPORTER_OTLP_", $prefix, "PROTOCOL"),
                "`http/protobuf`, `http/json`, or `grpc` (feature `grpc`)",
                usual($prefix, "`http/protobuf`"),
                "How it is spoken",
            ),
            headers: variable(
                concat!("OTEL_EXPORTER_OTLP_", $prefix, "HEADERS"),
                kinds::PAIRS,
                usual($prefix, "none"),
                "Headers of every request; their values are secrets and shown nowhere",
            ),
            compression: variable(
                concat!("OTEL_EXPORTER_OTLP_", $prefix, "COMPRESSION"),
                "`gzip` or `none`",
                usual($prefix, "`gzip`"),
                "The encoding of requests",
            ),
            timeout: variable(
                concat!("OTEL_EXPORTER_OTLP_", $prefix, "TIMEOUT"),
                kinds::TIMEOUT,
                usual($prefix, "`10000`"),
                "How long a batch may take to get there, all attempts together",
            ),
            insecure: variable(
                concat!("OTEL_EXPORTER_OTLP_", $prefix, "INSECURE"),
                kinds::BOOLEAN,
                usual($prefix, "`false`"),
                "Whether `grpc` goes without TLS where the endpoint has no scheme",
            ),
            certificate: variable(
                concat!("OTEL_EXPORTER_OTLP_", $prefix, "CERTIFICATE"),
                kinds::PATH,
                usual($prefix, "those of the system (`SSL_CERT_FILE`, `SSL_CERT_DIR`)"),
                "The certificates that are trusted, as PEM",
            ),
            client_certificate: variable(
                concat!("OTEL_EXPORTER_OTLP_", $prefix, "CLIENT_CERTIFICATE"),
                kinds::PATH,
                usual($prefix, "none"),
                "The certificates that are shown to the collector, as PEM; needs the key",
            ),
            client_key: variable(
                concat!("OTEL_EXPORTER_OTLP_", $prefix, "CLIENT_KEY"),
                kinds::PATH,
                usual($prefix, "none"),
                "The key of the client certificate, as PEM",
            ),
        };
        pub(super) const $section: Section = Section {
            title: $title,
            source: $source,
            variables: &[
                &$signals.endpoint,
                &$signals.protocol,
                &$signals.headers,
                &$signals.compression,
                &$signals.timeout,
                &$signals.insecure,
                &$signals.certificate,
                &$signals.client_certificate,
                &$signals.client_key,
            ],
        };
    };
}

const fn variable(
    name: &'static str,
    kind: &'static str,
    default: &'static str,
    does: &'static str,
) -> Variable {
    Variable { name, kind, default, builder: "Builder::otlp", does }
}

/// The default of a signal is what is said for all.
const fn usual(prefix: &str, default: &'static str) -> &'static str {
    if prefix.is_empty() { default } else { "as for all signals" }
}

otlp!(
    EVERY,
    FOR_ALL,
    "",
    "Where signals go; `/v1/traces`, `/v1/metrics` and `/v1/logs` are put behind its path over HTTP",
    "none; `http://localhost:4318`, or `:4317` for `grpc`, where `otlp` is asked for by name",
    "OTLP, all signals",
    "\"OpenTelemetry Protocol Exporter\", \"Configuration Options\". The specification's default for the encoding is none"
);
otlp!(
    TRACES,
    FOR_TRACES,
    "TRACES_",
    "Where traces go, path and all; wins over the endpoint for all signals",
    "as for all signals",
    "OTLP, traces",
    "As for all signals, and winning over it"
);
otlp!(
    METRICS,
    FOR_METRICS,
    "METRICS_",
    "Where metrics go, path and all; wins over the endpoint for all signals",
    "as for all signals",
    "OTLP, metrics",
    "As for all signals, and winning over it"
);
otlp!(
    LOGS,
    FOR_LOGS,
    "LOGS_",
    "Where logs go, path and all; wins over the endpoint for all signals",
    "as for all signals",
    "OTLP, logs",
    "As for all signals, and winning over it"
);
