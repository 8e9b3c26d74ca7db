//! Connections to a name and a port.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, timeout, timeout_at};

/// The time that one address has before the next is tried, too (RFC 8305, "Connection Attempt Delay").
const STAGGER: Duration = Duration::from_millis(250);

/// A host and a port; copies are the same one.
#[derive(Clone, Debug)]
pub(super) struct Place {
    host: String,
    port: u16,
    /// One look-up at a time: a resolver that hangs keeps one thread and not one more at each run.
    turn: Arc<Semaphore>,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Dialed {
    pub(super) stream: TcpStream,
    pub(super) address: SocketAddr,
    /// How many addresses the name has.
    pub(super) addresses: usize,
}

impl Place {
    /// Takes `host:port` apart, or says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let refused =
            || format!("`{text}` is no address; write a name or an IP address, and a port, as in `db:5432`");
        let (host, port) = text.rsplit_once(':').ok_or_else(refused)?;
        let port = port.parse().ok().filter(|port| *port > 0).ok_or_else(refused)?;
        Place::new(host, port).ok_or_else(refused)
    }

    /// Makes one; `None` where the host cannot be. An IPv6 address is in brackets.
    pub(super) fn new(host: &str, port: u16) -> Option<Self> {
        let six = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let can_be = match six {
            Some(six) => six.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || "-._".contains(c)),
        };
        let host = six.unwrap_or(host).to_owned();
        can_be.then(|| Place { host, port, turn: Arc::new(Semaphore::new(1)) })
    }

    /// Returns the host, without brackets.
    #[cfg(feature = "tls")]
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Connects to the first of its addresses that accepts, or says why there is none by then. May be dropped at any point.
    pub(super) async fn dial(&self, deadline: Instant, limit: Duration) -> Result<Dialed, String> {
        let addresses = match timeout_at(deadline, self.addresses()).await {
            Ok(Ok(addresses)) => interleaved(addresses),
            Ok(Err(error)) => return Err(format!("`{}` does not resolve: {error}", self.host)),
            Err(_elapsed) => return Err(format!("`{}` did not resolve within {limit:?}", self.host)),
        };
        let mut failed = Vec::new();
        match timeout_at(deadline, race(&addresses, &mut failed)).await {
            Ok(Some((stream, address))) => Ok(Dialed { stream, address, addresses: addresses.len() }),
            Ok(None) => Err(self.why(&failed)),
            Err(_elapsed) => Err(format!("{self} did not accept a connection within {limit:?}")),
        }
    }

    /// Looks the name up, on a thread for that.
    async fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, self.port)]);
        }
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(io::Error::other)?;
        let name = (self.host.clone(), self.port);
        let look_up = move || {
            let _until_it_is_done = turn;
            name.to_socket_addrs().map(Vec::from_iter)
        };
        match spawn_blocking(look_up).await.map_err(io::Error::other)? {
            Ok(addresses) if addresses.is_empty() => Err(io::Error::other("it has no address")),
            other => other,
        }
    }

    fn why(&self, failed: &[(SocketAddr, io::Error)]) -> String {
        let refused = |(_, error): &(SocketAddr, io::Error)| error.kind() == io::ErrorKind::ConnectionRefused;
        if failed.iter().all(refused) {
            return format!("{self} refused the connection");
        }
        let other = failed.iter().find(|failure| !refused(failure));
        let why = other.map(|(address, error)| format!(" ({address}: {error})")).unwrap_or_default();
        format!("no connection to {self}{why}")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { host, port, .. } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Sorts addresses so that families take turns, the resolver's first one first (RFC 8305, section 4).
fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let six_first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|a| a.is_ipv6() == six_first);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut sorted = Vec::with_capacity(first.len() + second.len());
    while first.len() + second.len() > 0 {
        sorted.extend(first.next());
        sorted.extend(second.next());
    }
    sorted
}

/// Connects to one address after the other, each a moment later, until one accepts; `None` where all `failed`.
async fn race(
    addresses: &[SocketAddr],
    failed: &mut Vec<(SocketAddr, io::Error)>,
) -> Option<(TcpStream, SocketAddr)> {
    let mut waiting = addresses.iter().copied();
    let mut attempts = JoinSet::new();
    loop {
        if let Some(address) = waiting.next() {
            attempts.spawn(async move { (address, connect(address).await) });
        }
        let ended = if waiting.len() > 0 {
            timeout(STAGGER, attempts.join_next()).await
        } else {
            Ok(attempts.join_next().await)
        };
        match ended {
            Ok(Some(Ok((address, Ok(stream))))) => return Some((stream, address)),
            Ok(Some(Ok((address, Err(error))))) => failed.push((address, error)),
            Ok(None) => return None,
            Ok(Some(Err(_))) | Err(_) => {} // the runtime ends, or the next has its turn
        }
    }
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    to_another(TcpStream::connect(address).await?)
}

/// Refuses a connection to ourselves: by chance our end is given a port of this host that nobody listens on, and two ends that
/// open at once are connected (RFC 9293, section 3.5).
fn to_another(stream: TcpStream) -> io::Result<TcpStream> {
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

#[cfg(test)]
mod tests;
