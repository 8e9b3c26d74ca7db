//! A collector on a real socket that answers what a test tells it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::{Barrier, oneshot};

use super::door::Door;

/// What a request is answered with.
#[derive(Clone)]
pub(in crate::export) enum Reply {
    /// An answer with headers and a body.
    With(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// A good answer, once so many requests wait for theirs.
    Together(Arc<Barrier>),
    /// No answer.
    Hang,
    /// The connection is closed instead.
    Reset,
}

impl Reply {
    pub(in crate::export) fn status(status: u16) -> Self {
        Reply::With(status, Vec::new(), Vec::new())
    }

    /// What a collector that does everything replies in a round: each of its faults, and then what is right.
    pub(in crate::export) fn of_everything(round: usize) -> Self {
        match round % 8 {
            0 => Reply::status(503),
            1 => Reply::Reset,
            2 => Reply::status(400),
            3 => Reply::With(200, Vec::new(), b"garbage".to_vec()),
            4 => Reply::Hang,
            5 => Reply::status(302),
            _ => Reply::status(200),
        }
    }
}

/// A request as it arrived.
pub(in crate::export) struct Arrived {
    pub(in crate::export) method: Method,
    pub(in crate::export) headers: HeaderMap,
    pub(in crate::export) path: String,
    /// The number of the connection.
    pub(in crate::export) connection: usize,
    pub(in crate::export) body: Bytes,
}

impl Arrived {
    pub(in crate::export) fn plain(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        match self.headers.get("content-encoding") {
            Some(_) => drop(GzDecoder::new(self.body.as_ref()).read_to_end(&mut plain).unwrap()),
            None => plain.extend_from_slice(&self.body),
        }
        plain
    }

    pub(super) fn request(&self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest::decode(self.plain().as_slice()).unwrap()
    }

    pub(super) fn spans(&self) -> Vec<Span> {
        let request = self.request();
        let scopes = request.resource_spans.into_iter().flat_map(|r| r.scope_spans);
        scopes.flat_map(|s| s.spans).collect()
    }
}

/// Answers as scripted, then with 200 and an empty body. Ends when dropped.
pub(in crate::export) struct Collector {
    pub(in crate::export) address: SocketAddr,
    pub(in crate::export) arrived: Receiver<Arrived>,
    #[cfg_attr(not(feature = "tls"), allow(dead_code))]
    entered: Arc<AtomicUsize>,
    _stop: oneshot::Sender<()>,
}

impl Collector {
    pub(in crate::export) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Collector::start_on("127.0.0.1:0", replies)
    }

    pub(in crate::export) fn start_on(address: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        Collector::behind_on(address, Door::Open, replies)
    }

    #[cfg(feature = "tls")]
    pub(in crate::export) fn behind(door: Door, replies: impl IntoIterator<Item = Reply>) -> Self {
        Collector::behind_on("127.0.0.1:0", door, replies)
    }

    pub(in crate::export) fn behind_on(
        address: &str,
        door: Door,
        replies: impl IntoIterator<Item = Reply>,
    ) -> Self {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, arrived) = channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let replies = Arc::new(Mutex::new(replies.into_iter().collect()));
        let entered = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&entered);
        std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, door, counted, (replies, sender)) => {}
                    _ = stopped => {}
                }
            });
        });
        Collector { address, arrived, entered, _stop: stop }
    }

    /// Returns how many connections were made, in vain or not.
    #[cfg(feature = "tls")]
    pub(in crate::export) fn entered(&self) -> usize {
        self.entered.load(Ordering::SeqCst)
    }

    pub(in crate::export) fn next(&self) -> Arrived {
        self.arrived.recv_timeout(super::SOON).unwrap()
    }
}

async fn serve(
    listener: TcpListener,
    door: Door,
    entered: Arc<AtomicUsize>,
    (replies, sender): (Arc<Mutex<VecDeque<Reply>>>, Sender<Arrived>),
) {
    for connection in 0.. {
        let (stream, _) = listener.accept().await.unwrap();
        entered.fetch_add(1, Ordering::SeqCst);
        let door = door.clone();
        let (replies, sender) = (Arc::clone(&replies), sender.clone());
        let service =
            service_fn(move |request| answer(request, connection, Arc::clone(&replies), sender.clone()));
        tokio::spawn(async move {
            let Ok(stream) = door.enter(stream).await else { return };
            let _reset = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// An error makes the server close the connection.
#[derive(Debug)]
struct Reset;

impl std::fmt::Display for Reset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("reset")
    }
}

impl std::error::Error for Reset {}

async fn answer(
    request: Request<Incoming>,
    connection: usize,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    sender: Sender<Arrived>,
) -> Result<Response<Full<Bytes>>, Reset> {
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Err(Reset);
    };
    let path = head.uri.to_string();
    let reply = replies.lock().unwrap().pop_front().unwrap_or(Reply::status(200));
    let _test_has_ended = sender.send(Arrived {
        method: head.method,
        headers: head.headers,
        path,
        connection,
        body: body.to_bytes(),
    });
    let (status, headers, body) = match reply {
        Reply::With(status, headers, body) => (status, headers, body),
        Reply::Together(all) => {
            all.wait().await;
            (200, Vec::new(), Vec::new())
        }
        Reply::Hang => match std::future::pending::<Infallible>().await {},
        Reply::Reset => return Err(Reset),
    };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(body.into())).unwrap())
}

/// Returns an address on which nothing listens.
pub(in crate::export) fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Waits until `done`; the tests' only way to wait for what sends no message.
#[track_caller]
pub(in crate::export) fn wait_until(mut done: impl FnMut() -> bool) {
    let until = std::time::Instant::now() + super::SOON;
    while !done() {
        assert!(std::time::Instant::now() < until, "waited in vain");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}
