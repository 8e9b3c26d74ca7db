//! Every option and its environment variable.
//!
//! A value given to the builder wins over the environment. A wrong value in a variable of OpenTelemetry's is ignored
//! with a warning, as its specification asks ("Environment Variable Specification", section "Parsing empty value" and
//! following); a wrong value in a variable of ours is an error of `init()`.

pub(crate) mod admin;
mod batch;
pub(crate) mod destination;
pub(crate) mod directives;
mod env;
mod explain;
mod exports;
mod levels;
mod limits;
pub(crate) mod metrics;
mod names;
mod otlp;
mod parse;
mod propagators;
mod resource;
pub(crate) mod sampling;
mod shown;
mod signal;
mod spool;
mod variables;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tracing_core::{Level, LevelFilter};
use tracing_subscriber::filter::Targets;

use self::destination::{Logs, Spool, Traces};
use self::env::Env;
pub use self::explain::{Configuration, config};
pub use self::exports::{FileExport, Otlp, Queue, Stdout, Zipkin};
use self::names::Given;
pub(crate) use self::shown::{Address, Secret};
use self::variables as v;
use crate::context::{Propagator, Propagators};
use crate::engine::collector::TailRule;
use crate::engine::exemplars::ExemplarFilter;
use crate::engine::limits::{Limits, LogLimits};
use crate::engine::sampler::Sampling;
use crate::export::{HistogramAggregation, LogFormat, Pushgateway, Temporality};
use crate::record::Resource;

/// What the builder was told; `None` leaves a value to the environment.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    pub(crate) disabled: Option<bool>,
    pub(crate) service_name: Option<String>,
    pub(crate) resource: Vec<(String, String)>,
    pub(crate) own_log_level: Option<LevelFilter>,
    pub(crate) admin: Option<Option<SocketAddr>>,
    pub(crate) admin_port: Option<u16>,
    pub(crate) admin_token: Option<Secret>,
    pub(crate) admin_token_file: Option<PathBuf>,
    /// A certificate and its key.
    pub(crate) admin_tls: Option<(PathBuf, PathBuf)>,
    pub(crate) log: Option<String>,
    pub(crate) export_level: Option<Level>,
    pub(crate) log_format: Option<LogFormat>,
    pub(crate) metrics_filter: Option<String>,
    pub(crate) span_filter: Option<String>,
    pub(crate) max_series: Option<usize>,
    pub(crate) otlp_endpoint: Option<Address>,
    pub(crate) otlp: Vec<Otlp>,
    pub(crate) zipkin: Vec<Zipkin>,
    pub(crate) files: Vec<FileExport>,
    pub(crate) stdout: Vec<Stdout>,
    pub(crate) span_queue: Queue,
    pub(crate) log_queue: Queue,
    pub(crate) span_limits: Option<Limits>,
    pub(crate) log_limits: Option<LogLimits>,
    pub(crate) spool: Option<PathBuf>,
    pub(crate) spool_max_bytes: Option<u64>,
    pub(crate) metric_export_timeout: Option<Duration>,
    pub(crate) exemplar_filter: Option<ExemplarFilter>,
    pub(crate) metric_interval: Option<Duration>,
    pub(crate) temporality: Option<Temporality>,
    pub(crate) aggregation: Option<HistogramAggregation>,
    pub(crate) pushgateway: Option<Pushgateway>,
    pub(crate) sampling: Option<Sampling>,
    pub(crate) traces_per_second: Option<f64>,
    pub(crate) tail: Option<Option<TailRule>>,
    pub(crate) propagators: Option<Vec<Propagator>>,
    pub(crate) shutdown_delay: Option<Duration>,
    pub(crate) shutdown_timeout: Option<Duration>,
}

/// Every option, with its value.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) resource: Resource,
    pub(crate) admin: admin::Admin,
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
    /// What one log record may hold.
    pub(crate) log_limits: LogLimits,
    /// Down to which level we speak of ourselves.
    pub(crate) own_log_level: LevelFilter,
    pub(crate) shutdown_delay: Duration,
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
    #[cfg(test)]
    pub(crate) fn read(
        overrides: Overrides,
        env: &dyn Fn(&str) -> Option<String>,
        stderr_is_terminal: bool,
    ) -> Result<Config, ConfigError> {
        Configuration::read(overrides, env, stderr_is_terminal).0
    }

    /// Reads every option; what was noted before an error is in `env`.
    fn of(overrides: Overrides, env: &mut Env<'_>, stderr_is_terminal: bool) -> Result<Config, ConfigError> {
        absent(env);
        let mut given = overrides;
        let disabled = env.option(&v::OTEL_SDK_DISABLED, given.disabled, parse::boolean, false)?;
        let resource = resource::read(env, given.service_name.take(), std::mem::take(&mut given.resource))?;
        let own_log_level = env.option(
            &v::OTEL_LOG_LEVEL,
            given.own_log_level,
            parse::one_of(levels::ALL),
            LevelFilter::INFO,
        )?;
        let propagators = propagators::read(env, given.propagators.take());
        let sampling = sampling::read(env, &given)?;
        let Destinations { traces, metrics, logs } = destinations(env, &mut given)?;
        let limits = limits::of_spans(env, given.span_limits)?;
        let log_limits = limits::of_logs(env, given.log_limits)?;
        let export_level = levels::exported(env, given.export_level)?;
        Ok(Config {
            metrics: metrics::read(env, &given, &resource.service, metrics)?,
            admin: admin::read(env, &given)?,
            log: levels::log(env, given.log.as_deref())?,
            log_format: levels::log_format(env, given.log_format, stderr_is_terminal)?,
            metrics_filter: levels::metrics(env, given.metrics_filter.as_deref())?,
            spans: levels::spans(env, given.span_filter.as_deref(), export_level)?,
            max_series: levels::max_series(env, given.max_series)?,
            spool: spool::read(env, given.spool, given.spool_max_bytes)?,
            shutdown_delay: env.option(
                &v::OBS_SHUTDOWN_DELAY,
                given.shutdown_delay,
                parse::duration,
                Duration::ZERO,
            )?,
            shutdown_timeout: env.option(
                &v::OBS_SHUTDOWN_TIMEOUT,
                given.shutdown_timeout,
                parse::duration,
                Duration::from_secs(5),
            )?,
            disabled,
            resource,
            own_log_level,
            propagators,
            sampling,
            traces,
            logs,
            limits,
            log_limits,
            export_level,
            warnings: Vec::new(),
        })
    }
}

/// Where every signal goes.
struct Destinations {
    traces: Traces,
    metrics: Vec<destination::Destination>,
    logs: Logs,
}

fn destinations(env: &mut Env<'_>, given: &mut Overrides) -> Result<Destinations, ConfigError> {
    let take = (
        std::mem::take(&mut given.otlp),
        std::mem::take(&mut given.zipkin),
        std::mem::take(&mut given.files),
        std::mem::take(&mut given.stdout),
    );
    let given_ones = Given::new(take)?;
    let common = signal::Common::read(
        env,
        &given_ones,
        given.otlp_endpoint.as_ref().map(|Address(endpoint)| endpoint.as_str()),
    )?;
    let traces = signal::read(env, &signal::TRACES, &common)?;
    let metrics = signal::read(env, &signal::METRICS, &common)?;
    let logs = signal::read(env, &signal::LOGS, &common)?;
    Ok(Destinations {
        traces: Traces { destinations: traces, batch: batch::read(env, &batch::SPANS, given.span_queue)? },
        metrics,
        logs: Logs { destinations: logs, batch: batch::read(env, &batch::LOGS, given.log_queue)? },
    })
}

/// Says of variables of the specification that they have nothing to say here: silence would mislead.
fn absent(env: &mut Env<'_>) {
    for variable in &v::ABSENT {
        if env.text(variable).is_some() {
            env.warn(variable, variable.why());
        }
    }
}

#[cfg(test)]
mod tests;
