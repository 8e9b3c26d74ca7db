//! Metrics, health and catalog over HTTP, for those who operate the program.
//!
//! It runs on the runtime's own thread: it answers while the application's runtime is stuck, which is when it matters.

mod activity;
mod catalog;
mod desk;
mod door;
#[cfg(feature = "grpc")]
pub(crate) mod grpc;
mod health;
mod host;
mod inquiry;
mod json;
mod places;
mod reload;
#[cfg(feature = "axum")]
pub(crate) mod router;
mod scrape;
#[cfg(feature = "tls")]
mod secured;
mod server;
mod stream;
#[cfg(test)]
mod tests;
mod token;
mod view;
mod watched;

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

pub(crate) use self::desk::Desk;
pub(crate) use self::door::{Door, KnownToken};
pub(crate) use self::reload::{Problem, Reloaded};
#[cfg(feature = "tls")]
pub(crate) use self::secured::Secured;
#[cfg(feature = "grpc")]
use self::stream::Streamed;
pub(crate) use self::token::Token;
use crate::health::{Question, Report};
use crate::record::{Resource, Severity, Value};

/// What `/metrics` answers.
pub(crate) struct Exposition {
    pub(crate) content_type: &'static str,
    /// Writes the body, in pieces; ends early with the error of what it writes to.
    pub(crate) write: Box<Write>,
}

/// Writes a body.
pub(crate) type Write = dyn FnOnce(&mut dyn io::Write) -> io::Result<()> + Send;

/// Chooses the form of the metrics that an `Accept` header asks for.
pub(crate) type Expose = dyn Fn(Option<&str>) -> Exposition + Send + Sync;

/// Where the answers come from.
#[derive(Clone)]
pub(crate) struct Routes {
    /// What it returns is written on a thread of its own, and may take its time.
    pub(crate) metrics: Arc<Expose>,
    /// Answers a probe at once.
    pub(crate) health: Arc<dyn Fn(&Question) -> Report + Send + Sync>,
    /// What this is a service of.
    pub(crate) service: ServiceInfo,
    /// What those show who may see everything.
    pub(crate) token: Option<KnownToken>,
}

/// Tells the operators something.
pub(crate) type Tell = Arc<dyn Fn(Severity, String) + Send + Sync>;

/// What reports tell of the service, where it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServiceInfo {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
}

impl ServiceInfo {
    /// Takes it out of a resource: `service.name`, `service.version`.
    pub(crate) fn of(resource: &Resource) -> Self {
        let version = resource.attributes.iter().find(|attribute| attribute.key == "service.version");
        let version = version.and_then(|version| match &version.value {
            Value::Str(text) => Some(text.to_string()),
            _ => None,
        });
        ServiceInfo { name: Some(resource.service.to_string()), version }
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Routes")
    }
}

/// What secures connections: nothing can, without the feature `tls`.
#[cfg(not(feature = "tls"))]
pub(crate) type Secured = std::convert::Infallible;

/// What a client may cost.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Connections at once; for a further one, one that waits for its client's word or takes nothing is closed. Where there is
    /// none, it is turned away.
    connections: usize,
    /// Time to send a whole request head, counted from the connection's begin (the handshake of TLS is in it) or from the end
    /// of the answer before it.
    head: Duration,
    /// Time in which a client takes some of what it is sent.
    stall: Duration,
    /// Time until a connection takes no further request, and again until it is cut.
    connection: Duration,
    /// Time to take the metrics, once they are being rendered; the same again to wait for that.
    scrape: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 16,
            head: Duration::from_secs(5),
            stall: Duration::from_secs(5),
            connection: Duration::from_secs(30),
            scrape: Duration::from_secs(10), // what Prometheus waits unless told otherwise
        }
    }
}

/// Clients that may wait until they are accepted. Where a thousand come at once, a probe must not be lost among them: it would
/// come again after a second, and that is too late. The standard library's are 128.
const BACKLOG: i32 = 4096;

/// The admin server, before it serves.
#[derive(Debug)]
pub(crate) struct Admin {
    listener: TcpListener,
    address: SocketAddr,
    secured: Option<Secured>,
    limits: Limits,
    /// Who answers calls of gRPC; `None` where HTTP/1 alone is spoken.
    #[cfg(feature = "grpc")]
    calls: Option<grpc::Calls>,
}

impl Admin {
    /// Takes the port, 0 for a free one. Clients that connect from now on wait for [`Admin::serve`].
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Admin> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        #[cfg(unix)]
        socket.set_reuse_address(true)?; // as the standard library does: the last process may be just gone
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        let listener = TcpListener::from(socket);
        let (address, limits) = (listener.local_addr()?, Limits::default());
        Ok(Admin {
            listener,
            address,
            secured: None,
            limits,
            #[cfg(feature = "grpc")]
            calls: None,
        })
    }

    /// Has it speak HTTP/2 too, and answer calls of gRPC's health service.
    #[cfg(feature = "grpc")]
    pub(crate) fn with_calls(self, calls: grpc::Calls) -> Self {
        Admin { calls: Some(calls), ..self }
    }

    /// Returns the address with the port that it got.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Secures connections.
    pub(crate) fn secured(self, secured: Option<Secured>) -> Self {
        Admin { secured, ..self }
    }

    /// Serves until it is dropped, connections included. Needs a tokio runtime with I/O and timers; fails only at the
    /// start, if the runtime refuses the listener.
    pub(crate) async fn serve(self, desk: Arc<Desk>) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let (door, secured, limits) = (Door::of_server(self.address), self.secured, self.limits);
        let shared = server::Shared {
            desk,
            door,
            secured,
            #[cfg(feature = "grpc")]
            http2: self.calls.map(grpc::Http2::new),
            limits,
        };
        server::serve(listener, shared).await;
        Ok(())
    }
}

impl Routes {
    /// Returns what answers by them, through any number of doors.
    pub(crate) fn desk(self) -> Arc<Desk> {
        Arc::new(Desk::new(self, Limits::default().scrape))
    }
}
