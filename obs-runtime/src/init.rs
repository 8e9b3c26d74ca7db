//! Starting and stopping: the only place that knows producers and exporters.

mod admin;
mod builder;
mod deliveries;
mod destinations;
mod error;
mod exit;
mod guard;
mod subscriber;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::runtime::Handle;
use tracing_core::LevelFilter;
use tracing_subscriber::filter::Targets;

#[cfg(feature = "grpc")]
use crate::admin::grpc::Calls;
use crate::admin::{Admin, Exposition, KnownToken, Routes, ServiceInfo};
use crate::callsite::{CATALOG, Entry};
use crate::clock;
use crate::config::{Config, Configuration};
use crate::context::{Passing, rejected};
use crate::engine::layer;
use crate::engine::started::Started;
use crate::export::{self, Console, Ledger, Notices, Worker};
use crate::forked;
use crate::health::{self, Check, CheckError, Monitor, Question, States};
use crate::metrics;
use crate::record::{LogRecord, Loss, MetricSource, Record, Resource, Severity, Sink, Spans, Text};
use crate::service::Service;
use crate::sources::{self, BuildInfo};

#[cfg(all(test, feature = "tls"))]
pub(crate) use admin::secured_by as admin_secured;
#[cfg(test)]
pub(crate) use admin::token_of as admin_token;
pub use builder::Builder;
pub use error::InitError;
pub use guard::Guard;
use guard::Running;

/// Starts observing with every option at its default or as the environment says: [`builder`]`().init()`.
pub fn init() -> Result<Guard, InitError> {
    builder().init()
}

/// Returns a builder, for options in code.
pub fn builder() -> Builder {
    Builder::default()
}

/// Says that the program is about to end, as [`Guard::begin_shutdown`] does, for code that has no guard: a server's signal handler.
/// Returns how long to go on serving; no time where nothing runs.
///
/// ```no_run
/// # extern crate obs_runtime as obs;
/// # async fn sleep(_: std::time::Duration) {}
/// async fn told_to_end() {
///     // wait for the signal, then:
///     sleep(obs::begin_shutdown()).await;
/// }
/// ```
pub fn begin_shutdown() -> std::time::Duration {
    exit::begin_shutdown()
}

/// What is said where contexts of the OpenTelemetry API are attached and we do not hear of it.
#[cfg(feature = "opentelemetry")]
const UNOBSERVED: &str = "another observer of OpenTelemetry contexts is set, of which there is one: spans of `tracing` do not \
    see contexts that are attached; call `obs::init()` before the other is set";

/// Starts everything, in the order in which it can fail.
fn start(builder: Builder) -> Result<Guard, InitError> {
    if cfg!(feature = "off") {
        return Ok(Guard::disabled());
    }
    let env = |name: &str| std::env::var(name).ok();
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let (config, read) = Configuration::read(builder.overrides, &env, terminal);
    read.keep();
    let mut config = config?;
    config.propagators.speak();
    Passing::start();
    if config.disabled {
        return Ok(Guard::disabled());
    }
    builder.build.tell(&mut config.resource);
    let mut checks = checks();
    checks.extend(builder.checks);
    refuse_conflicts(&checks, &builder.expected)?;
    let admin = config.admin.address.map(admin::bind).transpose()?;

    let ledger = Arc::new(Ledger::default());
    let console = Arc::new(Console::stderr(config.log_format, &ledger));
    let notices = notices(&console, config.own_log_level);
    let secured = config.admin.tls.as_ref().map(|files| admin::secured_by(files, &notices)).transpose()?;
    let token = config.admin.token.as_ref().map(|from| admin::token_of(from, &notices)).transpose()?;
    let mut exporters = builder.exporters;
    let pushed = destinations::exporters(&config, (&ledger, &notices), &mut exporters)?;
    let worker = Worker::start(exporters, Arc::clone(&ledger)).map_err(InitError::Thread)?;
    worker.tell(&notices);

    Service::set_process(config.resource.clone());
    let sink = Process { console, worker: worker.sink(), log: config.log.clone() };
    metrics::set_max_series(config.max_series);
    config.metrics.exemplars.set();
    if let Some(filter) = &config.metrics_filter {
        metrics::set_filter(filter);
    }
    let (collector, spans, ignored) = subscriber::install(Arc::new(sink), &config, builder.layers)?;
    config.warnings.extend(ignored.map(str::to_owned));
    config.warnings.extend(destinations::orphans(&config));
    #[cfg(feature = "opentelemetry")]
    if builder.opentelemetry {
        crate::bridge::install();
        config.warnings.extend(crate::bridge::is_unobserved().then(|| UNOBSERVED.to_owned()));
    }
    let late = Arc::downgrade(&collector);
    let spans_sink = worker.sink();
    ledger.settle_by(move || match forked::is_child() {
        true => spans_sink.lost(Loss::Forked, forked::take_lost_spans()),
        false => late.upgrade().iter().for_each(|collector| collector.settle()),
    });

    let states = States::default();
    let runtime = builder.runtime.or_else(|| Handle::try_current().ok());
    let mut told = told(builder.build, &config, runtime.as_ref());
    facade(&mut told, &mut config.warnings);
    let monitor = Monitor::new(runtime, &states);
    states.provide(deliveries::of(&ledger, worker.filled()));
    let count = checks.len();
    let refused: Vec<_> = checks.into_iter().filter_map(|check| monitor.add(check).err()).collect();
    refuse_checks(refused)?; // the thread for their schedules did not start: all else was tried before
    let admin_address = admin.as_ref().map(Admin::local_addr);
    let mut sources: Sources =
        vec![metrics::source(), metrics::overflows(), Arc::clone(&ledger) as _, Arc::clone(&monitor) as _];
    sources.extend([Arc::new(Started) as _, rejected::source()]);
    sources.extend(told);
    pushed.provide(sources.clone());
    sources.push(sources::target(&config.resource)); // what is pushed has the resource itself
    let desk = routes(sources.clone(), Arc::clone(&monitor), &config.resource, token).desk();
    if let Some(admin) = admin {
        #[cfg(feature = "grpc")]
        let admin = admin.with_calls(Calls::of(&monitor));
        worker.handle().spawn(admin.secured(secured).serve(Arc::clone(&desk)));
    }
    announce(&config, &ledger, (admin_address, count), &notices);
    let (delay, timeout) = (config.shutdown_delay, config.shutdown_timeout);
    Guard::new(
        Running {
            collector,
            worker,
            ledger,
            states,
            monitor,
            spans,
            sources,
            admin: admin_address,
            delay,
            desk,
            timeout,
            notices,
            process: std::process::id(),
            ending: exit::Ending::default(),
        },
        builder.signals,
    )
}

/// Where the records of the process go: log lines to standard error at once, everything to the exporters.
struct Process {
    console: Arc<Console>,
    worker: Arc<dyn Sink>,
    /// Which lines are written. Exporters get every record down to `info`.
    log: Targets,
}

impl Sink for Process {
    fn put(&self, record: Record) {
        if let Record::Log(log) = &record
            && self.log.would_enable(&log.target, &layer::level(log.severity))
        {
            self.console.write(log);
        }
        self.worker.put(record);
    }

    fn put_spans(&self, spans: &mut Spans) {
        self.worker.put_spans(spans);
    }

    fn lost(&self, why: Loss, spans: u64) {
        self.worker.lost(why, spans);
    }

    fn truncated(&self, values: u64) {
        self.worker.truncated(values);
    }
}

/// Returns what the whole program declares twice and differently, a sentence each.
pub(crate) fn conflicts(checks: &[Check]) -> Vec<String> {
    let mut conflicts = metrics::conflicts();
    conflicts.extend(health::duplicates(checks));
    conflicts
}

/// What nobody declared. `runtime` is the one that the program runs on, if `init()` can know it.
fn told(build: BuildInfo, config: &Config, runtime: Option<&Handle>) -> Sources {
    let mut told = vec![metrics::conventions(), sources::build(build, &config.resource)];
    told.extend(sources::of_process());
    #[cfg(feature = "tokio")]
    told.extend(runtime.map(|runtime| Arc::new(sources::Runtime::of(runtime)) as _));
    #[cfg(not(feature = "tokio"))]
    let _not_looked_at = runtime;
    told
}

/// Takes in what other crates count by the macros of the `metrics` crate.
#[cfg(feature = "metrics")]
fn facade(told: &mut Sources, warnings: &mut Vec<String>) {
    match sources::facade::install() {
        sources::facade::Installed::Ours(source) => told.push(source),
        sources::facade::Installed::Foreign => warnings.push(
            "another recorder of the `metrics` crate is installed: it keeps what its macros count, and gets our \
             metrics too; call `obs::init()` first to have both in our scrape"
                .to_owned(),
        ),
    }
}

#[cfg(not(feature = "metrics"))]
fn facade(_: &mut Sources, _: &mut Vec<String>) {}

/// Returns the health checks of the whole program.
pub(crate) fn checks() -> Vec<Check> {
    CATALOG
        .iter()
        .filter_map(|e| if let Entry::Health(check) = e { Some(Check::from(*check)) } else { None })
        .collect()
}

/// Refuses what the compiler could not see: it looks at one crate at a time.
fn refuse_conflicts(checks: &[Check], expected: &[String]) -> Result<(), InitError> {
    let invalid = checks.iter().filter_map(|check| check.validate().err());
    refuse_checks(invalid.chain(health::too_many(checks.len())).collect())?;
    let conflicts = conflicts(checks);
    if !conflicts.is_empty() {
        return Err(InitError::Conflicts(conflicts));
    }
    let missing: BTreeSet<&String> =
        expected.iter().filter(|name| checks.iter().all(|c| c.name != **name)).collect();
    let missing: Vec<String> = missing.into_iter().cloned().collect();
    if missing.is_empty() { Ok(()) } else { Err(InitError::MissingHealth(missing)) }
}

fn refuse_checks(refused: Vec<CheckError>) -> Result<(), InitError> {
    if refused.is_empty() { Ok(()) } else { Err(InitError::HealthChecks(refused)) }
}

/// Says something to the operators, on the console alone: what an exporter says must not come back to it.
fn notices(console: &Arc<Console>, down_to: LevelFilter) -> Notices {
    let console = Arc::clone(console);
    Arc::new(move |severity, body| {
        if layer::level(severity) > down_to {
            return;
        }
        console.write(&LogRecord {
            correlation_id: None,
            time_unix_nanos: clock::unix_nanos(),
            severity,
            target: Text::Borrowed("obs"),
            body,
            attributes: Vec::new(),
            dropped_attributes: 0,
            context: None,
            span: None,
            resource: Service::PROCESS.resource(),
        });
    })
}

/// Everything that has metrics, in the order in which it is shown.
type Sources = Vec<Arc<dyn MetricSource>>;

fn routes(sources: Sources, monitor: Arc<Monitor>, resource: &Resource, token: Option<KnownToken>) -> Routes {
    let sources = Arc::new(sources);
    let metrics = move |accept: Option<&str>| {
        let (format, sources) = (export::Format::negotiate(accept), Arc::clone(&sources));
        Exposition {
            content_type: format.content_type(),
            write: Box::new(move |out| export::render(&sources, format, out)),
        }
    };
    Routes {
        metrics: Arc::new(metrics),
        health: Arc::new(move |question: &Question| monitor.report(question)),
        service: ServiceInfo::of(resource),
        token,
    }
}

/// Says what was found, so that a check or metric that was not linked is missed at once.
fn announce(
    config: &Config,
    ledger: &Ledger,
    (admin, checks): (Option<SocketAddr>, usize),
    notices: &Notices,
) {
    for warning in &config.warnings {
        notices(Severity::Warn, warning.clone());
    }
    let (mut functions, mut declared) = (0, 0);
    for entry in CATALOG.iter() {
        match entry {
            Entry::Function(_) => functions += 1,
            Entry::Metric(_) => declared += 1,
            Entry::Health(_) => {}
        }
    }
    let admin = admin::told(admin, config.admin.tls.is_some());
    let to = destinations::told(ledger);
    let line = format!(
        "observing: functions {functions}, metrics {declared}, health checks {checks}; {to}; {admin}"
    );
    let asked_for_any_port = config.admin.address.is_some_and(|a| a.port() == 0);
    if asked_for_any_port || config.log.would_enable("obs", &tracing_core::Level::INFO) {
        notices(Severity::Info, line);
    }
}
