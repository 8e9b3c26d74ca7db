//! Where the records of a signal go.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::shown::{Address, Shown};
pub(crate) use crate::export::{Protocol, TlsFiles};

/// One destination of one signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The option that named it, for errors.
    pub(crate) option: &'static str,
    /// The `exporter` label, which no other destination of the signal has.
    pub(crate) name: String,
    pub(crate) to: To,
}

/// What is there, and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum To {
    Otlp(OtlpTo),
    Zipkin(ZipkinTo),
    File(FileTo),
    Stdout(Printed),
}

/// An OTLP collector.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OtlpTo {
    /// The full URL with its path over HTTP, `scheme://host:port` for gRPC; there is always a scheme.
    pub(crate) endpoint: String,
    pub(crate) protocol: Protocol,
    /// Names and values; the values are secrets.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) gzip: bool,
    pub(crate) timeout: Duration,
    pub(crate) tls: TlsFiles,
}

impl fmt::Debug for OtlpTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("OtlpTo")
            .field("endpoint", &Address(self.endpoint.clone()).shown())
            .field("protocol", &self.protocol)
            .field("headers", &names)
            .field("gzip", &self.gzip)
            .field("timeout", &self.timeout)
            .field("tls", &self.tls)
            .finish()
    }
}

/// A Zipkin collector.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ZipkinTo {
    /// The full URL, path included.
    pub(crate) endpoint: String,
    pub(crate) timeout: Duration,
}

impl fmt::Debug for ZipkinTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = Address(self.endpoint.clone()).shown();
        f.debug_struct("ZipkinTo").field("endpoint", &endpoint).field("timeout", &self.timeout).finish()
    }
}

/// A file of OTLP/JSON lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileTo {
    pub(crate) path: PathBuf,
    /// The most bytes in one file; then the next begins.
    pub(crate) max_bytes: u64,
    /// The most files that are kept, the one that is written among them; at least 1.
    pub(crate) max_files: usize,
}

/// What standard output is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Printed {
    /// OTLP/JSON, one request a line (`otlp/stdout`).
    Json,
    /// For people (`console`).
    Pretty,
}

/// The destinations of traces.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Traces {
    pub(crate) destinations: Vec<Destination>,
    pub(crate) batch: Batch,
}

/// The destinations of logs, beside standard error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Logs {
    pub(crate) destinations: Vec<Destination>,
    pub(crate) batch: Batch,
}

/// How records wait and leave; every destination has a queue of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The most records that wait; at least 1.
    pub(crate) queue_items: usize,
    /// The most bytes that wait.
    pub(crate) queue_bytes: usize,
    /// The most records in a request, at least 1 and at most `queue_items`; `None` where nobody says.
    pub(crate) batch_items: Option<usize>,
    /// How long a record waits for company.
    pub(crate) delay: Duration,
    /// The longest that an export may take, whatever the destination's own timeout.
    pub(crate) export_timeout: Duration,
}

/// What holds records through long outages, and restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spool {
    pub(crate) directory: PathBuf,
    /// The most bytes in it.
    pub(crate) max_bytes: u64,
}
