//! Destinations in code: what the builder takes.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::destination::{Printed, Protocol, TlsFiles};
use crate::export::Signal;

/// An OpenTelemetry collector: what [`Builder::otlp`](crate::Builder::otlp) takes.
///
/// Timeout, compression and the files of TLS are as the environment says where they are not said here. Headers are not:
/// those of the environment are for the destination that the environment names, and may be secrets.
///
/// ```
/// # extern crate obs_runtime as obs;
/// use obs::{Otlp, Protocol, export::Signal};
///
/// let collector = Otlp::new("http://collector:4318")
///     .protocol(Protocol::HttpJson)
///     .header("authorization", "Bearer of good news")
///     .signals([Signal::Traces, Signal::Logs]);
/// let builder = obs::builder().otlp(collector);
/// # let _ = builder;
/// ```
#[derive(Clone)]
#[must_use = "nothing goes there before `Builder::otlp` takes it"]
pub struct Otlp {
    pub(super) endpoint: String,
    pub(super) name: Option<String>,
    pub(super) protocol: Protocol,
    pub(super) headers: Vec<(String, String)>,
    pub(super) gzip: Option<bool>,
    pub(super) timeout: Option<Duration>,
    pub(super) tls: TlsFiles,
    pub(super) signals: Vec<Signal>,
}

/// Without the endpoint and the headers' values, which may be secrets.
impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let mut out = f.debug_struct("Otlp");
        out.field("name", &self.name).field("protocol", &self.protocol).field("headers", &headers);
        out.field("timeout", &self.timeout).field("signals", &self.signals).finish_non_exhaustive()
    }
}

const EVERY: [Signal; 3] = [Signal::Traces, Signal::Metrics, Signal::Logs];

impl Otlp {
    /// Names a collector by its address, as in `http://localhost:4318`; `/v1/traces`, `/v1/metrics` and `/v1/logs` are put
    /// behind it, except for gRPC. A wrong one is an error of `init()`.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Otlp {
            endpoint: endpoint.into(),
            name: None,
            protocol: Protocol::default(),
            headers: Vec::new(),
            gzip: None,
            timeout: None,
            tls: TlsFiles::default(),
            signals: EVERY.to_vec(),
        }
    }

    /// Sets the value of the `exporter` label; `otlp`, then `otlp-2` and so on. Two destinations need two names.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets how it is spoken; [`Protocol::HttpProtobuf`].
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Adds a header to every request. The value is a secret: it is shown nowhere.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Turns gzip on or off (`OTEL_EXPORTER_OTLP_COMPRESSION`); on.
    pub fn compression(mut self, gzip: bool) -> Self {
        self.gzip = Some(gzip);
        self
    }

    /// Sets how long a batch may take to get there, all attempts together (`OTEL_EXPORTER_OTLP_TIMEOUT`); 10 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Names the file with the certificates that are trusted, as PEM (`OTEL_EXPORTER_OTLP_CERTIFICATE`).
    pub fn certificate(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls.certificate = Some(path.into());
        self
    }

    /// Names the files with the certificates that are shown to the collector and with their key, as PEM
    /// (`OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CLIENT_KEY`).
    pub fn client_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.tls.client_certificate = Some(certificate.into());
        self.tls.client_key = Some(key.into());
        self
    }

    /// Sets which signals go there; all three.
    pub fn signals(mut self, signals: impl IntoIterator<Item = Signal>) -> Self {
        self.signals = signals.into_iter().collect();
        self
    }
}

impl<U: Into<String>> From<U> for Otlp {
    fn from(endpoint: U) -> Self {
        Otlp::new(endpoint)
    }
}

/// A Zipkin collector, for traces: what [`Builder::zipkin`](crate::Builder::zipkin) takes.
#[derive(Clone)]
#[must_use = "nothing goes there before `Builder::zipkin` takes it"]
pub struct Zipkin {
    pub(super) endpoint: String,
    pub(super) name: Option<String>,
    pub(super) timeout: Option<Duration>,
}

/// Without the endpoint, which may hold a secret.
impl fmt::Debug for Zipkin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Zipkin");
        out.field("name", &self.name).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Zipkin {
    /// Names a collector by its full URL, as in `http://localhost:9411/api/v2/spans`; a wrong one is an error of `init()`.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Zipkin { endpoint: endpoint.into(), name: None, timeout: None }
    }

    /// Sets the value of the `exporter` label; `zipkin`, then `zipkin-2` and so on. Two destinations need two names.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets how long a batch may take to get there (`OTEL_EXPORTER_ZIPKIN_TIMEOUT`); 10 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl<U: Into<String>> From<U> for Zipkin {
    fn from(endpoint: U) -> Self {
        Zipkin::new(endpoint)
    }
}

/// A file of OTLP/JSON, one request a line: what [`Builder::file`](crate::Builder::file) takes.
///
/// A file holds one signal (OTLP file exporter specification, "Telemetry data requirements"): where several go there, each
/// has its own, with its name before the extension, as in `telemetry.traces.jsonl` for `telemetry.jsonl`.
#[derive(Clone, Debug)]
#[must_use = "nothing goes there before `Builder::file` takes it"]
pub struct FileExport {
    pub(super) path: PathBuf,
    pub(super) name: Option<String>,
    pub(super) max_bytes: Option<u64>,
    pub(super) max_files: Option<usize>,
    pub(super) signals: Vec<Signal>,
}

impl FileExport {
    /// Names a file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        FileExport {
            path: path.into(),
            name: None,
            max_bytes: None,
            max_files: None,
            signals: EVERY.to_vec(),
        }
    }

    /// Sets the value of the `exporter` label; `file`, then `file-2` and so on. Two destinations need two names.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the size at which the next file begins, in bytes (`OBS_FILE_MAX_BYTES`); 100 MiB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Sets how many files of a signal are kept, the one that is written among them (`OBS_FILE_MAX_FILES`); 5.
    pub fn max_files(mut self, files: usize) -> Self {
        self.max_files = Some(files);
        self
    }

    /// Sets which signals go there; all three.
    pub fn signals(mut self, signals: impl IntoIterator<Item = Signal>) -> Self {
        self.signals = signals.into_iter().collect();
        self
    }
}

impl<P: Into<PathBuf>> From<P> for FileExport {
    fn from(path: P) -> Self {
        FileExport::new(path)
    }
}

/// Standard output: what [`Builder::stdout`](crate::Builder::stdout) takes.
#[derive(Clone, Debug)]
#[must_use = "nothing is printed before `Builder::stdout` takes it"]
pub struct Stdout {
    pub(super) printed: Printed,
    pub(super) signals: Vec<Signal>,
}

impl Stdout {
    /// Prints OTLP/JSON, one request a line (`otlp/stdout`); the `exporter` label is `stdout`.
    pub fn json() -> Self {
        Stdout { printed: Printed::Json, signals: EVERY.to_vec() }
    }

    /// Prints for people (`console`); the `exporter` label is `console`.
    pub fn pretty() -> Self {
        Stdout { printed: Printed::Pretty, signals: EVERY.to_vec() }
    }

    /// Sets which signals are printed; all three.
    pub fn signals(mut self, signals: impl IntoIterator<Item = Signal>) -> Self {
        self.signals = signals.into_iter().collect();
        self
    }
}

/// How the records of a signal wait and leave: what [`Builder::span_queue`](crate::Builder::span_queue) and
/// [`Builder::log_queue`](crate::Builder::log_queue) take. What is not set here is as the environment says.
///
/// ```
/// # extern crate obs_runtime as obs;
/// use std::time::Duration;
///
/// use obs::{Queue, builder};
///
/// let builder = builder().span_queue(Queue::new().items(8192).delay(Duration::from_secs(1)));
/// # let _ = builder;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "it says nothing before the builder takes it"]
pub struct Queue {
    pub(super) items: Option<usize>,
    pub(super) bytes: Option<usize>,
    pub(super) batch: Option<usize>,
    pub(super) delay: Option<Duration>,
    pub(super) export_timeout: Option<Duration>,
}

impl Queue {
    /// Returns one of which nothing is set.
    pub fn new() -> Self {
        Queue::default()
    }

    /// Sets how many records may wait (`OTEL_BSP_MAX_QUEUE_SIZE`, `OTEL_BLRP_MAX_QUEUE_SIZE`); 65 536. 0 is an error of
    /// `init()`.
    pub fn items(mut self, items: usize) -> Self {
        self.items = Some(items);
        self
    }

    /// Sets how much waiting records may weigh, encoded, in bytes (`OBS_BSP_MAX_QUEUE_BYTES`,
    /// `OBS_BLRP_MAX_QUEUE_BYTES`); 8 MiB. 0 is an error of `init()`.
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// Sets how many records go out in one request (`OTEL_BSP_MAX_EXPORT_BATCH_SIZE`,
    /// `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE`), at most as many as may wait. 0 is an error of `init()`.
    pub fn batch(mut self, items: usize) -> Self {
        self.batch = Some(items);
        self
    }

    /// Sets how long a record waits for company (`OTEL_BSP_SCHEDULE_DELAY`, 5 seconds; `OTEL_BLRP_SCHEDULE_DELAY`,
    /// 1 second).
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Sets how long an export may take, whatever the destination's own timeout (`OTEL_BSP_EXPORT_TIMEOUT`,
    /// `OTEL_BLRP_EXPORT_TIMEOUT`); 30 seconds.
    pub fn export_timeout(mut self, timeout: Duration) -> Self {
        self.export_timeout = Some(timeout);
        self
    }
}
