//! Where each signal goes, beside the particulars of OTLP.

use super::{Section, Variable, kinds, variables};

const TEMPORALITY: &str = "`cumulative`, `delta` or `lowmemory`";
const AGGREGATION: &str = "`explicit_bucket_histogram` or `base2_exponential_bucket_histogram`";
const FILTER: &str = "`always_on`, `always_off` or `trace_based`";

variables! {
    pub(super) const SELECTION = "Destinations",
        "OpenTelemetry, \"Exporter Selection\" and \"In-development Exporter Selection\". Where nothing is said, a signal goes \
         out by OTLP if an endpoint is named, and nowhere if none is; the specification would send to `localhost`";

    OTEL_TRACES_EXPORTER: "a list of `otlp`, `zipkin`, `console`, `otlp/stdout`; or `none`",
        "`otlp` where an endpoint is named", "otlp", "Where traces go";
    OTEL_METRICS_EXPORTER: "a list of `otlp`, `prometheus`, `console`, `otlp/stdout`; or `none`",
        "`otlp` where an endpoint is named", "otlp",
        "Where metrics are pushed; they can be scraped besides, wherever the admin server listens";
    OTEL_LOGS_EXPORTER: "a list of `otlp`, `console`, `otlp/stdout`; or `none`",
        "`otlp` where an endpoint is named", "otlp", "Where log records go, beside standard error";
}

variables! {
    pub(super) const OTHERS = "Zipkin, Prometheus and files",
        "OpenTelemetry, \"Zipkin Exporter\" and \"Prometheus Exporter\"; the files are ours";

    OTEL_EXPORTER_ZIPKIN_ENDPOINT: kinds::URL, "`http://localhost:9411/api/v2/spans`", "zipkin",
        "Where `zipkin` in `OTEL_TRACES_EXPORTER` sends to";
    OTEL_EXPORTER_ZIPKIN_TIMEOUT: kinds::TIMEOUT, "`10000`", "zipkin", "How long a batch may take to get there";
    OTEL_EXPORTER_PROMETHEUS_HOST: "an address, or `localhost`", "`localhost`", "admin",
        "Where the admin server listens; a wrong one is an error";
    OTEL_EXPORTER_PROMETHEUS_PORT: "a port; 0 takes a free one", "`9464`", "admin_port",
        "The port of the admin server";
    OBS_ADMIN: kinds::ON_OFF, "`on`", "admin_off", "`off` goes without the admin server";
    OBS_FILE: kinds::PATH, "no file", "file",
        "Writes each signal to a file of its own, as lines of OTLP/JSON: `t.traces.jsonl`, `t.metrics.jsonl` and `t.logs.jsonl` for `t.jsonl`; full ones are kept beside it";
    OBS_FILE_MAX_BYTES: kinds::BYTES, "`104857600`", "file", "The size at which the next file begins";
    OBS_FILE_MAX_FILES: kinds::POSITIVE, "`5`", "file", "How many files of each signal are kept, the one that is written among them";
}

variables! {
    pub(super) const PERIODIC = "Metrics that are pushed",
        "OpenTelemetry, \"Periodic exporting MetricReader\", \"Exemplar\", and \"Additional Environment Variable \
         Configuration\" of the OTLP metrics exporter";

    OTEL_METRIC_EXPORT_INTERVAL: "milliseconds, at least 1", "`60000`", "metric_interval",
        "The time from one push to the next";
    OTEL_METRIC_EXPORT_TIMEOUT: kinds::TIMEOUT, "`30000`", "metric_export_timeout",
        "How long a push may take, whatever the destination's own timeout";
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: TEMPORALITY, "`cumulative`", "metric_temporality",
        "Which values of counters and distributions a collector is sent";
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: AGGREGATION, "`explicit_bucket_histogram`",
        "histogram_aggregation", "How a collector is sent distributions";
    OTEL_METRICS_EXEMPLAR_FILTER: FILTER, "`trace_based`", "exemplar_filter",
        "Which observations may become exemplars: those in sampled spans, all, or none";
}
