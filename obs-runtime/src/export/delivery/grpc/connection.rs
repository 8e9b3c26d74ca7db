//! The one connection that all calls share, for as long as it is any good.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::TokioExecutor;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Failure;
use super::message::Message;
use crate::export::delivery::connector::{Connector, chain};
use crate::export::delivery::gate::Gate;

/// The longest that a connection is idle and used again. Those in between forget idle connections without a word, the
/// most impatient of the common ones after 350 s; and servers take pings of idle clients for an attack.
const MAX_IDLE: Duration = Duration::from_secs(240);

/// A connection. Ends with its last call, when it is not kept.
pub(super) struct Connection {
    sender: SendRequest<Message>,
    /// Whether it ever answered.
    answered: AtomicBool,
    /// Why it ended, where it ended by an error. Calls that it had not begun are only told that it is closed.
    error: Arc<OnceLock<String>>,
    /// The task that moves the bytes; ends with this.
    _driver: JoinSet<()>,
}

impl Connection {
    /// Returns what sends requests on it.
    pub(super) fn sender(&self) -> SendRequest<Message> {
        self.sender.clone()
    }
}

/// Makes connections, one at a time, and keeps the last.
pub(super) struct Connections {
    connector: Connector,
    gate: Arc<Gate>,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    connection: Arc<Connection>,
    used: Instant,
}

impl Connections {
    pub(super) fn new(connector: Connector, gate: &Arc<Gate>) -> Self {
        Connections { connector, gate: Arc::clone(gate), kept: Mutex::default() }
    }

    /// Returns the connection that is kept, if it can take another call.
    pub(super) fn kept(&self) -> Option<Arc<Connection>> {
        let mut kept = self.lock();
        let now = Instant::now();
        let usable = kept
            .as_mut()
            .filter(|kept| !kept.connection.sender.is_closed() && now.duration_since(kept.used) < MAX_IDLE);
        match usable {
            Some(kept) => {
                kept.used = now;
                Some(Arc::clone(&kept.connection))
            }
            None => {
                *kept = None;
                None
            }
        }
    }

    /// Connects, unless another call did so meanwhile.
    pub(super) async fn connect(&self) -> Result<Arc<Connection>, Failure> {
        let turn = self.gate.turn().await.ok_or(Failure::Unreachable)?;
        if let Some(kept) = self.kept() {
            turn.succeeded();
            return Ok(kept);
        }
        let stream = self.connector.connect().await.map_err(Failure::Connect)?;
        turn.succeeded();
        let made = Builder::new(TokioExecutor::new()).handshake(stream).await;
        let (sender, connection) = made.map_err(|error| Failure::Broken(chain(&error)))?;
        let (error, answered) = (Arc::new(OnceLock::new()), AtomicBool::new(false));
        let mut driver = JoinSet::new();
        let why = Arc::clone(&error);
        driver.spawn(async move {
            let mut connection = pin!(connection);
            if let Err(error) = connection.as_mut().await {
                let _first = why.set(chain(&error));
            } // only now it is dropped, and calls see their end
        });
        let connection = Arc::new(Connection { sender, answered, error, _driver: driver });
        *self.lock() = Some(Kept { connection: Arc::clone(&connection), used: Instant::now() });
        Ok(connection)
    }

    /// Begins to wait for an answer on a connection.
    pub(super) fn pending(&self, connection: Arc<Connection>) -> Pending<'_> {
        Pending { connections: self, connection, good: false }
    }

    /// Keeps a connection no longer; calls that are on it go on.
    fn forget(&self, connection: &Arc<Connection>) {
        let mut kept = self.lock();
        if kept.as_ref().is_some_and(|kept| Arc::ptr_eq(&kept.connection, connection)) {
            *kept = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call without an answer yet. Dropped as such, as at the deadline, its connection takes no other: it may be as dead as
/// it is silent, and nobody would tell.
pub(super) struct Pending<'a> {
    connections: &'a Connections,
    connection: Arc<Connection>,
    good: bool,
}

impl Pending<'_> {
    /// Notes that the answer has begun.
    pub(super) fn answered(&self) {
        self.connection.answered.store(true, Ordering::Relaxed);
        self.connections.gate.reachable();
    }

    /// Ends with a connection that works.
    pub(super) fn done(mut self) {
        self.good = true;
        self.answered();
    }

    /// Ends with a connection that broke. One by TLS that never answered was never accepted: by TLS 1.3 a certificate of
    /// ours that is not wanted is told behind the handshake.
    pub(super) fn broken(self, why: String) -> Failure {
        let why = self.connection.error.get().cloned().unwrap_or(why);
        if self.connection.answered.load(Ordering::Relaxed) {
            return Failure::Broken(why);
        }
        if self.connections.connector.is_secure() {
            self.connections.gate.unreachable();
            return Failure::Broken(format!("{why}{}", self.connections.connector.guess()));
        }
        self.connections.gate.broke();
        Failure::Broken(format!(
            "{why}; is there HTTP/2? OTLP/gRPC is mostly on port 4317, by `https` where it is secured"
        ))
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if !self.good {
            self.connections.forget(&self.connection);
        }
    }
}
