//! The thread of a collector: it listens, reads requests, and answers them over HTTP/1.1.

use std::convert::Infallible;
use std::fmt;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::CONTENT_ENCODING;
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use super::answer::{Reply, answer};
use super::fault::Fault;
use super::state::{Delivered, State};

/// Requests that decompress to more are no export requests.
const MAX_REQUEST: u64 = 256 << 20;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1_024;

/// What the owner of a collector asks for; answered when it is so.
pub(super) enum Command {
    Down(SyncSender<io::Result<()>>),
    Up(SyncSender<io::Result<()>>),
}

/// Takes a port of the loopback interface, and does not listen on it: who connects is refused, and nobody else gets it.
pub(super) fn reserve() -> io::Result<(TcpSocket, SocketAddr)> {
    let socket = bound(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    bound(address)?.listen(BACKLOG)
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // The port stays reserved by another socket meanwhile, and closed connections may linger on it.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Serves until the owner is gone.
pub(super) async fn serve(
    listener: TcpListener,
    address: SocketAddr,
    state: Arc<State>,
    mut commands: UnboundedReceiver<Command>,
) {
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            command = commands.recv() => match command {
                Some(Command::Down(reply)) => {
                    listener = None;
                    connections.shutdown().await;
                    let _nobody_waits = reply.send(Ok(()));
                }
                Some(Command::Up(reply)) => {
                    let up = match &listener {
                        Some(_) => Ok(()),
                        None => listen(address).map(|again| listener = Some(again)),
                    };
                    let _nobody_waits = reply.send(up);
                }
                None => return,
            },
            stream = accept(listener.as_ref()) => {
                if state.connected() {
                    let _a_fin_instead = stream.set_zero_linger();
                    continue;
                }
                connections.spawn(converse(stream, Arc::clone(&state)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Waits for a connection; for ever where nobody listens.
async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    let Some(listener) = listener else { return std::future::pending().await };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // As where the process has no descriptor left.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Reads requests of one connection and answers them, one after the other.
async fn converse(stream: TcpStream, state: Arc<State>) {
    let _slower_without = stream.set_nodelay(true);
    let reset = AtomicBool::new(false);
    let service = service_fn(|request| respond(request, &state, &reset));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let _broken = (&mut connection).await;
    let stream = connection.into_parts().io.into_inner();
    if reset.load(Ordering::Relaxed) {
        let _a_fin_instead = stream.set_zero_linger();
    }
}

/// An error makes the server close the connection.
#[derive(Debug)]
struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reset on purpose")
    }
}

impl std::error::Error for Reset {}

async fn respond(
    request: Request<Incoming>,
    state: &State,
    reset: &AtomicBool,
) -> Result<Response<Reply>, Reset> {
    let at = Instant::now();
    let (fault, delay) = state.next();
    let (head, body) = request.into_parts();
    let body = match fault {
        Fault::ResetEarly => None,
        _ => plain(body, head.headers.get(CONTENT_ENCODING)).await,
    };
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
    let (method, path) = (head.method.to_string(), head.uri.to_string());
    let request = Delivered { at, method, path, headers: headers.collect(), body, items: None }.read();
    let (signal, json) = (request.signal(), request.is_json());
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let (fault, rejected) = state.receive(request, fault);
    match fault {
        Fault::Hang => match std::future::pending::<Infallible>().await {},
        _ => answer(fault, signal, json, rejected).ok_or_else(|| {
            reset.store(true, Ordering::Relaxed);
            Reset
        }),
    }
}

/// Reads a body, and decompresses it where it says that it is compressed; `None` for what cannot be read.
async fn plain(body: Incoming, encoding: Option<&HeaderValue>) -> Option<Bytes> {
    let bytes = body.collect().await.ok()?.to_bytes();
    match encoding.map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Some(bytes),
        Some(b"gzip") => {
            let mut plain = Vec::new();
            let mut limited = MultiGzDecoder::new(&bytes[..]).take(MAX_REQUEST + 1);
            limited.read_to_end(&mut plain).ok()?;
            (plain.len() as u64 <= MAX_REQUEST).then(|| plain.into())
        }
        Some(_) => None,
    }
}
