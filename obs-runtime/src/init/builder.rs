//! Options in code.

mod admin;
mod destinations;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tracing_core::{Level, LevelFilter};
use tracing_subscriber::Layer;

use super::{Guard, InitError};
use crate::config::Overrides;
use crate::context::Propagator;
use crate::engine::collector::TailRule;
use crate::engine::sampler::Sampling;
use crate::engine::shadow::{AnyLayer, Spans};
use crate::export::{Exporter, LogFormat};
use crate::health::Check;
use crate::sources::BuildInfo;

/// Options in code; each wins over its environment variable.
#[derive(Default)]
#[must_use = "nothing happens before `init()`"]
pub struct Builder {
    pub(super) overrides: Overrides,
    pub(super) exporters: Vec<Arc<dyn Exporter>>,
    pub(super) expected: Vec<String>,
    pub(super) checks: Vec<Check>,
    pub(super) runtime: Option<Handle>,
    pub(super) layers: Option<AnyLayer>,
    pub(super) build: BuildInfo,
    pub(super) signals: bool,
    #[cfg(feature = "opentelemetry")]
    pub(super) opentelemetry: bool,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("overrides", &self.overrides).finish_non_exhaustive()
    }
}

impl Builder {
    /// Names the process (`OTEL_SERVICE_NAME`).
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.overrides.service_name = Some(name.into());
        self
    }

    /// Adds an attribute to the resource, which is on all telemetry, or replaces the one of that name
    /// (`OTEL_RESOURCE_ATTRIBUTES`). [`Builder::service_name`] wins over `service.name` given here.
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.overrides.resource.push((key.into(), value.into()));
        self
    }

    /// Turns everything off, or on whatever the environment says (`OTEL_SDK_DISABLED`): no thread starts, nothing listens
    /// and nothing is recorded.
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.overrides.disabled = Some(disabled);
        self
    }

    /// Sets down to which level `obs` speaks of itself on standard error (`OTEL_LOG_LEVEL`; default `info`): losses,
    /// values that are ignored, the line at the start. Whether it is also the log's is for [`Builder::log`] to say.
    pub fn own_log_level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.overrides.own_log_level = Some(level.into());
        self
    }

    /// Says which build this is, on the metric `build_info`: `.build_info(obs::build_info!())`, in the program's own crate.
    ///
    /// What is not said comes from the resource: `service.version` and `vcs.ref.head.revision` of
    /// `OTEL_RESOURCE_ATTRIBUTES`. The compiler's version is known.
    pub fn build_info(mut self, info: BuildInfo) -> Self {
        self.build = info;
        self
    }

    /// Sets which log lines are written, as in `info,hyper=warn` (`OBS_LOG`, then `RUST_LOG`; default `info`).
    ///
    /// Lines go to standard error at once, by the thread that logs: who reads it slowly slows that thread down. Spans
    /// and the events on them are exported down to [`Builder::export_level`] whatever this says, and what is logged beyond
    /// that is exported too.
    pub fn log(mut self, filter: impl Into<String>) -> Self {
        self.overrides.log = Some(filter.into());
        self
    }

    /// Sets the level down to which spans and events are exported (`OBS_EXPORT_LEVEL`; default `info`), also those of
    /// `obs::layer()` in a registry of your own. Layers of others see what they ask for, whatever this says.
    pub fn export_level(mut self, level: Level) -> Self {
        self.overrides.export_level = Some(level);
        self
    }

    /// Sets which modules have metrics, as in `warn` or `noisy_lib=off` (`OBS_METRICS`); all. An annotated function's
    /// belong to its module and level, a declared metric to where it is declared, at `info`. What is off costs its callsite
    /// a load and is not shown. [`Guard::set_metrics_filter`] changes it later.
    pub fn metrics_filter(mut self, filter: impl Into<String>) -> Self {
        self.overrides.metrics_filter = Some(filter.into());
        self
    }

    /// Sets which spans are recorded, as in `info,noisy_lib=off` (`OBS_SPANS`), whatever the export level and the log say;
    /// a span that is not has its children below the one above it. [`Guard::set_span_filter`] changes it later.
    pub fn span_filter(mut self, filter: impl Into<String>) -> Self {
        self.overrides.span_filter = Some(filter.into());
        self
    }

    /// Sets how many series the process may have (`OBS_MAX_SERIES`); 100 000. Those whose labels are known when the program
    /// is compiled count and are never refused; beyond the limit, new values of `dynamic(..)` labels share one series.
    pub fn max_series(mut self, limit: usize) -> Self {
        self.overrides.max_series = Some(limit);
        self
    }

    /// Sets how log lines look (`OBS_LOG_FORMAT`; default pretty on a terminal and JSON elsewhere).
    pub fn log_format(mut self, format: LogFormat) -> Self {
        self.overrides.log_format = Some(format);
        self
    }

    /// Sets which traces are sampled (`OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG`); all that no parent refused.
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.overrides.sampling = Some(sampling);
        self
    }

    /// Samples at most so many of the traces a second that the sampler decides on here (`OBS_TRACES_PER_SECOND`).
    ///
    /// How likely a trace was to be sampled cannot be told any more, so that `tracestate` does not say it.
    pub fn traces_per_second(mut self, limit: f64) -> Self {
        self.overrides.traces_per_second = Some(limit);
        self
    }

    /// Exports traces with an error, a panic or a slow beginning also where they are not sampled (`OBS_TAIL=on`,
    /// `OBS_TAIL_SLOW=1s`, `OBS_TAIL_MAX_BYTES`, `OBS_TAIL_MAX_SPANS`, `OBS_TAIL_MAX_AGE`); `None` turns that off.
    ///
    /// ```
    /// # extern crate obs_runtime as obs;
    /// # use std::time::Duration;
    /// use obs::{Sampling, TailRule, builder};
    ///
    /// let builder = builder()
    ///     .sampling(Sampling::ParentBasedTraceIdRatio(0.1))
    ///     .tail(TailRule { slow: Some(Duration::from_secs(1)), ..TailRule::default() });
    /// # let _ = builder;
    /// ```
    pub fn tail(mut self, rule: impl Into<Option<TailRule>>) -> Self {
        self.overrides.tail = Some(rule.into());
        self
    }

    /// Sets in which formats a context travels (`OTEL_PROPAGATORS`): W3C's trace context and baggage, and a correlation id.
    /// What comes in is read in all of them, W3C's trace context first; what goes out is written in all of them. None of
    /// them leaves the context in the process.
    pub fn propagators(mut self, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        self.overrides.propagators = Some(propagators.into_iter().collect());
        self
    }

    /// Sets how long the program goes on after it said that it is about to end (`OBS_SHUTDOWN_DELAY`); not at all.
    ///
    /// `/readyz` fails from the first moment on, whatever the checks say, and whoever sends requests here has that long to
    /// hear of it. A signal begins it where [`Builder::shutdown_on_signals`] is on, and [`Guard::begin_shutdown`] anywhere; else
    /// the guard's drop does, which waits on its thread for what is left of it, unless that unwinds from a panic: begin it by
    /// hand where that thread is the one that serves. Behind a load balancer, give it the time between two of its probes times
    /// the failures that it waits for; in Kubernetes, which takes a pod out of the endpoints by itself, the time until every node
    /// has heard of that, 5 to 15 s, and the pod a longer `terminationGracePeriodSeconds`.
    pub fn shutdown_delay(mut self, delay: Duration) -> Self {
        self.overrides.shutdown_delay = Some(delay);
        self
    }

    /// Sets how long the guard waits for what is left when it is dropped (`OBS_SHUTDOWN_TIMEOUT`); 5 seconds.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.overrides.shutdown_timeout = Some(timeout);
        self
    }

    /// Delivers what is left, within the shutdown timeout, when the process is told to end: at the first SIGTERM or SIGINT,
    /// after which it ends as that signal would have ended it. A second one ends it at once. Without this no signal handler
    /// is installed, and a process that a signal ends loses what was not delivered yet.
    ///
    /// For programs that do not shut down by themselves on these signals; those that do drop the guard. A handler that
    /// the program has when it calls `init()` is called as before and decides itself when the process ends: then what there is
    /// so far is delivered, and observing goes on. A handler that is installed later, past the `signal-hook-registry` crate
    /// (which tokio uses), replaces ours. A signal that is ignored stays ignored. Starts a thread; does nothing where there are
    /// no such signals (Windows).
    pub fn shutdown_on_signals(mut self) -> Self {
        self.signals = true;
        self
    }

    /// Makes the process' spans and headers those of the OpenTelemetry API, too: sets its global tracer provider and propagator,
    /// in the place of any that were set before (feature `opentelemetry`). Nothing of the kind happens where
    /// `OTEL_SDK_DISABLED` is true.
    #[cfg(feature = "opentelemetry")]
    pub fn opentelemetry(mut self) -> Self {
        self.opentelemetry = true;
        self
    }

    /// Adds a destination of your own.
    pub fn exporter(mut self, exporter: impl Exporter) -> Self {
        self.exporters.push(Arc::new(exporter));
        self
    }

    /// Adds a `tracing_subscriber` layer, on top of those added before: `fmt`, `EnvFilter`, `tracing-opentelemetry`,
    /// `sentry-tracing`, `console-subscriber`, `tracing-error` and others.
    ///
    /// Its filters and ours are independent: an `EnvFilter` filters what other layers see, never what is exported, and
    /// layers see spans and events of every level that they ask for. A span that no layer wants costs what it does
    /// without layers. Spans have one tree for all.
    pub fn layer(mut self, layer: impl Layer<Spans> + Send + Sync) -> Self {
        self.layers = Some(match self.layers.take() {
            None => Box::new(layer),
            Some(below) => Box::new(below.and_then(layer)),
        });
        self
    }

    /// Refuses to start unless health checks of these names are linked into the program.
    ///
    /// A check in a crate that is listed in `Cargo.toml` and never used is not linked, and nothing else would say so.
    pub fn expect_health<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.expected.extend(names.into_iter().map(Into::into));
        self
    }

    /// Registers a health check that is no function under `#[health_check]`: a closure, or one of those that
    /// [`health`](crate::health) makes.
    pub fn health_check(mut self, check: impl Into<Check>) -> Self {
        self.checks.push(check.into());
        self
    }

    /// Runs health checks on this runtime; by default on the one `init()` is called in, else on threads of our own.
    pub fn runtime(mut self, handle: Handle) -> Self {
        self.runtime = Some(handle);
        self
    }

    /// Starts: installs the `tracing` subscriber, the exporters' thread, the admin server and the health checks.
    ///
    /// Keep the guard: dropping it delivers what is left. Blocks for a moment, never for the network. A process starts
    /// once; a second call is [`InitError::AlreadyStarted`]. One that was forked off after that is told
    /// [`InitError::Forked`]; fork first, or let the child `exec` its program.
    ///
    /// What is left is also delivered where the guard was forgotten, the program calls [`std::process::exit`] (both on Unix),
    /// or panics, also under `panic = "abort"`; there a hook does it, after the one that was set before, and the calls that
    /// were running are not told. A hook that the program sets later must call the one before it.
    pub fn init(self) -> Result<Guard, InitError> {
        /// The process that started; 0 for none.
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let process = std::process::id();
        match STARTED.compare_exchange(0, process, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => {}
            Err(started) if started == process => return Err(InitError::AlreadyStarted),
            Err(_) => return Err(InitError::Forked),
        }
        let started = super::start(self);
        if started.is_err() {
            STARTED.store(0, Ordering::SeqCst);
        }
        started
    }
}
