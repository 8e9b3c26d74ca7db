//! An exporter for each destination that the configuration names.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::{HeaderName, HeaderValue};

use crate::clock;
use crate::config::destination::{Batch, Destination, FileTo, OtlpTo, Printed, To, ZipkinTo};
use crate::config::metrics::Metrics;
use crate::config::{Config, ConfigError};
use crate::export::{
    Compression, EndpointError, Exporter, FileConfig, Gateway, Ledger, Notices, OtlpConfig, OtlpMetrics,
    Periodic, Protocol, Secrets, Settings, Signal, Source, SpoolPlace, Stdout, StdoutConfig, Way,
    ZipkinConfig, otlp_logs, otlp_spans, pretty_logs, pretty_spans, zipkin_spans,
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
    refuse_shared_files(config)?;
    let spool = spool(config);
    let settings = Settings { spool: spool.clone(), ..batched(config.traces.batch) };
    for destination in &config.traces.destinations {
        exporters.push(spans(destination, settings.clone(), shared)?);
    }
    let settings = Settings { spool, ..batched(config.logs.batch) };
    for destination in &config.logs.destinations {
        exporters.push(logs(destination, settings.clone(), shared)?);
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

/// Refuses two destinations with one file: whoever reads it expects one signal ("OpenTelemetry Protocol File Exporter").
fn refuse_shared_files(config: &Config) -> Result<(), ConfigError> {
    let Config { traces, logs, metrics, .. } = config;
    let mut known = HashSet::new();
    for destination in [&traces.destinations, &logs.destinations, &metrics.destinations].into_iter().flatten()
    {
        if let To::File(FileTo { path, .. }) = &destination.to
            && !known.insert(path)
        {
            let path = path.display().to_string();
            let problem = format!(
                "the file `{}` is named for two destinations; name another for one of them",
                path.escape_debug()
            );
            return Err(ConfigError { option: destination.option, problem });
        }
    }
    Ok(())
}

fn spans(
    destination: &Destination,
    settings: Settings,
    (ledger, notices): Shared<'_>,
) -> Result<Arc<dyn Exporter>, ConfigError> {
    let made = match &destination.to {
        To::Otlp(to) => otlp_spans(otlp(destination, to, settings)?, ledger, notices),
        To::Zipkin(to) => zipkin_spans(zipkin(destination, to, settings), ledger, notices),
        To::File(to) => otlp_spans(file(destination, to, settings), ledger, notices),
        To::Stdout(Printed::Json) => otlp_spans(stdout(destination, settings), ledger, notices),
        To::Stdout(Printed::Pretty) => Ok(pretty_spans(stdout(destination, settings), ledger, notices)),
    };
    Ok(Arc::new(made.map_err(|error| wrong(destination, error))?))
}

fn logs(
    destination: &Destination,
    settings: Settings,
    (ledger, notices): Shared<'_>,
) -> Result<Arc<dyn Exporter>, ConfigError> {
    let made = match &destination.to {
        To::Otlp(to) => otlp_logs(otlp(destination, to, settings)?, ledger, notices),
        To::Zipkin(_) => return Err(only_spans(destination)),
        To::File(to) => otlp_logs(file(destination, to, settings), ledger, notices),
        To::Stdout(Printed::Json) => otlp_logs(stdout(destination, settings), ledger, notices),
        To::Stdout(Printed::Pretty) => Ok(pretty_logs(stdout(destination, settings), ledger, notices)),
    };
    Ok(Arc::new(made.map_err(|error| wrong(destination, error))?))
}

fn metrics(
    destination: &Destination,
    config: &Config,
    source: &Source,
    (ledger, notices): Shared<'_>,
) -> Result<Arc<dyn Exporter>, ConfigError> {
    let settings = Settings { timeout: config.metrics.export_timeout, ..Settings::default() };
    match &destination.to {
        To::Otlp(to) => {
            pushed(otlp(destination, to, settings)?, destination, config, source, (ledger, notices))
        }
        To::Zipkin(_) => Err(only_spans(destination)),
        To::File(to) => {
            pushed(file(destination, to, settings), destination, config, source, (ledger, notices))
        }
        To::Stdout(Printed::Json) => {
            pushed(stdout(destination, settings), destination, config, source, (ledger, notices))
        }
        To::Stdout(Printed::Pretty) => {
            Ok(Arc::new(Periodic::new(Stdout::new(ledger), source, config.metrics.interval, ledger)))
        }
    }
}

/// Makes an exporter of metrics that leave by a way.
fn pushed(
    way: impl Way,
    destination: &Destination,
    config: &Config,
    source: &Source,
    (ledger, notices): Shared<'_>,
) -> Result<Arc<dyn Exporter>, ConfigError> {
    let Metrics { interval, temporality, aggregation, .. } = &config.metrics;
    let (shape, started) = ((*temporality, *aggregation), clock::unix_nanos());
    let process = Arc::new(config.resource.clone());
    let pushed = OtlpMetrics::new(way, shape, process, started, ledger, notices);
    let pushed = pushed.map_err(|error| wrong(destination, error))?;
    Ok(Arc::new(Periodic::new(pushed, source, *interval, ledger)))
}

/// Returns where requests wait on disk. Every destination has the same share of it, so that one that is away leaves room
/// for the others. Metrics have none: the next push says what the last one did, and deltas are carried on in memory.
fn spool(config: &Config) -> Option<SpoolPlace> {
    let all = config.traces.destinations.iter().chain(&config.logs.destinations);
    let sharers = all.filter(|d| matches!(d.to, To::Otlp(_) | To::Zipkin(_))).count() as u64;
    let spool = config.spool.as_ref()?;
    Some(SpoolPlace { folder: spool.directory.clone(), max_bytes: spool.max_bytes / sharers.max(1) })
}

/// Returns a warning for each folder in the spool that belongs to no destination: to one that was named otherwise before,
/// or spoken to in another form.
pub(super) fn orphans(config: &Config) -> Vec<String> {
    let Some(spool) = spool(config) else { return Vec::new() };
    let traces = config.traces.destinations.iter().map(|d| (Signal::Traces, d));
    let logs = config.logs.destinations.iter().map(|d| (Signal::Logs, d));
    let folder = |(signal, d): (Signal, &Destination)| {
        let turned = matches!(&d.to, To::Otlp(to) if to.protocol == Protocol::HttpJson);
        spool.of(&d.name, signal, turned).folder
    };
    let claimed: Vec<PathBuf> = traces.chain(logs).map(folder).collect();
    let there = std::fs::read_dir(&spool.folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let orphans = there.filter(|path| path.is_dir() && !claimed.contains(path) && has_files(path));
    let line = |path: PathBuf| {
        format!(
            "`{}` holds what no destination of this process sends, and stays as it is; name the destination, its signal and \
             its protocol as before to have it sent, or remove the folder",
            path.display()
        )
    };
    orphans.map(line).collect()
}

/// Tells whether a process left anything in a folder of the spool; each has a folder of its own in it.
fn has_files(folder: &Path) -> bool {
    let list =
        |path: &Path| std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    list(folder).flat_map(|process| list(&process).collect::<Vec<_>>()).any(|file| {
        file.extension().is_some_and(|e| e == "spool") && file.metadata().is_ok_and(|file| file.len() > 0)
    })
}

/// Says where signals go, as in `traces to http://localhost:4318/v1/traces`.
pub(super) fn told(ledger: &Ledger) -> String {
    let to = |signal: Signal| {
        let places = ledger.places(signal);
        (!places.is_empty()).then(|| format!("{} to {}", signal.as_str(), places.join(" and ")))
    };
    let all: Vec<String> =
        [Signal::Traces, Signal::Metrics, Signal::Logs].into_iter().filter_map(to).collect();
    if all.is_empty() { "nothing is sent anywhere".to_owned() } else { all.join(", ") }
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
    let settings = Settings {
        compression: if to.gzip { Compression::Gzip } else { Compression::None },
        timeout: to.timeout.min(settings.timeout),
        secrets: Secrets::of(to.headers.iter().map(|(_, value)| value.as_str())),
        ..settings
    };
    Ok(OtlpConfig {
        name: label(&destination.name),
        protocol: to.protocol,
        headers: headers(destination, &to.headers)?,
        tls: to.tls.clone(),
        settings,
        ..OtlpConfig::new(to.endpoint.clone())
    })
}

/// Returns where Zipkin is.
fn zipkin(destination: &Destination, to: &ZipkinTo, settings: Settings) -> ZipkinConfig {
    let settings = Settings { timeout: to.timeout.min(settings.timeout), ..settings };
    ZipkinConfig { name: label(&destination.name), endpoint: to.endpoint.clone(), settings }
}

/// Returns which file is written, and how large it may become.
fn file(destination: &Destination, to: &FileTo, settings: Settings) -> FileConfig {
    let FileTo { path, max_bytes, max_files } = to.clone();
    FileConfig { name: label(&destination.name), path, max_bytes, max_files, settings }
}

fn stdout(destination: &Destination, settings: Settings) -> StdoutConfig {
    StdoutConfig { name: label(&destination.name), settings }
}

/// Returns a name as a label. A process has few destinations, and has them to its end.
fn label(name: &str) -> &'static str {
    let usual = ["otlp", "zipkin", "file", "stdout", "console"];
    let known = usual.into_iter().find(|usual| *usual == name);
    known.unwrap_or_else(|| Box::leak(name.to_owned().into_boxed_str()))
}

/// Refuses a destination that takes no other signal.
fn only_spans(destination: &Destination) -> ConfigError {
    let problem = format!("`{}` takes nothing but traces; write `otlp`", destination.name);
    ConfigError { option: destination.option, problem }
}

fn wrong(destination: &Destination, error: EndpointError) -> ConfigError {
    ConfigError { option: error.option().unwrap_or(destination.option), problem: error.to_string() }
}

/// A header that HTTP cannot carry is refused by its name; its value is a secret.
fn headers(
    destination: &Destination,
    pairs: &[(String, String)],
) -> Result<Vec<(HeaderName, HeaderValue)>, ConfigError> {
    let header = |(name, value): &(String, String)| {
        let in_code = destination.option == "Builder::otlp";
        let wrong = || ConfigError {
            option: if in_code { destination.option } else { "OTEL_EXPORTER_OTLP_HEADERS" },
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

#[cfg(test)]
mod tests;
