//! The one thread that exporters run on.

mod intake;
mod telling;
mod thread;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use self::intake::{Bounds, Intake};
use super::delivery::Goods;
use super::{AccountSnapshot, Exporter, Ledger, Notices, Signal};
use crate::quiet;
use crate::record::Sink;

/// What may wait for the I/O thread.
const INTAKE: Bounds = Bounds { items: 65_536, bytes: 8 * 1024 * 1024 };

/// The time that stopping may take beyond the time that flushing was given.
const STOP_GRACE: Duration = Duration::from_millis(100);

/// The owner of the I/O thread, which is called `obs` and runs a current-thread tokio runtime of its own: it needs
/// nothing of the application's runtime, nor that there is one.
///
/// Dropped without [`Worker::shutdown`], the thread ends by itself and counts what it still had as `shutdown`.
pub(crate) struct Worker {
    intake: Arc<Intake>,
    handle: Handle,
    control: UnboundedSender<Control>,
    thread: ThreadId,
    ledger: Arc<Ledger>,
    /// How the first shutdown ended.
    ended: Mutex<Option<Result<(), FlushError>>>,
}

/// What the thread can be asked for; it answers by a message, or by dropping the sender.
enum Control {
    Flush(SyncSender<()>),
    Stop(SyncSender<()>),
}

impl Worker {
    /// Starts the thread and the exporters on it. Fails where the operating system refuses a thread or a poller.
    pub(crate) fn start(exporters: Vec<Arc<dyn Exporter>>, ledger: Arc<Ledger>) -> io::Result<Worker> {
        Worker::with_intake(exporters, ledger, INTAKE)
    }

    fn with_intake(
        exporters: Vec<Arc<dyn Exporter>>,
        ledger: Arc<Ledger>,
        most: Bounds,
    ) -> io::Result<Worker> {
        let mut builder = Builder::new_current_thread();
        // Threads for what blocks are as quiet as the one that asks them.
        builder.enable_io().enable_time().on_thread_start(quiet::hush);
        let runtime = OwnRuntime(Some(builder.build()?));
        let handle = runtime.handle()?;
        let (intake, arrivals) = Intake::new(&ledger, most);
        let (control, commands) = unbounded_channel();
        let state = thread::State::new(arrivals, commands, exporters, Arc::clone(&ledger));
        let thread =
            std::thread::Builder::new().name("obs".to_owned()).spawn(move || thread::main(runtime, state))?;
        Ok(Worker { intake, handle, control, thread: thread.thread().id(), ledger, ended: Mutex::new(None) })
    }

    /// Returns where producers put their records. Never blocks; what does not fit is counted as `ring_full`.
    pub(crate) fn sink(&self) -> Arc<dyn Sink> {
        Arc::clone(&self.intake) as Arc<dyn Sink>
    }

    /// Tells people of what is lost on the way to the exporters, from now on.
    pub(crate) fn tell(&self, notices: &Notices) {
        self.handle.spawn(telling::run(Arc::clone(&self.intake), Arc::clone(notices)));
    }

    /// Returns what tells how full the intake is, from 0 to 1, in records or bytes.
    pub(crate) fn filled(&self) -> impl Fn() -> f64 + Send + Sync + use<> {
        self.intake.filled()
    }

    /// Returns the thread's runtime, for other tasks that do I/O. Tasks must not block; they end with the thread.
    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Waits until every record put before this call was delivered or counted as lost.
    ///
    /// Blocks the calling thread, also inside a tokio runtime; needs no runtime. Fails after `timeout`, and at once on
    /// the I/O thread itself; then the error says what is outstanding.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        if std::thread::current().id() == self.thread {
            return Err(self.outstanding(Cause::OwnThread));
        }
        let (reply, flushed) = sync_channel(1);
        if self.control.send(Control::Flush(reply)).is_err() {
            return Err(self.outstanding(Cause::Stopped));
        }
        flushed.recv_timeout(timeout).map_err(|e| match e {
            std::sync::mpsc::RecvTimeoutError::Timeout => self.outstanding(Cause::Timeout),
            std::sync::mpsc::RecvTimeoutError::Disconnected => self.outstanding(Cause::Stopped),
        })
    }

    /// Flushes, then stops the thread, whatever it is doing; what was not delivered is counted as `shutdown`.
    ///
    /// Returns after `timeout` and 100 ms at the latest. Later calls change nothing and return the same. Records put
    /// afterwards are counted as `shutdown`.
    pub(crate) fn shutdown(&self, timeout: Duration) -> Result<(), FlushError> {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(result) = ended.as_ref() {
            return result.clone();
        }
        let began = Instant::now();
        let result = self.flush(timeout);
        let before = self.ledger.snapshot();
        let (reply, stopped) = sync_channel(1);
        if self.control.send(Control::Stop(reply)).is_ok() && std::thread::current().id() != self.thread {
            let left = timeout.saturating_sub(began.elapsed()).saturating_add(STOP_GRACE);
            let _gone_or_late = stopped.recv_timeout(left);
        }
        let result = result.or_else(|error| self.without_spooled(error, &before));
        *ended = Some(result.clone());
        result
    }

    /// Takes out of an error what went to disk after all, since the accounts were `before`.
    fn without_spooled(&self, mut error: FlushError, before: &[AccountSnapshot]) -> Result<(), FlushError> {
        let after = self.ledger.snapshot();
        let of = |accounts: &[AccountSnapshot], o: &Outstanding| {
            accounts
                .iter()
                .find(|a| (a.signal, a.exporter) == (o.signal, o.exporter))
                .map_or(0, |a| a.spooled)
        };
        let all = error.outstanding.len();
        error.outstanding.retain_mut(|o| {
            o.items = o.items.saturating_sub(of(&after, o).saturating_sub(of(before, o)));
            o.items > 0
        });
        if all > 0 && error.outstanding.is_empty() { Ok(()) } else { Err(error) }
    }

    /// Returns the error of a flush that had no time left for the exporters.
    pub(crate) fn late(&self) -> FlushError {
        self.outstanding(Cause::Timeout)
    }

    /// Returns the error of a flush in a process that was forked off this one.
    pub(crate) fn forked(&self) -> FlushError {
        FlushError { cause: Cause::Forked, outstanding: Vec::new() }
    }

    fn outstanding(&self, cause: Cause) -> FlushError {
        let accounts = self.ledger.snapshot().into_iter().filter(|a| a.queued > 0);
        let outstanding = accounts
            .map(|a| Outstanding {
                signal: a.signal,
                exporter: a.exporter,
                items: a.queued,
                trouble: self.ledger.trouble(a.signal, a.exporter),
            })
            .collect();
        FlushError { cause, outstanding }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("thread", &self.thread).finish_non_exhaustive()
    }
}

/// A runtime that may be dropped anywhere: tokio panics where one is dropped inside another, and would wait for a
/// name look-up that hangs.
struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    fn handle(&self) -> io::Result<Handle> {
        let runtime = self.0.as_ref().ok_or(io::ErrorKind::NotFound)?;
        Ok(runtime.handle().clone())
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A flush that did not end as it should; says what was not delivered by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlushError {
    cause: Cause,
    outstanding: Vec<Outstanding>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Timeout,
    OwnThread,
    Stopped,
    Forked,
}

/// Records of one signal that an exporter had neither delivered nor given up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outstanding {
    /// The signal.
    pub signal: Signal,
    /// The exporter; `engine` for records that no exporter has seen.
    pub exporter: &'static str,
    /// How many.
    pub items: u64,
    /// Where they were to go and how the last attempt failed, unless one has succeeded since.
    pub trouble: Option<String>,
}

impl FlushError {
    /// Returns what was outstanding.
    pub fn outstanding(&self) -> &[Outstanding] {
        &self.outstanding
    }
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.cause {
            Cause::Timeout => "telemetry was not flushed in time",
            Cause::OwnThread => "telemetry cannot be flushed from the thread that exports it",
            Cause::Stopped => "telemetry cannot be flushed after it was shut down",
            Cause::Forked => {
                "telemetry cannot be flushed in a forked process, which has none of the threads that export; fork \
                 before `init()`"
            }
        })?;
        let mut before = "; outstanding: ";
        for Outstanding { signal, exporter, items, trouble } in &self.outstanding {
            let what = Goods::of(*signal).word(*items);
            write!(f, "{before}{items} {what} at {exporter}")?;
            if let Some(trouble) = trouble {
                write!(f, " ({trouble})")?;
            }
            before = ", ";
        }
        Ok(())
    }
}

impl std::error::Error for FlushError {}
