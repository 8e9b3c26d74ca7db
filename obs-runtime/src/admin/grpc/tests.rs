//! Health over gRPC, asked by HTTP/2 clients over real sockets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use super::message::ServingStatus;
use super::*;
use crate::Health;
use crate::admin::{Admin, Exposition, Limits, Routes, ServiceInfo};
use crate::export::proto::{Field, Reader, Writer};
use crate::health::{Check, Probe, States};

mod limits;
mod protocol;
#[cfg(feature = "tls")]
mod secured;
mod services;
mod watches;

/// Returns a monitor without checks.
fn monitor() -> Arc<Monitor> {
    Monitor::on_handle(&Handle::current(), Some(Handle::current()), &States::default())
}

/// Returns a critical check, and what makes it pass. It runs every second.
fn switched(name: &'static str) -> (Check, Arc<AtomicBool>) {
    let up = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&up);
    let check = Check::new(name, move || {
        let is_up = seen.load(Ordering::SeqCst);
        async move { if is_up { Health::healthy() } else { Health::unhealthy("the secret reason") } }
    });
    let every = Duration::from_secs(1);
    (check.critical().interval(every).timeout(every / 2).failures(1), up)
}

/// Waits for a condition that must hold soon, even on a busy machine.
async fn soon<T>(condition: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), condition).await.unwrap()
}

fn routes(monitor: &Arc<Monitor>) -> Routes {
    let asked = Arc::clone(monitor);
    Routes {
        metrics: Arc::new(|_| Exposition {
            content_type: "text/plain",
            write: Box::new(|out| out.write_all(b"metric 1\n")),
        }),
        health: Arc::new(move |question| asked.report(question)),
        service: ServiceInfo::default(),
        token: None,
    }
}

/// Starts an admin server that asks a monitor.
fn serve(monitor: &Arc<Monitor>, limits: Limits) -> SocketAddr {
    let mut admin = Admin::bind("127.0.0.1:0".parse().unwrap()).unwrap().with_calls(Calls::of(monitor));
    admin.limits = limits;
    let address = admin.local_addr();
    tokio::spawn(admin.serve(routes(monitor).desk()));
    address
}

/// A connection of HTTP/2 with prior knowledge.
struct Client {
    sender: SendRequest<Full<Bytes>>,
    address: SocketAddr,
}

/// What became of a call.
#[derive(Debug)]
struct Answer {
    code: String,
    message: String,
    messages: Bytes,
}

impl Client {
    async fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Client { sender, address }
    }

    fn request(&self, method: &str, frame: Bytes) -> Request<Full<Bytes>> {
        let uri = format!("http://{}/grpc.health.v1.Health/{method}", self.address);
        let request = Request::post(uri).header("content-type", "application/grpc").header("te", "trailers");
        request.body(Full::new(frame)).unwrap()
    }

    /// Makes a call and reads its answer to the end.
    async fn call(&mut self, request: Request<Full<Bytes>>) -> Answer {
        self.sender.ready().await.unwrap();
        let response = self.sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "the status of gRPC is another");
        assert_eq!(response.headers()["content-type"], "application/grpc");
        let mut head = response.headers().clone();
        let body = response.into_body().collect().await.unwrap();
        head.extend(body.trailers().cloned().unwrap_or_default());
        let text = |name: &str| head.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        Answer { code: text("grpc-status"), message: text("grpc-message"), messages: body.to_bytes() }
    }

    /// Asks for a service; the error is the status.
    async fn check(&mut self, name: &str) -> Result<ServingStatus, String> {
        let answer = self.call(self.request("Check", asked(name))).await;
        if answer.code == "0" { Ok(serving(&answer.messages)) } else { Err(answer.code) }
    }

    /// Begins to watch.
    async fn watch(&mut self, name: &str) -> Watched {
        self.sender.ready().await.unwrap();
        let response = self.sender.send_request(self.request("Watch", asked(name))).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let refused = response.headers().contains_key("grpc-status");
        Watched { head: refused.then(|| response.headers().clone()), body: response.into_body() }
    }
}

/// A watch from the client's side.
struct Watched {
    /// Where the call ended with the head.
    head: Option<HeaderMap>,
    body: Incoming,
}

impl Watched {
    /// Returns what it is told next; the error is the status at the end.
    async fn next(&mut self) -> Result<ServingStatus, String> {
        let code = |headers: &HeaderMap| headers["grpc-status"].to_str().unwrap().to_owned();
        if let Some(head) = &self.head {
            return Err(code(head));
        }
        let frame = soon(self.body.frame()).await.ok_or("no status")?.map_err(|error| error.to_string())?;
        match frame.into_data() {
            Ok(data) => Ok(serving(&data)),
            Err(frame) => Err(code(frame.trailers_ref().unwrap())),
        }
    }
}

fn framed(message: &[u8]) -> Bytes {
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    frame.into()
}

/// Returns the frame of a request for a service.
fn asked(name: &str) -> Bytes {
    let mut request = Writer::default();
    if !name.is_empty() {
        request.bytes(1, name.as_bytes());
    }
    framed(request.as_bytes())
}

/// Reads a frame with a `HealthCheckResponse`.
fn serving(frame: &[u8]) -> ServingStatus {
    assert_eq!(frame[..5], framed(&frame[5..])[..5], "one whole message");
    of_message(&frame[5..])
}

fn of_message(message: &[u8]) -> ServingStatus {
    match Reader::new(message).map(Result::unwrap).collect::<Vec<_>>()[..] {
        [] => ServingStatus::Unknown,
        [(1, Field::Varint(1))] => ServingStatus::Serving,
        [(1, Field::Varint(2))] => ServingStatus::NotServing,
        [(1, Field::Varint(3))] => ServingStatus::ServiceUnknown,
        ref other => panic!("{other:?}"),
    }
}

/// Waits until a probe succeeds, or not.
async fn until(monitor: &Monitor, passes: bool) {
    let mut changes = monitor.changes();
    soon(async {
        while monitor.report(&Probe::All.into()).passes() != passes {
            changes.changed().await.unwrap();
        }
    })
    .await;
}
