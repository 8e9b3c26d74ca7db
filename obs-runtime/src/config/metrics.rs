//! Where metrics are pushed. They can be scraped besides, wherever the admin server listens.

use std::time::Duration;

use super::destination::Destination;
use super::env::{Env, Origin};
use super::shown::{Address, Pairs, Shown};
use super::variables as v;
use super::{ConfigError, Overrides, parse};
use crate::engine::exemplars::ExemplarFilter;
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
    /// Which observations may become exemplars.
    pub(crate) exemplars: ExemplarFilter,
}

/// `OTEL_METRIC_EXPORT_*`, `OTEL_EXPORTER_OTLP_METRICS_*`, `OTEL_METRICS_EXEMPLAR_FILTER`, `OBS_PUSHGATEWAY*`.
pub(super) fn read(
    env: &mut Env<'_>,
    given: &Overrides,
    service: &str,
    destinations: Vec<Destination>,
) -> Result<Metrics, ConfigError> {
    Ok(Metrics {
        destinations,
        interval: env.option(
            &v::OTEL_METRIC_EXPORT_INTERVAL,
            given.metric_interval,
            interval,
            Duration::from_secs(60),
        )?,
        export_timeout: env.option(
            &v::OTEL_METRIC_EXPORT_TIMEOUT,
            given.metric_export_timeout,
            parse::timeout,
            Duration::from_secs(30),
        )?,
        temporality: env.option(
            &v::OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE,
            given.temporality,
            parse::one_of(TEMPORALITIES),
            Temporality::default(),
        )?,
        aggregation: env.option(
            &v::OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION,
            given.aggregation,
            parse::one_of(AGGREGATIONS),
            HistogramAggregation::default(),
        )?,
        exemplars: env.option(
            &v::OTEL_METRICS_EXEMPLAR_FILTER,
            given.exemplar_filter,
            parse::one_of(FILTERS),
            ExemplarFilter::default(),
        )?,
        gateway: gateway(env, given.pushgateway.as_ref(), service)?,
    })
}

const TEMPORALITIES: &[(&str, Temporality)] = &[
    ("cumulative", Temporality::Cumulative),
    ("delta", Temporality::Delta),
    ("lowmemory", Temporality::LowMemory),
];

const AGGREGATIONS: &[(&str, HistogramAggregation)] = &[
    ("explicit_bucket_histogram", HistogramAggregation::Explicit),
    ("base2_exponential_bucket_histogram", HistogramAggregation::Exponential),
];

const FILTERS: &[(&str, ExemplarFilter)] = &[
    ("always_on", ExemplarFilter::AlwaysOn),
    ("always_off", ExemplarFilter::AlwaysOff),
    ("trace_based", ExemplarFilter::TraceBased),
];

fn interval(text: &str) -> Result<Duration, String> {
    let interval = parse::millis(text)?;
    if interval.is_zero() {
        return Err("`0` is no interval; write milliseconds, as in `60000`".to_owned());
    }
    Ok(interval)
}

/// `OBS_PUSHGATEWAY`, `OBS_PUSHGATEWAY_JOB`, `OBS_PUSHGATEWAY_GROUPING`, `OBS_PUSHGATEWAY_METHOD`; the job is the service
/// unless something says otherwise.
fn gateway(
    env: &mut Env<'_>,
    given: Option<&Pushgateway>,
    service: &str,
) -> Result<Option<Pushgateway>, ConfigError> {
    if let Some(given) = given {
        let given = given.clone().or_job(service);
        let (address, variable) = (Address(given.url().to_owned()), &v::OBS_PUSHGATEWAY);
        env.note(variable, address.shown(), Origin::Builder(variable.builder()));
        return Ok(Some(given));
    }
    let url = env.option(&v::OBS_PUSHGATEWAY, None, |text| Ok(Some(Address(text.to_owned()))), None)?;
    let job = env.option(&v::OBS_PUSHGATEWAY_JOB, None, parse::text, service.to_owned())?;
    let group = env.option(&v::OBS_PUSHGATEWAY_GROUPING, None, group, Pairs(Vec::new()))?;
    let methods =
        parse::one_of(&[("put", Method { keeps_others: false }), ("post", Method { keeps_others: true })]);
    let method = env.option(&v::OBS_PUSHGATEWAY_METHOD, None, methods, Method { keeps_others: false })?;
    let Some(Address(url)) = url else { return Ok(None) };
    let gateway = Pushgateway::new(url).job(job).named_by(v::OBS_PUSHGATEWAY.name());
    let gateway = group.0.into_iter().fold(gateway, |gateway, (label, value)| gateway.grouping(label, value));
    Ok(Some(if method.keeps_others { gateway.keep_others() } else { gateway }))
}

fn group(text: &str) -> Result<Pairs, String> {
    parse::pairs(text).map(Pairs).map_err(|problem| format!("{problem}; write `instance=a,zone=b`"))
}

/// How a group is pushed.
#[derive(Clone, Copy)]
struct Method {
    keeps_others: bool,
}

impl Shown for Method {
    fn shown(&self) -> String {
        if self.keeps_others { "post" } else { "put" }.to_owned()
    }
}

#[cfg(test)]
mod tests;
