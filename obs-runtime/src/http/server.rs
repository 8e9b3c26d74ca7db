//! The tower layer for servers: one span a request, the caller's trace continued.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;

use super::span::RequestSpan;
use crate::service::{Scope, Service};

/// A tower layer that makes a span for each request, and continues the trace that its `traceparent` header brings.
///
/// Add it with axum's `Router::layer` (or `route_layer`), after the routes: routes that come later are not covered. The
/// span is called `GET /orders/{id}`, by the route and never by the path, and ends when the response's head is there.
/// Each request is counted in `http_server_request_duration_seconds` and `http_server_active_requests`, by OpenTelemetry's
/// conventions: at most 1000 combinations of labels, all others in one series.
///
/// Requests and responses pass unchanged; query strings, header values and bodies are not recorded.
///
/// ```
/// # mod obs { pub use obs_runtime::*; }
/// use axum::{Router, routing::get};
///
/// let app: Router =
///     Router::new().route("/orders/{id}", get(async || "an order")).layer(obs::http::ServerLayer::new());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerLayer {
    service: Option<Service>,
}

impl ServerLayer {
    /// Makes the layer.
    pub const fn new() -> Self {
        ServerLayer { service: None }
    }

    /// Runs the requests under a service of this process, as [`Service::scope`] does. Without it they run under the
    /// service that is current when they come in.
    #[must_use]
    pub const fn service(self, service: Service) -> Self {
        ServerLayer { service: Some(service) }
    }
}

impl<S> tower_layer::Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        Server { inner, service: self.service }
    }
}

/// A service whose requests have spans; made by [`ServerLayer`].
#[derive(Clone, Copy, Debug)]
pub struct Server<S> {
    inner: S,
    service: Option<Service>,
}

impl<S, B, R> tower_service::Service<Request<B>> for Server<S>
where
    S: tower_service::Service<Request<B>, Response = Response<R>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ServerFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = self.service.unwrap_or_else(Service::current);
        if cfg!(feature = "off") {
            return ServerFuture { span: None, future: Some(service.scope(self.inner.call(request))) };
        }
        service.in_scope(|| {
            let span = RequestSpan::start(&request);
            let future = {
                let _watch = span.watch();
                let _entered = span.enter();
                self.inner.call(request)
            };
            ServerFuture { span: Some(span), future: Some(service.scope(future)) }
        })
    }
}

pin_project! {
    /// The response to come; made by [`Server`].
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct ServerFuture<F> {
        // `None` when the response is there.
        span: Option<RequestSpan>,
        #[pin]
        future: Option<Scope<F>>,
    }

    impl<F> PinnedDrop for ServerFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.span.as_ref().map(RequestSpan::enter);
            this.future.set(None);
        }
    }
}

impl<F, R, E> Future for ServerFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        if cfg!(feature = "off") {
            let future = this.future.as_mut().as_pin_mut();
            return future.map_or(Poll::Pending, |future| future.poll(cx));
        }
        let Some(span) = this.span.as_ref() else {
            return Poll::Pending; // polled again after its end
        };
        let result = {
            let _watch = span.watch();
            let _entered = span.enter();
            let Some(future) = this.future.as_mut().as_pin_mut() else {
                return Poll::Pending; // only reachable from inside its own drop
            };
            let result = ready!(future.poll(cx));
            this.future.set(None);
            result
        };
        span.finish(result.as_ref());
        *this.span = None;
        Poll::Ready(result)
    }
}
