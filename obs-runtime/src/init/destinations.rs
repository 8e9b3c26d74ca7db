//! An exporter for each destination that the configuration names.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};

use crate::clock;
use crate::config::destination::{Batch, Destination, OtlpTo, Printed, To};
use crate::config::metrics::Metrics;
use crate::config::{Config, ConfigError};
use crate::export::{
    Compression, EndpointError, Exporter, Gateway, Ledger, Notices, OtlpConfig, OtlpMetrics, Periodic,
    Protocol, Settings, Source, Stdout, otlp_logs, otlp_spans,
};

type Exporters = Vec<Arc<dyn Exporter>>;

/// What exporters of one process have in common.
type Shared<'a> = (&'a Arc<Ledger>, &'a Notices);

/// Adds an exporter for each destination, and returns what tells those of metrics where the metrics are.
pub(super) fn exporters(
    config: &Config,
    shared: Shared<'_>,
    exporters: &mut Exporters,
) -> Result<Source, ConfigError> {
    for destination in &config.traces.destinations {
        exporters.push(spans(destination, config.traces.batch, shared)?);
    }
    for destination in &config.logs.destinations {
        exporters.push(logs(destination, config.logs.batch, shared)?);
    }
    let source = Source::default();
    for destination in &config.metrics.destinations {
        exporters.push(metrics(destination, config, &source, shared)?);
    }
    if let Some(group) = &config.metrics.gateway {
        let wrong = |problem| ConfigError { option: group.option(), problem };
        let pushed = Gateway::new(group, shared.0, shared.1).map_err(wrong)?;
        exporters.push(Arc::new(Periodic::new(pushed, &source, config.metrics.interval, shared.0)));
    }
    Ok(source)
}

fn spans(
    destination: &Destination,
    batch: Batch,
    (ledger, notices): Shared<'_>,
) -> Result<Arc<dyn Exporter>, ConfigError> {
    let made = match &destination.to {
        To::Otlp(to) => otlp_spans(otlp(destination, to, batched(batch))?, ledger, notices),
        _ => return Err(unbuilt(destination)),
    };
    Ok(Arc::new(made.map_err(|error| wrong(destination, error))?))
}

fn logs(
    destination: &Destination,
    batch: Batch,
    (ledger, notices): Shared<'_>,
) -> Result<Arc<dyn Exporter>, ConfigError> {
    let made = match &destination.to {
        To::Otlp(to) => otlp_logs(otlp(destination, to, batched(batch))?, ledger, notices),
        _ => return Err(unbuilt(destination)),
    };
    Ok(Arc::new(made.map_err(|error| wrong(destination, error))?))
}

fn metrics(
    destination: &Destination,
    config: &Config,
    source: &Source,
    (ledger, notices): Shared<'_>,
) -> Result<Arc<dyn Exporter>, ConfigError> {
    let Metrics { interval, export_timeout, temporality, aggregation, .. } = &config.metrics;
    match &destination.to {
        To::Otlp(to) => {
            let settings = Settings { timeout: *export_timeout, ..Settings::default() };
            let shape = (*temporality, *aggregation);
            let (process, started) = (Arc::new(config.resource.clone()), clock::unix_nanos());
            let to = otlp(destination, to, settings)?;
            let pushed = OtlpMetrics::new(to, shape, process, started, ledger, notices);
            let pushed = pushed.map_err(|error| wrong(destination, error))?;
            Ok(Arc::new(Periodic::new(pushed, source, *interval, ledger)))
        }
        To::Stdout(Printed::Pretty) => {
            Ok(Arc::new(Periodic::new(Stdout::new(ledger), source, *interval, ledger)))
        }
        _ => Err(unbuilt(destination)),
    }
}

/// Returns how records wait and leave.
fn batched(batch: Batch) -> Settings {
    let usual = Settings::default();
    Settings {
        max_queue_items: batch.queue_items,
        max_queue_bytes: batch.queue_bytes,
        batch: batch.batch_items.map_or(usual.batch, |items| items.min(usual.batch)),
        max_batch: batch.batch_items.unwrap_or(usual.max_batch),
        schedule_delay: batch.delay,
        timeout: batch.export_timeout,
        ..usual
    }
}

/// Returns where a collector is, and how it is spoken to.
fn otlp(destination: &Destination, to: &OtlpTo, settings: Settings) -> Result<OtlpConfig, ConfigError> {
    if to.protocol != Protocol::HttpProtobuf {
        return Err(unbuilt(destination));
    }
    let settings = Settings {
        compression: if to.gzip { Compression::Gzip } else { Compression::None },
        timeout: to.timeout.min(settings.timeout),
        ..settings
    };
    Ok(OtlpConfig {
        name: label(&destination.name),
        protocol: to.protocol,
        headers: headers(&to.headers)?,
        settings,
        ..OtlpConfig::new(to.endpoint.clone())
    })
}

/// Returns a name as a label. A process has few destinations, and has them to its end.
fn label(name: &str) -> &'static str {
    let usual = ["otlp", "zipkin", "file", "stdout", "console"];
    let known = usual.into_iter().find(|usual| *usual == name);
    known.unwrap_or_else(|| Box::leak(name.to_owned().into_boxed_str()))
}

/// Refuses a destination that does not take the signal.
fn unbuilt(destination: &Destination) -> ConfigError {
    let problem = format!("the destination `{}` is not built yet; write `otlp`", destination.name);
    ConfigError { option: destination.option, problem }
}

fn wrong(destination: &Destination, error: EndpointError) -> ConfigError {
    ConfigError { option: destination.option, problem: error.to_string() }
}

/// A header that HTTP cannot carry is refused by its name; its value is a secret.
fn headers(pairs: &[(String, String)]) -> Result<Vec<(HeaderName, HeaderValue)>, ConfigError> {
    let header = |(name, value): &(String, String)| {
        let wrong = || ConfigError {
            option: "OTEL_EXPORTER_OTLP_HEADERS",
            problem: format!(
                "`{}` is no header that HTTP can carry; write `name=value`",
                name.escape_debug()
            ),
        };
        let name = HeaderName::try_from(name).map_err(|_| wrong())?;
        let mut value = HeaderValue::try_from(value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        Ok((name, value))
    };
    pairs.iter().map(header).collect()
}
