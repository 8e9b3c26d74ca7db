//! gRPC over HTTP/2 ("gRPC over HTTP2" of its documentation): unary calls, all on one connection.

mod connection;
mod message;
mod status;

use std::sync::Arc;
use std::time::Duration;

use http::header::{CONNECTION, CONTENT_TYPE, HOST, TE, TRANSFER_ENCODING, USER_AGENT};
use http::uri::{Parts, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

use self::connection::{Connection, Connections};
use self::message::{HEAD, Message};
use self::status::{Answer, judge};
use super::connector::{Connector, chain};
use super::gate::Gate;
use super::response::MAX_BODY;
use super::target::{EndpointError, Target};
use super::transport::{Attempt, Body, Transport, Verdict};

/// What all calls of one method have in common.
#[derive(Clone, Debug)]
pub(in crate::export) struct Calls {
    pub(in crate::export) target: Target,
    /// The method, as in `/package.Service/Method`.
    pub(in crate::export) method: &'static str,
    /// Metadata of every call. Values are never shown.
    pub(in crate::export) headers: Vec<(HeaderName, HeaderValue)>,
    /// The longest that a call may take, its repetitions included; the server is told.
    pub(in crate::export) timeout: Duration,
}

impl Calls {
    /// Writes what goes for every call, or says that the target cannot be called.
    pub(in crate::export) fn prepare(self) -> Result<Prepared, EndpointError> {
        let mut uri = Parts::default();
        uri.scheme = Some(if self.target.tls { Scheme::HTTPS } else { Scheme::HTTP });
        uri.authority = Some(self.target.authority.as_bytes().try_into().map_err(|_| EndpointError::NoUrl)?);
        uri.path_and_query = Some(PathAndQuery::from_static(self.method));
        let uri = Uri::from_parts(uri).map_err(|_| EndpointError::NoUrl)?;
        Ok(Prepared { uri, headers: headers(&self.headers, self.timeout) })
    }
}

/// What goes for every call, as it is sent.
pub(in crate::export) struct Prepared {
    uri: Uri,
    headers: HeaderMap,
}

/// Calls of one method.
pub(in crate::export) struct Grpc {
    uri: Uri,
    headers: HeaderMap,
    connections: Connections,
}

/// Why there was no answer.
#[derive(Debug)]
enum Failure {
    /// No connection could be made.
    Connect(String),
    /// No connection was tried, because another attempt has just failed.
    Unreachable,
    /// The connection broke, or ended, before the answer.
    Broken(String),
    /// The call alone was ended by the other side.
    Reset(h2::Reason),
}

impl Transport for Grpc {
    fn send<'a>(&'a self, body: &'a Body) -> Attempt<'a> {
        let again = |detail: String| Verdict::Retry { after: None, detail };
        Box::pin(async move {
            match self.call(body).await {
                Ok(answer) => judge(&answer),
                Err(Failure::Reset(reason)) => status::of_reset(reason),
                Err(Failure::Broken(why)) => again(format!("the connection broke: {why}")),
                Err(Failure::Connect(why)) => again(format!("no connection: {why}")),
                Err(Failure::Unreachable) => again(String::new()),
            }
        })
    }
}

impl Grpc {
    pub(in crate::export) fn new(prepared: Prepared, connector: Connector, gate: &Arc<Gate>) -> Self {
        let Prepared { uri, headers } = prepared;
        Grpc { uri, headers, connections: Connections::new(connector, gate) }
    }

    /// Makes one call. May be dropped at any point, which ends it and nothing else.
    ///
    /// A kept connection may have been closed by the other side meanwhile; then a new one decides.
    async fn call(&self, body: &Body) -> Result<Answer, Failure> {
        if let Some(kept) = self.connections.kept() {
            match self.exchange(kept, body).await {
                Err(Failure::Broken(_)) => {}
                other => return other,
            }
        }
        let fresh = self.connections.connect().await?;
        self.exchange(fresh, body).await
    }

    async fn exchange(&self, connection: Arc<Connection>, body: &Body) -> Result<Answer, Failure> {
        let mut sender = connection.sender();
        let pending = self.connections.pending(connection);
        let answered = sender.send_request(self.request(body)).await;
        let answer = match answered {
            Ok(response) => {
                pending.answered();
                read(response).await
            }
            Err(error) => Err(failure(&error)),
        };
        match answer {
            Err(Failure::Broken(why)) => Err(pending.broken(why)),
            other => {
                pending.done();
                other
            }
        }
    }

    fn request(&self, body: &Body) -> Request<Message> {
        let mut request = Request::new(Message::new(body));
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = self.uri.clone();
        request.headers_mut().clone_from(&self.headers);
        if body.gzip {
            request.headers_mut().insert("grpc-encoding", HeaderValue::from_static("gzip"));
        }
        request
    }
}

/// Returns the metadata of every call. What the protocol itself says cannot be said otherwise.
fn headers(metadata: &[(HeaderName, HeaderValue)], timeout: Duration) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("obs/", env!("CARGO_PKG_VERSION"))));
    for (name, value) in metadata {
        headers.insert(name, value.clone());
    }
    for ours in [HOST, CONNECTION, TRANSFER_ENCODING] {
        headers.remove(ours); // HTTP/2 has none of them
    }
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-accept-encoding", HeaderValue::from_static("identity,gzip"));
    if let Ok(timeout) = HeaderValue::from_str(&grpc_timeout(timeout)) {
        headers.insert("grpc-timeout", timeout);
    }
    headers
}

/// Writes a time as `grpc-timeout` has it: at most eight digits and a unit.
fn grpc_timeout(timeout: Duration) -> String {
    const MOST: u128 = 99_999_999;
    let millis = timeout.as_millis().max(1);
    if millis <= MOST { format!("{millis}m") } else { format!("{}S", (millis / 1_000).min(MOST)) }
}

/// Reads an answer to its end, or as far as it may be read.
async fn read(response: http::Response<Incoming>) -> Result<Answer, Failure> {
    let (head, body) = response.into_parts();
    let (body, trailers) = match Limited::new(body, MAX_BODY + HEAD).collect().await {
        Ok(all) => {
            let trailers = all.trailers().cloned();
            (Some(all.to_bytes()), trailers)
        }
        Err(error) if error.is::<LengthLimitError>() => (None, None),
        Err(error) => {
            let broken = || Failure::Broken(error.to_string());
            return Err(error.downcast_ref::<hyper::Error>().map_or_else(broken, failure));
        }
    };
    Ok(Answer { status: head.status, headers: head.headers, trailers, body })
}

/// Tells a call that was reset from a connection that is gone.
fn failure(error: &hyper::Error) -> Failure {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<h2::Error>());
    match cause {
        Some(h2) if h2.is_reset() => Failure::Reset(h2.reason().unwrap_or(h2::Reason::INTERNAL_ERROR)),
        _ => Failure::Broken(chain(error)),
    }
}

#[cfg(test)]
mod tests;
