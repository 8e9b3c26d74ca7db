//! Every option and its environment variable.
//!
//! A value given to the builder wins over the environment. A wrong value in a variable of OpenTelemetry's is ignored
//! with a warning, as its specification asks ("Environment Variable Specification", section "Parsing empty value" and
//! following); a wrong value in a variable of ours is an error of `init()`.

pub(crate) mod destination;
pub(crate) mod directives;
mod limits;
pub(crate) mod metrics;
pub(crate) mod otlp;
mod parse;
mod propagators;
mod resource;
pub(crate) mod sampling;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tracing_core::{Level, LevelFilter};
use tracing_subscriber::filter::Targets;

use self::destination::{Batch, Logs, Spool, Traces};
use crate::context::{Propagator, Propagators};
use crate::engine::collector::TailRule;
use crate::engine::limits::Limits;
use crate::engine::sampler::Sampling;
use crate::export::{HistogramAggregation, LogFormat, Pushgateway, Temporality};
use crate::metrics::MAX_SERIES;
use crate::record::Resource;

/// What the builder was told; `None` leaves a value to the environment.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    pub(crate) service_name: Option<String>,
    pub(crate) admin: Option<Option<SocketAddr>>,
    pub(crate) admin_port: Option<u16>,
    pub(crate) log: Option<String>,
    pub(crate) export_level: Option<Level>,
    pub(crate) log_format: Option<LogFormat>,
    pub(crate) metrics_filter: Option<String>,
    pub(crate) span_filter: Option<String>,
    pub(crate) max_series: Option<usize>,
    pub(crate) otlp_endpoint: Option<String>,
    pub(crate) metric_interval: Option<Duration>,
    pub(crate) temporality: Option<Temporality>,
    pub(crate) aggregation: Option<HistogramAggregation>,
    pub(crate) pushgateway: Option<Pushgateway>,
    pub(crate) sampling: Option<Sampling>,
    pub(crate) traces_per_second: Option<f64>,
    pub(crate) tail: Option<Option<TailRule>>,
    pub(crate) propagators: Option<Vec<Propagator>>,
    pub(crate) shutdown_timeout: Option<Duration>,
}

/// Every option, with its value.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) resource: Resource,
    /// Where the admin server listens; `None` for nowhere.
    pub(crate) admin: Option<SocketAddr>,
    pub(crate) log: Targets,
    /// The level down to which spans and events are exported, whatever the log is told.
    pub(crate) export_level: Level,
    pub(crate) log_format: LogFormat,
    /// Which modules have metrics; `None` for all.
    pub(crate) metrics_filter: Option<Targets>,
    /// Which spans are recorded, where that is said apart.
    pub(crate) spans: Option<Targets>,
    /// The series that labels with values met at run time may bring this process to.
    pub(crate) max_series: usize,
    pub(crate) traces: Traces,
    pub(crate) logs: Logs,
    /// Metrics that are pushed.
    pub(crate) metrics: metrics::Metrics,
    /// Where records wait that no destination takes; `None` for memory alone.
    pub(crate) spool: Option<Spool>,
    /// Which traces are exported.
    pub(crate) sampling: sampling::Traces,
    /// In which formats a context travels.
    pub(crate) propagators: Propagators,
    /// What one span may hold.
    pub(crate) limits: Limits,
    pub(crate) shutdown_timeout: Duration,
    /// Nothing is recorded, nothing listens; contexts go through all the same.
    pub(crate) disabled: bool,
    /// What was wrong and ignored.
    pub(crate) warnings: Vec<String>,
}

/// A wrong value, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The environment variable or builder method.
    pub option: &'static str,
    /// What is wrong with it, and what to write.
    pub problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.option, self.problem)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the configuration; `env` returns a variable's value.
    pub(crate) fn read(
        overrides: Overrides,
        env: &dyn Fn(&str) -> Option<String>,
        stderr_is_terminal: bool,
    ) -> Result<Config, ConfigError> {
        let mut env = Env { get: env, warnings: Vec::new() };
        unsupported(&mut env);
        let sampling = sampling::read(&mut env, &overrides)?;
        let resource = resource::read(&mut env, overrides.service_name.clone());
        let metrics = metrics::read(&mut env, &overrides, &resource.service)?;
        let export_level = export_level(&env, overrides.export_level)?;
        let (modules, spans) = (
            ("Builder::metrics_filter", overrides.metrics_filter),
            ("Builder::span_filter", overrides.span_filter),
        );
        let config = Config {
            sampling,
            propagators: propagators::read(&mut env, overrides.propagators),
            limits: limits::read(&mut env),
            resource,
            metrics,
            admin: admin(&mut env, overrides.admin, overrides.admin_port)?,
            log: log(&mut env, overrides.log)?,
            metrics_filter: filter(&env, "OBS_METRICS", modules, LevelFilter::TRACE)?,
            spans: filter(&env, "OBS_SPANS", spans, export_level.into())?,
            max_series: max_series(&env, overrides.max_series)?,
            export_level,
            log_format: log_format(&env, overrides.log_format, stderr_is_terminal)?,
            traces: traces(&mut env, overrides.otlp_endpoint.as_deref()),
            logs: logs(),
            spool: None,
            shutdown_timeout: overrides.shutdown_timeout.unwrap_or(Duration::from_secs(5)),
            disabled: env.boolean("OTEL_SDK_DISABLED"),
            warnings: Vec::new(),
        };
        Ok(Config { warnings: env.warnings, ..config })
    }
}

/// The environment, and what was found wrong in it.
pub(crate) struct Env<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    warnings: Vec<String>,
}

impl Env<'_> {
    /// Returns a variable's value; an empty one counts as absent.
    fn text(&self, name: &str) -> Option<String> {
        (self.get)(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
    }

    /// Notes a wrong value, once for all signals that read it.
    fn warn(&mut self, name: &str, problem: &str) {
        let warning = format!("`{name}` is ignored: {problem}");
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Returns a number; a wrong one is warned about.
    fn number<T: std::str::FromStr>(&mut self, name: &str, what: &str) -> Option<T> {
        let text = self.text(name)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.warn(name, &format!("`{text}` is not {what}"));
        }
        number
    }

    /// Returns whether a variable says `true`; anything else but `false` is warned about.
    fn boolean(&mut self, name: &str) -> bool {
        match self.text(name) {
            None => false,
            Some(text) if text.eq_ignore_ascii_case("true") => true,
            Some(text) => {
                if !text.eq_ignore_ascii_case("false") {
                    self.warn(name, &format!("`{text}` is neither `true` nor `false`"));
                }
                false
            }
        }
    }
}

/// Variables of the specification that change what users get and that nothing here reads yet: silence would mislead.
const UNSUPPORTED: &[&str] = &[
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
];

fn unsupported(env: &mut Env<'_>) {
    for name in UNSUPPORTED {
        if env.text(name).is_some() {
            env.warn(name, "it is not supported yet");
        }
    }
    const PROTOCOLS: [(&str, &str); 3] = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "traces and metrics"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "metrics"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "traces"),
    ];
    for (name, what) in PROTOCOLS {
        if let Some(other) = env.text(name).filter(|protocol| protocol != "http/protobuf") {
            env.warn(name, &format!("`{other}` is not supported yet; {what} go out as `http/protobuf`"));
        }
    }
}

/// `OBS_ADMIN`, `OTEL_EXPORTER_PROMETHEUS_HOST`, `OTEL_EXPORTER_PROMETHEUS_PORT`.
fn admin(
    env: &mut Env<'_>,
    given: Option<Option<SocketAddr>>,
    port: Option<u16>,
) -> Result<Option<SocketAddr>, ConfigError> {
    if let Some(given) = given {
        return Ok(given.map(|address| SocketAddr::new(address.ip(), port.unwrap_or(address.port()))));
    }
    match env.text("OBS_ADMIN").as_deref() {
        Some("off") if port.is_none() => return Ok(None),
        Some("off") => {}
        None | Some("on") => {}
        Some(other) => {
            let problem = format!("`{other}` is unknown; write `on` or `off`");
            return Err(ConfigError { option: "OBS_ADMIN", problem });
        }
    }
    let host = env.text("OTEL_EXPORTER_PROMETHEUS_HOST");
    let ip = match host.as_deref() {
        None | Some("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(text) => text.parse().map_err(|_| ConfigError {
            option: "OTEL_EXPORTER_PROMETHEUS_HOST",
            problem: format!(
                "`{text}` is not an address to listen on; write `127.0.0.1` or, in a container, `0.0.0.0`"
            ),
        })?,
    };
    let from_env = env.number("OTEL_EXPORTER_PROMETHEUS_PORT", "a port from 0 to 65535");
    Ok(Some(SocketAddr::new(ip, port.or(from_env).unwrap_or(9464))))
}

/// `OBS_LOG`, then `RUST_LOG`.
fn log(env: &mut Env<'_>, given: Option<String>) -> Result<Targets, ConfigError> {
    let wrong =
        |text: &str| format!("`{text}` is not a filter; write levels, as in `info` or `info,hyper=warn`");
    for (option, text) in [("Builder::log", given), ("OBS_LOG", env.text("OBS_LOG"))] {
        if let Some(text) = text {
            return text.parse().map_err(|_| ConfigError { option, problem: wrong(&text) });
        }
    }
    if let Some(text) = env.text("RUST_LOG") {
        match text.parse() {
            Ok(targets) => return Ok(targets),
            Err(_) => env.warn("RUST_LOG", &wrong(&text)),
        }
    }
    Ok(Targets::new().with_default(Level::INFO))
}

/// `OBS_METRICS`, `OBS_SPANS`.
fn filter(
    env: &Env<'_>,
    variable: &'static str,
    (option, given): (&'static str, Option<String>),
    default: LevelFilter,
) -> Result<Option<Targets>, ConfigError> {
    let found = given.map(|text| (option, text)).or_else(|| Some((variable, env.text(variable)?)));
    let Some((option, text)) = found else { return Ok(None) };
    let targets = directives::read(&text, default);
    targets.map(Some).map_err(|problem| ConfigError { option, problem })
}

/// `OBS_MAX_SERIES`.
fn max_series(env: &Env<'_>, given: Option<usize>) -> Result<usize, ConfigError> {
    let Some(text) = env.text("OBS_MAX_SERIES").filter(|_| given.is_none()) else {
        return Ok(given.unwrap_or(MAX_SERIES));
    };
    text.parse().map_err(|_| ConfigError {
        option: "OBS_MAX_SERIES",
        problem: format!("`{text}` is no number of series; write one, as in `100000`"),
    })
}

/// `OBS_EXPORT_LEVEL`.
fn export_level(env: &Env<'_>, given: Option<Level>) -> Result<Level, ConfigError> {
    let Some(text) = env.text("OBS_EXPORT_LEVEL").filter(|_| given.is_none()) else {
        return Ok(given.unwrap_or(Level::INFO));
    };
    text.parse().map_err(|_| ConfigError {
        option: "OBS_EXPORT_LEVEL",
        problem: format!("`{text}` is no level; write `error`, `warn`, `info`, `debug` or `trace`"),
    })
}

/// `OBS_LOG_FORMAT`.
fn log_format(env: &Env<'_>, given: Option<LogFormat>, terminal: bool) -> Result<LogFormat, ConfigError> {
    if let Some(given) = given {
        return Ok(given);
    }
    match env.text("OBS_LOG_FORMAT").as_deref() {
        Some("pretty") => Ok(LogFormat::Pretty),
        Some("json") => Ok(LogFormat::Json),
        None if terminal => Ok(LogFormat::Pretty),
        None => Ok(LogFormat::Json),
        Some(other) => Err(ConfigError {
            option: "OBS_LOG_FORMAT",
            problem: format!("`{other}` is unknown; write `pretty` or `json`"),
        }),
    }
}

/// `OTEL_EXPORTER_OTLP_*`, `OTEL_BSP_*`, `OTEL_TRACES_EXPORTER`: traces are exported where an endpoint is named.
fn traces(env: &mut Env<'_>, given: Option<&str>) -> Traces {
    const NAMES: otlp::Names =
        otlp::Names { signal: "TRACES", endpoint: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", path: "v1/traces" };
    let batch = Batch {
        queue_items: env.number("OTEL_BSP_MAX_QUEUE_SIZE", "a number of spans").unwrap_or(2048),
        batch_items: env.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "a number of spans"),
        delay: env
            .number("OTEL_BSP_SCHEDULE_DELAY", "a number of milliseconds")
            .map_or(Duration::from_secs(5), Duration::from_millis),
        ..BATCH
    };
    match env.text("OTEL_TRACES_EXPORTER").as_deref() {
        Some("none") if given.is_none() => return Traces { destinations: Vec::new(), batch },
        Some("none") => {}
        None | Some("otlp") => {}
        Some(other) => {
            env.warn("OTEL_TRACES_EXPORTER", &format!("`{other}` is unknown; write `otlp` or `none`"))
        }
    }
    Traces { destinations: otlp::destination(env, NAMES, given, None).into_iter().collect(), batch }
}

fn logs() -> Logs {
    Logs { destinations: Vec::new(), batch: Batch { delay: Duration::from_secs(1), ..BATCH } }
}

const BATCH: Batch = Batch {
    queue_items: 2048,
    queue_bytes: 16 * 1024 * 1024,
    batch_items: None,
    delay: Duration::from_secs(5),
    export_timeout: Duration::from_secs(30),
};

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
