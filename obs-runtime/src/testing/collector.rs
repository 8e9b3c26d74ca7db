//! A collector that misbehaves as it is told, on a real socket.

mod answer;
mod fault;
mod items;
mod server;
mod state;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

pub use self::fault::{Fault, RetryAfter};
pub use self::items::ReceivedSpan;
use self::server::Command;
use self::state::State;
pub use self::state::{Received, ReceivedRequest};
use crate::export::Signal;
use crate::quiet;

/// An OTLP collector on a free port of the loopback interface that answers as it is told, and counts what it acknowledged.
///
/// It takes traces, metrics and logs at `/v1/traces`, `/v1/metrics` and `/v1/logs` over HTTP/1.1, in protobuf and in JSON,
/// plain and compressed with gzip; what is no export request of OTLP is answered with 400. It acknowledges everything
/// until it is told otherwise. What it acknowledges is decided and counted before the answer is sent, so that an exporter
/// that says more than the collector does is wrong.
///
/// It lives on a thread of its own, which is not observed, and ends when it is dropped. Everything that it received is
/// kept in memory until then; see [`keep_bodies`](Self::keep_bodies).
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// use std::time::Duration;
///
/// use obs::export::Signal;
/// use obs::testing::{Fault, FaultyCollector};
///
/// let collector = FaultyCollector::start()?;
/// collector.script([Fault::Unavailable { retry_after: None }, Fault::Reset]); // then all is well
/// let guard = obs::builder().admin_off().otlp_endpoint(collector.endpoint()).init()?;
/// tracing::info_span!("order", id = 7).in_scope(|| {});
/// guard.flush(Duration::from_secs(30))?;
///
/// assert_eq!(collector.items(Signal::Traces), 1);
/// assert_eq!(collector.spans()[0].name, "order");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FaultyCollector {
    address: SocketAddr,
    state: Arc<State>,
    commands: Option<UnboundedSender<Command>>,
    thread: Option<JoinHandle<()>>,
    /// Keeps the port while nobody listens on it.
    _reserved: TcpSocket,
}

impl FaultyCollector {
    /// Starts one. Fails where the system gives no port or no thread.
    pub fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let (reserved, address) = server::reserve()?;
        let listener = {
            let _entered = runtime.enter();
            server::listen(address)?
        };
        let state = Arc::new(State::default());
        let (commands, received) = unbounded_channel();
        let serve = server::serve(listener, address, Arc::clone(&state), received);
        let thread = std::thread::Builder::new().name("faulty-collector".to_owned());
        let thread = thread.spawn(move || run(runtime, serve))?;
        let (commands, thread) = (Some(commands), Some(thread));
        Ok(FaultyCollector { address, state, commands, thread, _reserved: reserved })
    }

    /// Returns its URL, as in `http://127.0.0.1:4318`; the value of `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers everything with `fault` from now on; ends a script and a mix.
    pub fn answer(&self, fault: Fault) {
        self.state.plan(|plan| plan.always(fault));
    }

    /// Answers the next requests with `faults`, one each, and then as before.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state.plan(|plan| plan.script(faults));
    }

    /// Answers with one of `faults` by chance, each as often as its weight says among all; ends a script.
    ///
    /// The same seed gives the same faults for the first, second, ... request. Without a weight above zero all is well.
    pub fn mix(&self, seed: u64, faults: &[(Fault, u32)]) {
        self.state.plan(|plan| plan.mix(seed, faults));
    }

    /// Waits so long before each answer.
    pub fn slow(&self, delay: Duration) {
        self.state.plan(|plan| plan.delay = delay);
    }

    /// Refuses connections and ends those there are, until [`up`](Self::up). The port stays reserved.
    ///
    /// Returns when it is so.
    pub fn down(&self) {
        let _nothing_can_fail = self.command(Command::Down);
    }

    /// Listens again, on the same port. Returns when it is so, and fails where the system refuses.
    pub fn up(&self) -> io::Result<()> {
        self.command(Command::Up)
    }

    /// Says whether connections are reset as soon as they are made, as by a proxy that does not reach its backend. They are
    /// among the [`connections`](Self::connections); those that are open already stay.
    pub fn turn_away(&self, turns_away: bool) {
        self.state.plan(|plan| plan.turns_away = turns_away);
    }

    /// Says whether headers, bodies and spans of requests are kept from now on; they are unless told otherwise.
    ///
    /// Without them a long test needs about 100 bytes a request, and what is counted is counted all the same.
    pub fn keep_bodies(&self, keep: bool) {
        self.state.keep_bodies(keep);
    }

    /// Returns how many items of a signal were acknowledged.
    pub fn items(&self, signal: Signal) -> u64 {
        self.read(|received| received.items(signal))
    }

    /// Returns how many items of a signal were rejected by a partial success.
    pub fn rejected(&self, signal: Signal) -> u64 {
        self.read(|received| received.rejected(signal))
    }

    /// Returns the requests so far, in the order in which they were answered.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.read(|received| received.requests().to_vec())
    }

    /// Returns the spans that were taken or rejected; a span that came twice is there twice.
    pub fn spans(&self) -> Vec<ReceivedSpan> {
        self.read(|received| received.spans().to_vec())
    }

    /// Returns when connections were made. Those that were refused while it was [down](Self::down) are not among them:
    /// the system refuses them, and tells nobody.
    pub fn connections(&self) -> Vec<Instant> {
        self.read(|received| received.connections().to_vec())
    }

    /// Reads what was received without a copy; the collector waits meanwhile.
    pub fn read<R>(&self, read: impl FnOnce(&Received) -> R) -> R {
        self.state.read(read)
    }

    /// Waits until `until` says so, which is asked whenever something came; returns `false` where it did not in time.
    #[must_use = "it says whether it was in time"]
    pub fn wait_until(&self, until: impl FnMut(&Received) -> bool, timeout: Duration) -> bool {
        self.state.wait(until, timeout)
    }

    fn command(&self, command: impl FnOnce(SyncSender<io::Result<()>>) -> Command) -> io::Result<()> {
        let gone = || io::Error::other("the collector's thread is gone");
        let (reply, done) = sync_channel(1);
        let commands = self.commands.as_ref().ok_or_else(gone)?;
        commands.send(command(reply)).map_err(|_| gone())?;
        done.recv().map_err(|_| gone())?
    }
}

impl Drop for FaultyCollector {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

impl fmt::Debug for FaultyCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyCollector").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The thread: nothing that happens on it is telemetry of the program that is tested.
fn run(runtime: Runtime, serve: impl Future<Output = ()>) {
    quiet::hush();
    runtime.block_on(serve);
}
