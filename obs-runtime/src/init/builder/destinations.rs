//! Where telemetry goes, how it waits, and what of it there is.

use std::path::PathBuf;
use std::time::Duration;

use super::Builder;
use crate::config::{Address, FileExport, Otlp, Queue, Stdout, Zipkin};
use crate::engine::exemplars::ExemplarFilter;
use crate::engine::limits::{Limits, LogLimits};
use crate::export::{HistogramAggregation, Pushgateway, Temporality};

impl Builder {
    /// Sends all signals to an OpenTelemetry collector, as in `http://localhost:4318` (`OTEL_EXPORTER_OTLP_ENDPOINT`).
    /// Everything else about it is as the environment says, headers among it; [`Builder::otlp`] has the rest in code. Metrics
    /// can be scraped all the same.
    pub fn otlp_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.overrides.otlp_endpoint = Some(Address(endpoint.into()));
        self
    }

    /// Adds an OpenTelemetry collector (`OTEL_EXPORTER_OTLP_*`), as often as there are some: each has a queue of its own. For
    /// the signals that it takes it stands in the place of the one that the environment names. An address alone will do;
    /// [`Otlp`] has the rest.
    ///
    /// ```
    /// # extern crate obs_runtime as obs;
    /// use obs::{Otlp, builder, export::Signal};
    ///
    /// let builder = builder()
    ///     .otlp("http://collector:4318")
    ///     .otlp(Otlp::new("http://archive:4318").name("archive").signals([Signal::Logs]));
    /// # let _ = builder;
    /// ```
    pub fn otlp(mut self, collector: impl Into<Otlp>) -> Self {
        self.overrides.otlp.push(collector.into());
        self
    }

    /// Adds a Zipkin collector, for traces (`OTEL_TRACES_EXPORTER=zipkin`, `OTEL_EXPORTER_ZIPKIN_ENDPOINT`), as in
    /// `http://localhost:9411/api/v2/spans`. It stands in the place of the one that the environment names.
    pub fn zipkin(mut self, collector: impl Into<Zipkin>) -> Self {
        self.overrides.zipkin.push(collector.into());
        self
    }

    /// Writes to a file, as lines of OTLP/JSON (`OBS_FILE`). It stands in the place of the one that the environment names. A
    /// path alone will do; [`FileExport`] has the rest.
    pub fn file(mut self, file: impl Into<FileExport>) -> Self {
        self.overrides.files.push(file.into());
        self
    }

    /// Prints to standard output (`console` or `otlp/stdout` in `OTEL_TRACES_EXPORTER` and its like).
    pub fn stdout(mut self, printed: Stdout) -> Self {
        self.overrides.stdout.push(printed);
        self
    }

    /// Sets how spans wait and leave (`OTEL_BSP_*`), at every destination.
    pub fn span_queue(mut self, queue: Queue) -> Self {
        self.overrides.span_queue = queue;
        self
    }

    /// Sets how log records wait and leave (`OTEL_BLRP_*`), at every destination.
    pub fn log_queue(mut self, queue: Queue) -> Self {
        self.overrides.log_queue = queue;
        self
    }

    /// Keeps on disk, in this directory, what no destination takes (`OBS_SPOOL`): it is sent later, also after a restart.
    pub fn spool(mut self, directory: impl Into<PathBuf>) -> Self {
        self.overrides.spool = Some(directory.into());
        self
    }

    /// Sets how much the spool may hold, in bytes (`OBS_SPOOL_MAX_BYTES`); 256 MiB.
    pub fn spool_max_bytes(mut self, bytes: u64) -> Self {
        self.overrides.spool_max_bytes = Some(bytes);
        self
    }

    /// Sets what one span may hold (`OTEL_SPAN_*_LIMIT`, `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`).
    pub fn span_limits(mut self, limits: Limits) -> Self {
        self.overrides.span_limits = Some(limits);
        self
    }

    /// Sets what one log record may hold (`OTEL_LOGRECORD_*_LIMIT`).
    pub fn log_limits(mut self, limits: LogLimits) -> Self {
        self.overrides.log_limits = Some(limits);
        self
    }

    /// Sets the time from one push of metrics to the next, to collectors and to a Pushgateway
    /// (`OTEL_METRIC_EXPORT_INTERVAL`; 60 seconds). They are pushed at every flush besides, and when the guard is dropped.
    pub fn metric_interval(mut self, interval: Duration) -> Self {
        self.overrides.metric_interval = Some(interval);
        self
    }

    /// Sets how long a push of metrics may take, whatever the destination's own timeout (`OTEL_METRIC_EXPORT_TIMEOUT`); 30
    /// seconds.
    pub fn metric_export_timeout(mut self, timeout: Duration) -> Self {
        self.overrides.metric_export_timeout = Some(timeout);
        self
    }

    /// Sets which observations may become exemplars (`OTEL_METRICS_EXEMPLAR_FILTER`); those in sampled spans.
    pub fn exemplar_filter(mut self, filter: ExemplarFilter) -> Self {
        self.overrides.exemplar_filter = Some(filter);
        self
    }

    /// Sets which values of counters and distributions an OpenTelemetry collector is sent
    /// (`OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`; those since the start).
    pub fn metric_temporality(mut self, temporality: Temporality) -> Self {
        self.overrides.temporality = Some(temporality);
        self
    }

    /// Sets how an OpenTelemetry collector is sent distributions
    /// (`OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`; by their bounds).
    pub fn histogram_aggregation(mut self, aggregation: HistogramAggregation) -> Self {
        self.overrides.aggregation = Some(aggregation);
        self
    }

    /// Pushes metrics to a Prometheus Pushgateway, as in `http://localhost:9091`: for batch jobs, which end before
    /// anybody scrapes them (`OBS_PUSHGATEWAY`, `OBS_PUSHGATEWAY_JOB`, `OBS_PUSHGATEWAY_GROUPING`,
    /// `OBS_PUSHGATEWAY_METHOD`). A URL alone will do; [`Pushgateway`] has the rest.
    ///
    /// ```
    /// # extern crate obs_runtime as obs;
    /// use obs::{Pushgateway, builder};
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091").job("nightly").grouping("shard", "3");
    /// let builder = builder().pushgateway(gateway);
    /// # let _ = builder;
    /// ```
    pub fn pushgateway(mut self, gateway: impl Into<Pushgateway>) -> Self {
        self.overrides.pushgateway = Some(gateway.into());
        self
    }
}
