//! Which request gets which answer.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use tokio::sync::Semaphore;

use super::{Routes, catalog, health, host};
use crate::callsite::CATALOG;
use crate::health::Probe;

/// Scrapes that are rendered at the same time; further ones wait.
const RENDERS: usize = 2;

const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

const PATHS: &str = "/metrics /livez /readyz /startupz /healthz /health /health/live /health/ready \
                     /health/detailed /catalog";

const INDEX: &str = "<!doctype html><title>obs</title><h1>obs</h1><ul>\
    <li><a href=\"/metrics\">/metrics</a>: every metric, for Prometheus\
    <li><a href=\"/readyz?verbose\">/readyz</a>: may it get traffic?\
    <li><a href=\"/livez?verbose\">/livez</a>: must it be restarted?\
    <li><a href=\"/startupz?verbose\">/startupz</a>: has it started?\
    <li><a href=\"/healthz?verbose\">/healthz</a>: all health checks\
    <li><a href=\"/health/detailed\">/health/detailed</a>: the same as JSON\
    <li><a href=\"/catalog\">/catalog</a>: everything that was annotated\
    </ul>\n";

/// An answer before it is a response.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
}

impl Answer {
    fn text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
        let body = body.into();
        let content_type = TEXT;
        Answer { status, content_type, body }
    }
}

/// Answers requests.
pub(super) struct Desk {
    routes: Routes,
    bound: SocketAddr,
    renders: Semaphore,
}

impl Desk {
    pub(super) fn new(routes: Routes, bound: SocketAddr) -> Self {
        let renders = Semaphore::new(RENDERS);
        Desk { routes, bound, renders }
    }

    /// Answers a request; its body is never read. The server leaves the answer's body out for `HEAD`.
    pub(super) async fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let answer = if !host::allows(request, self.bound) {
            let why = "forbidden: this server listens on loopback and answers under loopback names only\n";
            Answer::text(StatusCode::FORBIDDEN, why)
        } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
            Answer::text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered\n")
        } else {
            self.route(request).await
        };
        let mut response = Response::new(Full::new(answer.body));
        *response.status_mut() = answer.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if answer.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }

    async fn route<B>(&self, request: &Request<B>) -> Answer {
        let probe = match request.uri().path() {
            "/" => {
                return Answer { content_type: HTML, ..Answer::text(StatusCode::OK, INDEX) };
            }
            "/metrics" => return self.metrics(accept(request)).await,
            "/catalog" => {
                return Answer {
                    content_type: JSON,
                    ..Answer::text(StatusCode::OK, catalog::json(&CATALOG))
                };
            }
            "/livez" | "/health/live" => Probe::Live,
            "/readyz" | "/health/ready" => Probe::Ready,
            "/startupz" => Probe::Startup,
            "/healthz" | "/health" | "/health/detailed" => Probe::All,
            _ => {
                let body = format!("not found; there is: / {PATHS}\n");
                return Answer::text(StatusCode::NOT_FOUND, body);
            }
        };
        let report = (self.routes.health)(probe);
        let as_json = request.uri().path() == "/health/detailed"
            || accept(request).is_some_and(|accept| health::wants_json(&accept));
        if as_json { health::json(&report) } else { health::text(&report, is_verbose(request.uri().query())) }
    }

    /// Renders on a thread of its own, so that a large scrape does not hold up the exporters.
    async fn metrics(&self, accept: Option<String>) -> Answer {
        let Ok(_permit) = self.renders.acquire().await else {
            return Answer::text(StatusCode::SERVICE_UNAVAILABLE, "shutting down\n");
        };
        let render = Arc::clone(&self.routes.metrics);
        match tokio::task::spawn_blocking(move || render(accept.as_deref())).await {
            Ok(rendered) => Answer {
                status: StatusCode::OK,
                content_type: rendered.content_type,
                body: rendered.body.into(),
            },
            Err(_) => Answer::text(StatusCode::INTERNAL_SERVER_ERROR, "the metrics could not be rendered\n"),
        }
    }
}

/// All `Accept` headers as one, as RFC 9110, section 5.3, allows.
fn accept<B>(request: &Request<B>) -> Option<String> {
    let values = request.headers().get_all(ACCEPT).iter();
    let texts: Vec<_> = values.filter_map(|v| v.to_str().ok()).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

/// `?verbose`, with or without a value.
fn is_verbose(query: Option<&str>) -> bool {
    let mut pairs = query.unwrap_or_default().split('&');
    pairs.any(|pair| pair.split('=').next() == Some("verbose"))
}
