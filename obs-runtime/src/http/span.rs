//! The span of one request, by OpenTelemetry's semantic conventions for HTTP servers.

use std::any::type_name;
use std::cell::Cell;
use std::thread;

use axum::extract::{MatchedPath, OriginalUri};
use http::{Method, Request, StatusCode};
use tracing::Span;
use tracing::field::Empty;
use tracing::span::Entered;

use crate::context::Propagated;
use crate::engine::pending::{self, Parent, Pending};
use crate::engine::port;
use crate::metrics;
use crate::outcome::{Outcome, Verdict};

/// The methods that are names of low cardinality; all others are `_OTHER`.
const METHODS: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::CONNECT,
    Method::TRACE,
];

/// A request that is being served. Dropped before it was answered, it says `cancelled`.
#[derive(Debug)]
pub(super) struct RequestSpan {
    span: Span,
    counted: metrics::Request,
    route: Option<MatchedPath>,
    status: Cell<Option<StatusCode>>,
    /// Whether the thread was unwinding before the current poll.
    unwinding: Cell<bool>,
    finished: Cell<bool>,
}

impl RequestSpan {
    /// Begins the span: a child of the caller's, or the root of a new trace. Query and headers are not looked at, but
    /// for the caller's context.
    pub(super) fn start<B>(request: &Request<B>) -> Self {
        let parent = Propagated::from_carrier(request.headers()).span_context();
        let pending = Pending {
            callsite: None,
            parent: parent.map_or(Parent::Root, Parent::Remote),
            links: Vec::new(),
        };
        let known = METHODS.iter().find(|method| *method == request.method());
        let method = known.map_or("_OTHER", Method::as_str);
        let matched = request.extensions().get::<MatchedPath>();
        let route = matched.map(MatchedPath::as_str);
        let verb = known.map_or("HTTP", Method::as_str);
        let name = route.map_or_else(|| verb.to_owned(), |route| format!("{verb} {route}"));
        let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
        let counted = metrics::Request::start(method, uri.scheme_str());
        let span = pending::offer(pending, || {
            tracing::info_span!(
                target: "obs::http",
                parent: None,
                "request",
                "otel.name" = name,
                "otel.kind" = "server",
                "otel.status_code" = Empty,
                "http.request.method" = method,
                "http.route" = route,
                "http.response.status_code" = Empty,
                "url.path" = uri.path(),
                "url.scheme" = uri.scheme_str().unwrap_or("http"),
                "error.type" = Empty,
            )
        });
        RequestSpan {
            span,
            counted,
            route: matched.cloned(),
            status: Cell::new(None),
            unwinding: Cell::new(thread::panicking()),
            finished: Cell::new(false),
        }
    }

    /// Enters the span.
    pub(super) fn enter(&self) -> Entered<'_> {
        self.span.enter()
    }

    /// Ends it with what the service gave. An answer of 5xx is an error; one of 4xx is the client's.
    pub(super) fn finish<B, E>(&self, result: Result<&http::Response<B>, &E>) {
        let verdict = match result.map(http::Response::status) {
            Ok(status) => {
                self.span.record("http.response.status_code", status.as_u16());
                self.status.set(Some(status));
                self.judge(status)
            }
            Err(_) => Verdict { outcome: Outcome::Error, error_type: Some(type_name::<E>()) },
        };
        self.end(verdict);
    }

    fn judge(&self, status: StatusCode) -> Verdict {
        let outcome = if status.is_server_error() {
            self.span.record("error.type", status.as_str());
            Outcome::Error
        } else {
            Outcome::Ok
        };
        Verdict { outcome, error_type: None }
    }

    fn end(&self, verdict: Verdict) {
        if self.finished.replace(true) {
            return;
        }
        if matches!(verdict.outcome, Outcome::Error | Outcome::Panicked) {
            self.span.record("otel.status_code", "ERROR");
        }
        self.count(verdict);
        port::set_verdict(&self.span, verdict);
    }

    /// Tells the metrics, which see no more of the request than its method, its route and how it ended.
    fn count(&self, verdict: Verdict) {
        let route = self.route.as_ref().map(MatchedPath::as_str);
        let status = self.status.get();
        let status = status.as_ref().map(StatusCode::as_str);
        let witness = port::witness_of(&self.span);
        self.counted.end(route, status, verdict, witness.as_ref());
    }

    /// Begins a poll; what is returned sees a panic when it happens, for the future may be dropped much later.
    pub(super) fn watch(&self) -> Watch<'_> {
        self.unwinding.set(thread::panicking());
        Watch(self)
    }

    fn end_if_unwinding(&self) {
        if thread::panicking() && !self.unwinding.get() {
            self.end(Verdict { outcome: Outcome::Panicked, error_type: Some("panic") });
        }
    }
}

impl Drop for RequestSpan {
    fn drop(&mut self) {
        // A panic was told by the poll that saw it; whatever else unwinds now is not this request's.
        self.end(Verdict { outcome: Outcome::Cancelled, error_type: None });
    }
}

/// One poll of a request.
pub(super) struct Watch<'a>(&'a RequestSpan);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.end_if_unwinding();
    }
}
