//! What OpenTelemetry has no variable for.

use super::{Section, Variable, kinds, variables};

variables! {
    pub(super) const ADMIN = "Who may see what of the admin server",
        "Ours. With a token, `/metrics`, `/catalog`, `/health/detailed` and the reasons and details of health checks are for who \
        sends it (`Authorization: Bearer ...`, RFC 6750); probes are answered to everybody. Without one everything is open on \
        loopback; elsewhere metrics and probes are, and the rest is nobody's. On a server of the program's own only probes are open without \
        one";

    OBS_ADMIN_TOKEN: "a token: letters, digits and `-._~+/=`", "none", "admin_token",
        "The token itself; it stands in the environment of the process, which others may be able to read";
    OBS_ADMIN_TOKEN_FILE: kinds::PATH, "none", "admin_token_file",
        "A file that holds the token; it is read again when it changes";
    OBS_ADMIN_TLS_CERT: kinds::PATH, "none: plain HTTP", "admin_tls",
        "The certificate, with those of who issued it behind it (PEM); needs the feature `tls`, and is read again when it changes";
    OBS_ADMIN_TLS_KEY: kinds::PATH, "none", "admin_tls", "The key of that certificate (PEM)";
}

variables! {
    pub(super) const LOGGING = "Logs and levels", "Ours, and `RUST_LOG` as others read it";

    OBS_LOG: "levels, as in `info,hyper=warn`", "`RUST_LOG`", "log", "Which log lines are written to standard error";
    RUST_LOG: "levels, as in `info,hyper=warn`", "`info`", "log",
        "The same, where `OBS_LOG` is not set; a wrong one is ignored with a warning";
    OBS_LOG_FORMAT: "`pretty` or `json`", "`pretty` on a terminal, else `json`", "log_format", "How log lines look";
    OBS_EXPORT_LEVEL: "`error`, `warn`, `info`, `debug` or `trace`", "`info`", "export_level",
        "The level down to which spans and events are exported";
    OBS_SPANS: "levels by module, as in `noisy_lib=off`", "all down to the export level", "span_filter",
        "Which spans are recorded";
}

variables! {
    pub(super) const SAMPLING = "Which traces, beside the sampler", "Ours";

    OBS_TRACES_PER_SECOND: "a number above 0", "no limit", "traces_per_second",
        "The most traces a second that are sampled by a decision made here";
    OBS_TAIL: kinds::ON_OFF, "`off`, or `on` where `OBS_TAIL_SLOW` is set", "tail",
        "`on` exports traces with an error or a panic also where they are not sampled";
    OBS_TAIL_SLOW: kinds::TIME, "none for being slow", "tail", "Traces that take as long are exported, too";
    OBS_TAIL_MAX_BYTES: "bytes", "`8388608`", "tail", "The memory that waiting traces may take";
    OBS_TAIL_MAX_SPANS: kinds::COUNT, "`1000`", "tail", "The spans of one trace that may wait";
    OBS_TAIL_MAX_AGE: kinds::TIME, "`60s`", "tail", "How long a trace may wait";
}

variables! {
    pub(super) const METERING = "Which metrics, and Pushgateways", "Ours";

    OBS_METRICS: "levels by module, as in `noisy_lib=off`", "all", "metrics_filter", "Which modules have metrics";
    OBS_MAX_SERIES: kinds::COUNT, "`100000`", "max_series",
        "How many series labels with values met at run time may bring the process to";
    OBS_PUSHGATEWAY: kinds::URL, "none", "pushgateway", "The Prometheus Pushgateway that metrics are pushed to";
    OBS_PUSHGATEWAY_JOB: kinds::TEXT, "the service's name", "pushgateway", "The label `job` there";
    OBS_PUSHGATEWAY_GROUPING: kinds::PAIRS, "none", "pushgateway", "Further labels of the group";
    OBS_PUSHGATEWAY_METHOD: "`put` or `post`", "`put`", "pushgateway",
        "Whether other metrics in the group go (`put`) or stay (`post`)";
}

variables! {
    pub(super) const DELIVERY = "Outages and the end", "Ours";

    OBS_SPOOL: kinds::PATH, "none", "spool",
        "The directory where what no destination takes waits on disk, also for the next start";
    OBS_SPOOL_MAX_BYTES: kinds::BYTES, "`268435456`", "spool_max_bytes", "How much may wait there";
    OBS_SHUTDOWN_DELAY: kinds::TIME, "`0s`", "shutdown_delay",
        "How long the program goes on, not ready any more, once its end has begun: by a signal under `shutdown_on_signals`, by `begin_shutdown`, or when the guard is dropped";
    OBS_SHUTDOWN_TIMEOUT: kinds::TIME, "`5s`", "shutdown_timeout",
        "How long the guard waits for what is left when it is dropped";
}
