//! Where metrics are pushed. They can be scraped besides, wherever the admin server listens.

use std::time::Duration;

use super::destination::{Destination, Printed, To};
use super::otlp::{self, Names};
use super::{ConfigError, Env, Overrides, parse};
use crate::export::{HistogramAggregation, Pushgateway, Temporality};

/// Every way in which metrics are pushed.
#[derive(Debug, PartialEq)]
pub(crate) struct Metrics {
    pub(crate) destinations: Vec<Destination>,
    /// To a Pushgateway.
    pub(crate) gateway: Option<Pushgateway>,
    /// The time from one push to the next.
    pub(crate) interval: Duration,
    /// The longest that a push may take, whatever the destination's own timeout.
    pub(crate) export_timeout: Duration,
    /// What an OpenTelemetry collector is sent.
    pub(crate) temporality: Temporality,
    pub(crate) aggregation: HistogramAggregation,
}

const NAMES: Names =
    Names { signal: "METRICS", endpoint: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", path: "v1/metrics" };

/// `OTEL_METRICS_EXPORTER`, `OTEL_METRIC_EXPORT_*`, `OTEL_EXPORTER_OTLP_METRICS_*`, `OBS_PUSHGATEWAY*`.
pub(super) fn read(env: &mut Env<'_>, overrides: &Overrides, service: &str) -> Result<Metrics, ConfigError> {
    let wanted = wanted(env);
    let given = overrides.otlp_endpoint.as_deref();
    let usual = wanted.otlp.then_some((EXPORTER, "http://localhost:4318"));
    let is_wanted = given.is_some() || wanted.otlp || !wanted.is_said;
    let to = if is_wanted { otlp::destination(env, NAMES, given, usual) } else { None };
    let console =
        Destination { option: EXPORTER, name: "console".to_owned(), to: To::Stdout(Printed::Pretty) };
    Ok(Metrics {
        destinations: to.into_iter().chain(wanted.console.then_some(console)).collect(),
        gateway: gateway(env, overrides, service)?,
        interval: overrides.metric_interval.unwrap_or_else(|| interval(env)),
        export_timeout: export_timeout(env),
        temporality: overrides.temporality.unwrap_or_else(|| temporality(env)),
        aggregation: overrides.aggregation.unwrap_or_else(|| aggregation(env)),
    })
}

const EXPORTER: &str = "OTEL_METRICS_EXPORTER";

/// What `OTEL_METRICS_EXPORTER` asks for.
#[derive(Default)]
struct Wanted {
    is_said: bool,
    otlp: bool,
    console: bool,
}

/// Reads a list of `otlp`, `prometheus`, `console`, or `none` alone. Unset, OTLP is for those who name an endpoint.
fn wanted(env: &mut Env<'_>) -> Wanted {
    let Some(list) = env.text(EXPORTER) else { return Wanted::default() };
    let mut wanted = Wanted::default();
    for word in list.split(',').map(str::trim) {
        match word {
            "otlp" => wanted.otlp = true,
            "console" => wanted.console = true,
            "prometheus" | "none" => {}
            other => {
                let known = "write `otlp`, `prometheus`, `console` or `none`";
                env.warn(EXPORTER, &format!("`{other}` is unknown; {known}"));
                continue;
            }
        }
        wanted.is_said = true;
    }
    wanted
}

fn interval(env: &mut Env<'_>) -> Duration {
    const NAME: &str = "OTEL_METRIC_EXPORT_INTERVAL";
    let millis = env.number(NAME, "a number of milliseconds").unwrap_or(60_000);
    if millis == 0 {
        env.warn(NAME, "`0` is no interval; write milliseconds, as in `60000`");
        return Duration::from_secs(60);
    }
    Duration::from_millis(millis)
}

fn export_timeout(env: &mut Env<'_>) -> Duration {
    let millis = env.number("OTEL_METRIC_EXPORT_TIMEOUT", "a number of milliseconds");
    millis.map_or(Duration::from_secs(30), Duration::from_millis)
}

fn temporality(env: &mut Env<'_>) -> Temporality {
    const NAME: &str = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    match env.text(NAME).map(|text| text.to_ascii_lowercase()).as_deref() {
        None | Some("cumulative") => Temporality::Cumulative,
        Some("delta") => Temporality::Delta,
        Some("lowmemory") => Temporality::LowMemory,
        Some(other) => {
            env.warn(NAME, &format!("`{other}` is unknown; write `cumulative`, `delta` or `lowmemory`"));
            Temporality::Cumulative
        }
    }
}

fn aggregation(env: &mut Env<'_>) -> HistogramAggregation {
    const NAME: &str = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
    match env.text(NAME).map(|text| text.to_ascii_lowercase()).as_deref() {
        None | Some("explicit_bucket_histogram") => HistogramAggregation::Explicit,
        Some("base2_exponential_bucket_histogram") => HistogramAggregation::Exponential,
        Some(other) => {
            let known = "write `explicit_bucket_histogram` or `base2_exponential_bucket_histogram`";
            env.warn(NAME, &format!("`{other}` is unknown; {known}"));
            HistogramAggregation::Explicit
        }
    }
}

/// `OBS_PUSHGATEWAY`, `OBS_PUSHGATEWAY_JOB`, `OBS_PUSHGATEWAY_GROUPING`, `OBS_PUSHGATEWAY_METHOD`; the job is the service
/// unless something says otherwise.
fn gateway(
    env: &mut Env<'_>,
    overrides: &Overrides,
    service: &str,
) -> Result<Option<Pushgateway>, ConfigError> {
    let wrong = |option, problem| Err(ConfigError { option, problem });
    if let Some(given) = &overrides.pushgateway {
        return Ok(Some(given.clone().or_job(service)));
    }
    let Some(url) = env.text("OBS_PUSHGATEWAY") else { return Ok(None) };
    let job = env.text("OBS_PUSHGATEWAY_JOB");
    let mut gateway = Pushgateway::new(url).job(job.as_deref().unwrap_or(service));
    if let Some(text) = env.text("OBS_PUSHGATEWAY_GROUPING") {
        match parse::pairs(&text) {
            Ok(pairs) => {
                gateway = pairs.into_iter().fold(gateway, |g, (label, value)| g.grouping(label, value))
            }
            Err(problem) => {
                return wrong("OBS_PUSHGATEWAY_GROUPING", format!("{problem}; write `instance=a,zone=b`"));
            }
        }
    }
    match env.text("OBS_PUSHGATEWAY_METHOD").as_deref() {
        None | Some("put") => {}
        Some("post") => gateway = gateway.keep_others(),
        Some(other) => {
            let problem = format!("`{other}` is unknown; write `put` or `post`");
            return wrong("OBS_PUSHGATEWAY_METHOD", problem);
        }
    }
    Ok(Some(gateway.named_by("OBS_PUSHGATEWAY")))
}

#[cfg(test)]
mod tests;
