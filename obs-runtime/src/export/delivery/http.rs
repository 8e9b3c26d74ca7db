//! HTTP/1.1 over TCP or TLS; connections are kept for the next requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use tokio::task::JoinSet;

use super::connector::{Connector, chain};
use super::gate::Gate;
use super::response::{Answer, MAX_BODY, Receipts, judge};
use super::target::Target;
use super::transport::{Attempt, Body, Transport, Verdict};

/// What all requests to one destination have in common.
#[derive(Clone, Debug)]
pub(in crate::export) struct Requests {
    pub(in crate::export) target: Target,
    pub(in crate::export) method: Method,
    pub(in crate::export) content_type: &'static str,
    /// Headers of every request. Values are never shown.
    pub(in crate::export) headers: Vec<(HeaderName, HeaderValue)>,
    /// What the answers tell.
    pub(in crate::export) receipts: Receipts,
}

/// Requests by HTTP/1.1.
pub(in crate::export) struct Http {
    requests: Requests,
    connector: Connector,
    headers: HeaderMap,
    idle: Mutex<Vec<Connection>>,
    gate: Arc<Gate>,
}

struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// The task that moves the bytes; ends with this.
    _driver: JoinSet<()>,
}

/// Why there was no answer.
#[derive(Debug)]
enum Failure {
    /// No connection could be made.
    Connect(String),
    /// No connection was tried, because another attempt has just failed.
    Unreachable,
    /// The connection broke before the answer.
    Broken(hyper::Error),
}

impl Transport for Http {
    fn send<'a>(&'a self, body: &'a Body) -> Attempt<'a> {
        let again = |detail: String| Verdict::Retry { after: None, detail };
        Box::pin(async move {
            match self.post(body).await {
                Ok(answer) => {
                    self.gate.reachable();
                    judge(&answer, self.requests.receipts, SystemTime::now())
                }
                Err(Failure::Broken(e)) => again(self.broken(&e)),
                Err(Failure::Connect(e)) => again(format!("no connection: {e}")),
                Err(Failure::Unreachable) => again(String::new()),
            }
        })
    }
}

impl Http {
    pub(in crate::export) fn new(requests: Requests, connector: Connector, gate: &Arc<Gate>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("obs/", env!("CARGO_PKG_VERSION"))));
        for (name, value) in &requests.headers {
            headers.insert(name, value.clone());
        }
        headers.insert(HOST, requests.target.authority.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(requests.content_type));
        Http { requests, connector, headers, idle: Mutex::default(), gate: Arc::clone(gate) }
    }

    /// Sends one request. May be dropped at any point, which ends the connection.
    ///
    /// A kept connection may have been closed by the other side meanwhile; then a new one decides.
    async fn post(&self, body: &Body) -> Result<Answer, Failure> {
        let idle = self.idle().pop();
        if let Some(mut idle) = idle
            && idle.sender.ready().await.is_ok()
            && let Ok(answer) = self.exchange(idle, body).await
        {
            return Ok(answer);
        }
        let fresh = self.connect().await?;
        let answer = self.exchange(fresh, body).await;
        if matches!(answer, Err(Failure::Broken(_))) {
            // By TLS 1.3 a certificate of ours that is not accepted is told behind the handshake.
            if self.connector.is_secure() { self.gate.unreachable() } else { self.gate.broke() }
        }
        answer
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let turn = self.gate.turn().await.ok_or(Failure::Unreachable)?;
        let stream = self.connector.connect().await.map_err(Failure::Connect)?;
        turn.succeeded();
        let (sender, connection) = handshake(stream).await.map_err(Failure::Broken)?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            let _seen_by_the_sender = connection.await;
        });
        Ok(Connection { sender, _driver: driver })
    }

    /// Says what broke a new connection.
    fn broken(&self, error: &hyper::Error) -> String {
        let plain = error.is_parse() && !self.connector.is_secure();
        let hint = if plain {
            "; where it speaks TLS, write `https`, and where it speaks gRPC, as on port 4317, `OTEL_EXPORTER_OTLP_PROTOCOL=grpc`"
        } else {
            self.connector.guess()
        };
        format!("the connection broke: {}{hint}", chain(error))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn exchange(&self, mut connection: Connection, body: &Body) -> Result<Answer, Failure> {
        let mut request = Request::new(Full::new(body.bytes.clone()));
        *request.method_mut() = self.requests.method.clone();
        *request.uri_mut() = self.requests.target.path.clone();
        request.headers_mut().clone_from(&self.headers);
        if body.gzip {
            request.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let response = connection.sender.send_request(request).await.map_err(Failure::Broken)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_BODY).collect().await.ok().map(|b| b.to_bytes());
        if body.is_some() {
            self.idle().push(connection);
        }
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}
