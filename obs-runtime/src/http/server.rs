//! The tower layer for servers: one span a request, the caller's trace continued.

use std::task::{Context, Poll};

use http::header::HeaderValue;
use http::request::Parts;
use http::{Request, Response, Uri};
use tracing::Span;
use tracing::field::Empty;

use super::answer::ResponseFuture;
use super::body::ResponseBody;
use super::call::{Begun, Call, Side};
use super::grpc;
use super::method::{self, Named};
use super::place::Place;
use super::route::{self, Template};
use crate::clock::Moment;
use crate::context::{self, Propagated, Trust};
use crate::engine::pending::{self, Pending};
use crate::metrics;
use crate::service::{Scope, Service};

/// A tower layer that makes a span for each request, and continues the trace that its headers bring.
///
/// For axum (feature `axum`) add it with `Router::layer` or `route_layer`, after the routes: routes that come later are not
/// covered. For tonic it is `Server::builder().layer(..)`, for anything else `ServiceBuilder` or `Layer::layer` around a
/// service of HTTP requests.
///
/// The span is called `GET /orders/{id}`, by the route ([`Route`](super::Route)) and never by the path, and ends when the
/// response's head is there; the body is made in its context all the same. That of a call of gRPC is called `shop.Orders/Place` and ends with the status behind the body.
/// Each request is counted in `http_server_request_duration_seconds` or `rpc_server_call_duration_seconds`, while it is
/// served in `http_server_active_requests`: at most 1000 combinations of labels a family, all others in one series.
///
/// Requests pass unchanged, and responses but for the header `x-correlation-id`: the caller's id, or else that of the trace.
/// Query strings, header values and bodies are not recorded. What runs on an upgraded connection, as what axum's `on_upgrade` is
/// given, is spawned by the framework: [`carry_future`](crate::carry_future) takes the context along.
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, routing::get};
///
/// let layer = obs::http::ServerLayer::new().skip(|request| request.uri.path() == "/healthz");
/// let app: Router = Router::new().route("/orders/{id}", get(async || "an order")).layer(layer);
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ServerLayer {
    service: Option<Service>,
    trust: Trust,
    answers_id: bool,
    skip: Option<fn(&Parts) -> bool>,
    methods: &'static [&'static str],
}

impl ServerLayer {
    /// Makes the layer.
    pub const fn new() -> Self {
        let methods = method::KNOWN;
        ServerLayer { service: None, trust: Trust::Continue, answers_id: true, skip: None, methods }
    }

    /// Runs the requests under a service of this process, as [`Service::scope`] does. Without it they run under the
    /// service that is current when they come in.
    #[must_use]
    pub const fn service(self, service: Service) -> Self {
        ServerLayer { service: Some(service), ..self }
    }

    /// Says how far the callers are believed; without it their traces go on.
    #[must_use]
    pub const fn trust(self, trust: Trust) -> Self {
        ServerLayer { trust, ..self }
    }

    /// Says whether responses carry `x-correlation-id`; they do unless this says otherwise. One that a handler sets stays.
    #[must_use]
    pub const fn answer_correlation_id(self, answers: bool) -> Self {
        ServerLayer { answers_id: answers, ..self }
    }

    /// Lets requests pass for which `skip` is true, as those of probes: without span, metrics and correlation id.
    #[must_use]
    pub const fn skip(self, skip: fn(&Parts) -> bool) -> Self {
        ServerLayer { skip: Some(skip), ..self }
    }

    /// Says which methods are known by their names, as `PROPFIND`: these and no others. All others are `_OTHER`; without it
    /// those of RFC 9110, PATCH and QUERY are known.
    #[must_use]
    pub const fn methods(self, known: &'static [&'static str]) -> Self {
        ServerLayer { methods: known, ..self }
    }
}

impl Default for ServerLayer {
    fn default() -> Self {
        ServerLayer::new()
    }
}

impl<S> tower_layer::Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        Server { inner, layer: *self }
    }
}

/// A service whose requests have spans; made by [`ServerLayer`].
#[derive(Clone, Copy, Debug)]
pub struct Server<S> {
    inner: S,
    layer: ServerLayer,
}

impl<S, B, R> tower_service::Service<Request<B>> for Server<S>
where
    S: tower_service::Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<Scope<S::Future>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let ServerLayer { service, trust, answers_id, skip, methods } = self.layer;
        let service = service.unwrap_or_else(Service::current);
        let (request, is_skipped) = asked(skip, request);
        if cfg!(feature = "off") || is_skipped {
            return ResponseFuture::unseen(service.scope(service.in_scope(|| self.inner.call(request))));
        }
        service.in_scope(|| {
            let call = start(&request, trust, methods);
            let id = if answers_id { call.inside(answered_id) } else { None };
            let future = call.inside(|| self.inner.call(request));
            ResponseFuture::of(call, id, service.scope(future))
        })
    }
}

/// Asks whether a request is one to let pass.
fn asked<B>(skip: Option<fn(&Parts) -> bool>, request: Request<B>) -> (Request<B>, bool) {
    let Some(skip) = skip else { return (request, false) };
    let (parts, body) = request.into_parts();
    let is_skipped = skip(&parts);
    (Request::from_parts(parts, body), is_skipped)
}

/// Begins the call: a child of the caller's span, or the root of a new trace. Query and headers are not looked at, but for
/// the caller's context, the host and the type of the content.
fn start<B>(request: &Request<B>, trust: Trust, methods: &'static [&'static str]) -> Call {
    let started = Moment::now();
    let came = Propagated::from_carrier(request.headers());
    let pending = Pending { callsite: None, parent: context::received(came, trust), links: Vec::new() };
    let (begun, left) = pending::offered(pending, || begin(request, route::target(request), methods));
    Call::new(begun, started).passing(left.map(|left| left.parent).as_ref())
}

/// Returns the id that the answer carries.
fn answered_id() -> Option<HeaderValue> {
    HeaderValue::from_str(&context::correlation_id()?).ok()
}

fn begin<B>(request: &Request<B>, uri: &Uri, methods: &'static [&'static str]) -> Begun {
    let method = Named::of(request.method(), methods);
    let scheme = metrics::http::scheme(uri.scheme_str());
    let route = Template::of(request.extensions());
    let active = metrics::http::Active::start(method.attribute, scheme);
    let is_rpc = grpc::is_call(request.headers());
    let server = Place::of(uri, request.headers());
    let version = method::version(request.version());
    let span = if is_rpc {
        rpc_span(grpc::method(uri), server.as_ref(), version)
    } else {
        http_span(method, uri, route.as_ref().map(Template::as_str), server.as_ref(), version)
    };
    let rpc = is_rpc.then(|| grpc::method(uri).unwrap_or(grpc::UNKNOWN_METHOD).to_owned());
    Begun {
        span,
        method: method.attribute,
        scheme,
        rpc,
        side: Side::Server { verb: method.verb, route, active },
    }
}

fn http_span(
    method: Named<'_>,
    uri: &Uri,
    route: Option<&str>,
    server: Option<&Place>,
    version: Option<&'static str>,
) -> Span {
    let Named { attribute, verb, original } = method;
    let name = route.map_or_else(|| verb.to_owned(), |route| format!("{verb} {route}"));
    tracing::info_span!(
        target: "obs::http",
        parent: None,
        "request",
        "otel.name" = name,
        "otel.kind" = "server",
        "otel.status_code" = Empty,
        "http.request.method" = attribute,
        "http.request.method_original" = original,
        "http.route" = route,
        "http.response.status_code" = Empty,
        "url.path" = uri.path(),
        "url.scheme" = uri.scheme_str().unwrap_or("http"),
        "network.protocol.version" = version,
        "server.address" = server.map(|server| server.address.as_str()),
        "server.port" = server.and_then(|server| server.port),
        "error.type" = Empty,
    )
}

fn rpc_span(method: Option<&str>, server: Option<&Place>, version: Option<&'static str>) -> Span {
    tracing::info_span!(
        target: "obs::http",
        parent: None,
        "call",
        "otel.name" = method.unwrap_or(grpc::SYSTEM),
        "otel.kind" = "server",
        "otel.status_code" = Empty,
        "rpc.system.name" = grpc::SYSTEM,
        "rpc.method" = method.unwrap_or(grpc::UNKNOWN_METHOD),
        "rpc.method_original" = Empty,
        "rpc.response.status_code" = Empty,
        "network.protocol.version" = version,
        "server.address" = server.map(|server| server.address.as_str()),
        "server.port" = server.and_then(|server| server.port),
        "error.type" = Empty,
    )
}
