//! What an OTLP exporter is told.

use std::fmt;
use std::time::Duration;

use http::uri::{Scheme, Uri};
use http::{HeaderName, HeaderValue};

/// Settings of an OTLP/HTTP exporter; the defaults are those of the OpenTelemetry specification.
#[derive(Clone, Debug)]
pub(crate) struct OtlpConfig {
    /// The full URL, as in `http://127.0.0.1:4318/v1/traces`.
    pub(crate) endpoint: Uri,
    /// Headers of every request. Values are never shown.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The encoding of request bodies.
    pub(crate) compression: Compression,
    /// From the first attempt to send a batch until it is given up.
    pub(crate) timeout: Duration,
    /// The most spans that wait (`OTEL_BSP_MAX_QUEUE_SIZE`).
    pub(crate) max_queue_items: usize,
    /// The most bytes that wait.
    pub(crate) max_queue_bytes: usize,
    /// The most spans in a request (`OTEL_BSP_MAX_EXPORT_BATCH_SIZE`).
    pub(crate) max_batch: usize,
    /// The most bytes in a request before compression; a span that is larger by itself is `too_large`.
    pub(crate) max_batch_bytes: usize,
    /// The most requests that run at the same time.
    pub(crate) max_in_flight: usize,
    /// How long a span waits for company (`OTEL_BSP_SCHEDULE_DELAY`).
    pub(crate) schedule_delay: Duration,
    /// How failed attempts are repeated.
    pub(crate) retry: Retry,
    /// The time between two attempts to connect to a destination that cannot be reached.
    pub(crate) reconnect_delay: Duration,
}

/// The encoding of request bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    /// gzip.
    Gzip,
    /// None.
    None,
}

/// How failed attempts are repeated: each wait is twice the one before, give or take a quarter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    /// The first wait.
    pub(crate) initial: Duration,
    /// The longest wait.
    pub(crate) max: Duration,
    /// The most attempts, the first included.
    pub(crate) attempts: u32,
}

impl OtlpConfig {
    /// Returns the defaults for an endpoint.
    pub(crate) fn new(endpoint: Uri) -> Self {
        OtlpConfig {
            endpoint,
            headers: Vec::new(),
            compression: Compression::Gzip,
            timeout: Duration::from_secs(10),
            max_queue_items: 2_048,
            max_queue_bytes: 16 * 1024 * 1024,
            max_batch: 512,
            max_batch_bytes: 4 * 1024 * 1024,
            max_in_flight: 8,
            schedule_delay: Duration::from_secs(5),
            retry: Retry { initial: Duration::from_secs(1), max: Duration::from_secs(5), attempts: 5 },
            reconnect_delay: Duration::from_secs(5),
        }
    }
}

impl OtlpConfig {
    /// Returns the same for requests that come whole: nothing waits for company, and only bytes are bounded.
    pub(crate) fn of_whole_requests(self) -> Self {
        OtlpConfig {
            max_queue_items: usize::MAX,
            max_batch: usize::MAX,
            schedule_delay: Duration::ZERO,
            ..self
        }
    }
}

/// Where requests go.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of the `Host` header.
    pub(super) authority: HeaderValue,
    /// Path and query, the request target.
    pub(super) path: Uri,
}

impl Target {
    /// Takes an endpoint apart, or says what is wrong with it.
    pub(super) fn new(endpoint: &Uri) -> Result<Self, OtlpError> {
        match endpoint.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => {}
            Some(scheme) if *scheme == Scheme::HTTPS => return Err(OtlpError::Tls),
            _ => return Err(OtlpError::Endpoint),
        }
        let authority = endpoint.authority().ok_or(OtlpError::Endpoint)?;
        if authority.as_str().contains('@') {
            return Err(OtlpError::Credentials);
        }
        let path = endpoint.path_and_query().map_or("/", |p| p.as_str());
        Ok(Target {
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(80),
            authority: HeaderValue::from_str(authority.as_str()).map_err(|_| OtlpError::Endpoint)?,
            path: path.parse().map_err(|_| OtlpError::Endpoint)?,
        })
    }
}

/// An endpoint that cannot be used. The endpoint itself is not shown: it may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtlpError {
    /// It is no `http` URL with a host.
    Endpoint,
    /// It needs TLS.
    Tls,
    /// It holds a user or a password.
    Credentials,
}

impl fmt::Display for OtlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OtlpError::Endpoint => {
                "the OTLP endpoint is no URL with a host; write one as `http://127.0.0.1:4318`"
            }
            OtlpError::Tls => {
                "an `https` OTLP endpoint needs the feature `tls`, which this version of `obs` does not offer yet; \
                 send to a collector on this host by `http`"
            }
            OtlpError::Credentials => {
                "the OTLP endpoint holds a user or a password, which would not be sent; \
                 set the header `authorization` in `OTEL_EXPORTER_OTLP_HEADERS`"
            }
        })
    }
}

impl std::error::Error for OtlpError {}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_taken_apart() {
        let target = |url: &str| Target::new(&url.parse().unwrap());
        let six = target("http://[::1]:4318/v1/traces?tenant=a").unwrap();
        assert_eq!(
            (six.host.as_str(), six.port, six.authority.to_str().unwrap()),
            ("::1", 4318, "[::1]:4318")
        );
        assert_eq!(six.path, "/v1/traces?tenant=a");
        assert_eq!(target("http://collector").unwrap().port, 80);
        assert_eq!(target("https://collector/").unwrap_err(), OtlpError::Tls);
        assert!(OtlpError::Tls.to_string().contains("feature `tls`"));
        assert_eq!(target("/v1/traces").unwrap_err(), OtlpError::Endpoint);
        assert_eq!(target("ftp://collector").unwrap_err(), OtlpError::Endpoint);
        assert_eq!(target("http://user:secret@collector/").unwrap_err(), OtlpError::Credentials);
    }
}
