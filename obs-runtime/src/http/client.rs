//! The tower layer for clients: one span a request, its context in the headers.

use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response, Uri};
use tracing::Span;
use tracing::field::Empty;

use super::answer::ResponseFuture;
use super::body::ResponseBody;
use super::call::{Begun, Call, Side};
use super::grpc;
use super::method::{self, Named};
use super::place::{self, Place};
use crate::clock::Moment;
use crate::context;
use crate::metrics;

/// A tower layer that makes a span for each request that is sent, and writes its context into the headers.
///
/// For every service of HTTP requests: the client of hyper-util, a channel of tonic's, what stands on top of them. A layer
/// that tries again goes around this one: each try is a span, all of one parent.
///
/// The span is called `GET` and has the address without user, password and query; it ends when the response's head is
/// there, and 4xx and 5xx are errors. That of a call of gRPC is called `shop.Orders/Place` and ends with the status behind
/// the body. Each is counted in `http_client_request_duration_seconds` or `rpc_client_call_duration_seconds`: at most 1000
/// combinations of labels a family, all others in one series.
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// use http_body_util::Empty;
/// use hyper_util::{client::legacy::Client, rt::TokioExecutor};
/// use tower_layer::Layer;
///
/// let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
/// let client = obs::http::ClientLayer::new().layer(client); // a service, for `tower`'s `oneshot` and the like
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ClientLayer {
    propagates: bool,
    methods: &'static [&'static str],
}

impl ClientLayer {
    /// Makes the layer.
    pub const fn new() -> Self {
        ClientLayer { propagates: true, methods: method::KNOWN }
    }

    /// Says whether requests carry the context; they do unless this says otherwise. Services of others need not learn
    /// trace, baggage and correlation id.
    #[must_use]
    pub const fn propagate(self, propagates: bool) -> Self {
        ClientLayer { propagates, ..self }
    }

    /// Says which methods are known by their names, as [`ServerLayer::methods`](super::ServerLayer::methods) does.
    #[must_use]
    pub const fn methods(self, known: &'static [&'static str]) -> Self {
        ClientLayer { methods: known, ..self }
    }
}

impl Default for ClientLayer {
    fn default() -> Self {
        ClientLayer::new()
    }
}

impl<S> tower_layer::Layer<S> for ClientLayer {
    type Service = Client<S>;

    fn layer(&self, inner: S) -> Client<S> {
        Client { inner, layer: *self }
    }
}

/// A client whose requests have spans; made by [`ClientLayer`].
#[derive(Clone, Copy, Debug)]
pub struct Client<S> {
    inner: S,
    layer: ClientLayer,
}

impl<S, B, R> tower_service::Service<Request<B>> for Client<S>
where
    S: tower_service::Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if cfg!(feature = "off") {
            return ResponseFuture::unseen(self.inner.call(request));
        }
        let method = Named::of(request.method(), self.layer.methods);
        let call = start(method, request.uri(), request.headers());
        let future = call.inside(|| {
            if self.layer.propagates {
                context::inject(request.headers_mut());
            }
            self.inner.call(request)
        });
        ResponseFuture::of(call, None, future)
    }
}

/// Begins a call below the current span.
pub(super) fn start(method: Named<'_>, uri: &Uri, headers: &HeaderMap) -> Call {
    let started = Moment::now();
    let scheme = metrics::http::scheme(uri.scheme_str());
    let server = Place::of(uri, headers).map(|server| server.or_port_of(scheme));
    let is_rpc = grpc::is_call(headers);
    let rpc = is_rpc.then(|| grpc::method(uri).unwrap_or(grpc::UNKNOWN_METHOD).to_owned());
    let span = match &rpc {
        Some(rpc) => rpc_span(rpc, server.as_ref()),
        None => http_span(method, place::url(uri, headers).as_deref(), server.as_ref()),
    };
    let side = Side::Client { server };
    Call::new(Begun { span, method: method.attribute, scheme, rpc, side }, started)
}

fn http_span(method: Named<'_>, url: Option<&str>, server: Option<&Place>) -> Span {
    tracing::info_span!(
        target: "obs::http",
        "request",
        "otel.name" = method.verb,
        "otel.kind" = "client",
        "otel.status_code" = Empty,
        "http.request.method" = method.attribute,
        "http.request.method_original" = method.original,
        "http.response.status_code" = Empty,
        "url.full" = url,
        "network.protocol.version" = Empty,
        "server.address" = server.map(|server| server.address.as_str()),
        "server.port" = server.and_then(|server| server.port),
        "error.type" = Empty,
    )
}

fn rpc_span(method: &str, server: Option<&Place>) -> Span {
    tracing::info_span!(
        target: "obs::http",
        "call",
        "otel.name" = if method == grpc::UNKNOWN_METHOD { grpc::SYSTEM } else { method },
        "otel.kind" = "client",
        "otel.status_code" = Empty,
        "rpc.system.name" = grpc::SYSTEM,
        "rpc.method" = method,
        "rpc.response.status_code" = Empty,
        "network.protocol.version" = Empty,
        "server.address" = server.map(|server| server.address.as_str()),
        "server.port" = server.and_then(|server| server.port),
        "error.type" = Empty,
    )
}
