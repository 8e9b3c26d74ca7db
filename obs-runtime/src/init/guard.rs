//! What `init()` gives: hold it for as long as the program runs.

#[cfg(any(feature = "axum", feature = "grpc"))]
mod mounted;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing_core::LevelFilter;

use super::exit::{self, Ending};
use super::subscriber::SpanFilter;
use super::{InitError, Sources};
use crate::admin::Desk;
use crate::config::{ConfigError, directives};
use crate::engine::collector::Collector;
use crate::export::{AccountSnapshot, FlushError, Format, Ledger, Notices, Worker, render, rendered};
use crate::health::{Check, CheckError, Monitor, Probe, Report, States};
use crate::metrics;
use crate::record::Severity;

/// Keeps the runtime going. Dropping it delivers what is left, within the shutdown timeout, and ends it.
#[must_use = "dropping the guard ends the runtime; bind it, as in `let _obs = obs::init()?;`"]
pub struct Guard {
    /// `None` where `OTEL_SDK_DISABLED=true`, and with the feature `off`.
    running: Option<Arc<Running>>,
}

/// Everything that runs.
pub(super) struct Running {
    pub(super) collector: Arc<Collector>,
    pub(super) worker: Worker,
    pub(super) ledger: Arc<Ledger>,
    pub(super) states: States,
    pub(super) monitor: Arc<Monitor>,
    pub(super) spans: Arc<SpanFilter>,
    pub(super) sources: Sources,
    pub(super) admin: Option<SocketAddr>,
    /// How long the program goes on when its end has begun.
    pub(super) delay: Duration,
    /// Answers for the admin server, and for servers of others.
    #[cfg_attr(not(feature = "axum"), allow(dead_code))] // the feature whose routes it answers
    pub(super) desk: Arc<Desk>,
    pub(super) timeout: Duration,
    pub(super) notices: Notices,
    /// The process that all this runs in.
    pub(super) process: u32,
    pub(super) ending: Ending,
}

impl Running {
    /// Tells whether this is another process, which has a copy of everything but the threads.
    fn is_forked(&self) -> bool {
        self.process != std::process::id()
    }

    /// Says that the end is near. Returns how long the program is to go on.
    pub(super) fn leave(&self) -> Duration {
        self.delay.saturating_sub(self.monitor.leave().elapsed())
    }

    /// Says that the end is near, and goes on for as long as it was told. Blocks.
    pub(super) fn leave_slowly(&self) {
        if !self.is_forked() {
            std::thread::sleep(self.leave());
        }
    }

    /// Delivers what is left and ends everything. Blocks, at most for the timeout and a moment; who comes second waits for
    /// the first. In a forked process there is nobody to wait for.
    pub(super) fn stop(&self) {
        if self.is_forked() {
            return;
        }
        self.ending.once(self.timeout + exit::GRACE, || {
            self.leave();
            self.monitor.stop();
            let began = Instant::now();
            self.collector.stop(self.timeout);
            let left = self.timeout.saturating_sub(began.elapsed());
            if let Err(error) = self.worker.shutdown(left) {
                (self.notices)(Severity::Warn, error.to_string());
            }
        });
    }

    /// Delivers what there is, as [`Guard::flush`] says.
    pub(super) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        if self.is_forked() {
            return Err(self.worker.forked());
        }
        let began = Instant::now();
        if !self.collector.collect_within(timeout) {
            return Err(self.worker.late());
        }
        self.worker.flush(timeout.saturating_sub(began.elapsed()))
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("admin", &self.admin_addr()).finish_non_exhaustive()
    }
}

impl Guard {
    /// Makes the guard, and has what is left delivered where it is not dropped.
    pub(super) fn new(running: Running, signals: bool) -> Result<Self, InitError> {
        let running = Arc::new(running);
        exit::watch(&running, signals)?;
        Ok(Guard { running: Some(running) })
    }

    pub(super) fn disabled() -> Self {
        Guard { running: None }
    }

    /// Returns where the admin server listens; `None` where it is off.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.running.as_ref().and_then(|r| r.admin)
    }

    /// Provides a value to the health checks that take `obs::State<T>`; replaces an earlier one of that type.
    pub fn provide<T: Send + Sync + 'static>(&self, value: T) {
        if let Some(running) = &self.running {
            running.states.provide(value);
        }
    }

    /// Provides a value that others hold too, as [`provide`](Self::provide) does: an `Arc<Pool>` for checks that take
    /// `obs::State<Pool>`, and for those that are methods of `Pool`.
    pub fn provide_shared<T: Send + Sync + 'static>(&self, value: Arc<T>) {
        if let Some(running) = &self.running {
            running.states.provide_shared(value);
        }
    }

    /// Registers a health check and starts its schedule; fails where its name is taken or an option is wrong, and in a process
    /// that was forked off the one that called `init()`, which has no threads for it. Does not block.
    pub fn add_health_check(&self, check: impl Into<Check>) -> Result<(), CheckError> {
        let check = check.into();
        match &self.running {
            Some(running) if running.is_forked() => Err(CheckError::forked(&check)),
            Some(running) => running.monitor.add(check),
            None => check.validate(),
        }
    }

    /// Removes a health check, annotated ones too; false where there is none of that name. A run that is under way is dropped,
    /// one that blocks goes on to its end unheard.
    pub fn remove_health_check(&self, name: &str) -> bool {
        self.running.as_ref().is_some_and(|running| running.monitor.remove(name))
    }

    /// Returns what a probe is answered. Never runs a check; does not block. Without a running `obs` there are no checks, and
    /// every probe succeeds.
    pub fn health(&self, probe: Probe) -> Report {
        match &self.running {
            Some(running) => running.monitor.report(&probe.into()),
            None => Report::empty(probe),
        }
    }

    /// Says that the program is about to end: from now on `/readyz` fails, whatever the checks say, so that nobody sends new
    /// requests; everything else goes on. Does not block. Returns how long to go on serving: what is left of
    /// [`Builder::shutdown_delay`](crate::Builder::shutdown_delay), also when it is called again.
    ///
    /// For programs that shut down by themselves, before they stop serving: `sleep(obs.begin_shutdown()).await`; where the guard
    /// is out of reach, [`begin_shutdown`](crate::begin_shutdown) is the same. A signal
    /// under [`Builder::shutdown_on_signals`](crate::Builder::shutdown_on_signals) and the guard's drop do so, too.
    pub fn begin_shutdown(&self) -> Duration {
        self.running.as_ref().map_or(Duration::ZERO, |running| running.leave())
    }

    /// Waits until everything recorded so far has reached its destinations or is counted as lost. Blocks, at most for
    /// `timeout`; the error says what is outstanding. In a process that was forked off the one that called `init()` there
    /// is nobody to wait for: it fails at once.
    pub fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        self.running.as_ref().map_or(Ok(()), |running| running.flush(timeout))
    }

    /// Turns metrics on and off by module, as in `warn` or `noisy_lib=off`; what it does not name is on. Replaces the
    /// former filter, [`Builder::metrics_filter`](crate::Builder::metrics_filter)'s too. What is off is not counted and not
    /// shown; what it had counted is there again when it is on. Calls that have begun are counted to their end.
    pub fn set_metrics_filter(&self, filter: &str) -> Result<(), ConfigError> {
        let filter = directives::read(filter, LevelFilter::TRACE)
            .map_err(|problem| ConfigError { option: "Guard::set_metrics_filter", problem })?;
        if self.running.is_some() {
            metrics::set_filter(&filter);
        }
        Ok(())
    }

    /// Chooses spans by module and level, as in `info,noisy_lib=off`; what it does not name is recorded down to the export
    /// level. Replaces the former
    /// filter, [`Builder::span_filter`](crate::Builder::span_filter)'s too. Spans that are open stay.
    pub fn set_span_filter(&self, filter: &str) -> Result<(), ConfigError> {
        let set = self.running.as_ref().map_or(Ok(()), |running| running.spans.set(filter));
        set.map_err(|problem| ConfigError { option: "Guard::set_span_filter", problem })
    }

    /// Returns what `/metrics` shows, as Prometheus text; for programs that end before anybody scrapes them.
    pub fn metrics_text(&self) -> String {
        self.running.as_ref().map(|r| rendered(&r.sources, Format::Text)).unwrap_or_default()
    }

    /// Writes what [`metrics_text`](Self::metrics_text) returns, in pieces of about 16 KiB: however many series there are,
    /// little more is in memory. Fails only where `out` does.
    pub fn write_metrics_text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.running.as_ref().map_or(Ok(()), |r| render(&r.sources, Format::Text, out))
    }

    /// Returns what became of every record, by signal and exporter.
    pub fn deliveries(&self) -> Vec<AccountSnapshot> {
        self.running.as_ref().map(|r| r.ledger.snapshot()).unwrap_or_default()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            if running.is_forked() {
                // Its threads are gone, and with them who would give back the locks that they had.
                return std::mem::forget(running);
            }
            if !std::thread::panicking() {
                running.leave_slowly();
            }
            running.stop();
            exit::forget();
        }
    }
}
