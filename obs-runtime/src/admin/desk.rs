//! Which request gets which answer.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};

use super::scrape::{Asked, NoScrape, Scrape, Scrapes};
use super::stream::Streamed;
use super::{Routes, catalog, health, host};
use crate::callsite::CATALOG;
use crate::health::Probe;

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

    fn into_response(self) -> Response<Streamed> {
        respond(self.status, self.content_type, self.body.into())
    }
}

/// Answers requests.
pub(super) struct Desk {
    routes: Routes,
    bound: SocketAddr,
    scrapes: Scrapes,
}

impl Desk {
    pub(super) fn new(routes: Routes, bound: SocketAddr, scrape: Duration) -> Self {
        Desk { routes, bound, scrapes: Scrapes::new(scrape) }
    }

    /// Answers a request; its body is never read. The server leaves the answer's body out for `HEAD`.
    pub(super) async fn answer<B>(&self, request: &Request<B>) -> Response<Streamed> {
        if !host::allows(request, self.bound) {
            let why = "forbidden: this server listens on loopback and answers under loopback names only\n";
            Answer::text(StatusCode::FORBIDDEN, why).into_response()
        } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let why = "only GET and HEAD are answered\n";
            let mut response = Answer::text(StatusCode::METHOD_NOT_ALLOWED, why).into_response();
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            response
        } else if request.uri().path() == "/metrics" {
            self.metrics(request).await
        } else {
            self.route(request).into_response()
        }
    }

    /// Renders the metrics, or says why not.
    async fn metrics<B>(&self, request: &Request<B>) -> Response<Streamed> {
        let (accept, accept_encoding) = (listed(request, ACCEPT), listed(request, ACCEPT_ENCODING));
        let asked = Asked { accept: accept.as_deref(), accept_encoding: accept_encoding.as_deref() };
        match self.scrapes.begin(&self.routes, asked).await {
            Ok(Scrape { content_type, is_gzip, body }) => {
                let mut response = respond(StatusCode::OK, content_type, body);
                if is_gzip {
                    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                }
                response
            }
            Err(NoScrape::Busy) => {
                let why = "too many scrapes at once; try again\n";
                let mut response = Answer::text(StatusCode::SERVICE_UNAVAILABLE, why).into_response();
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
                response
            }
            Err(NoScrape::Broken) => {
                let why = "the metrics could not be rendered\n";
                Answer::text(StatusCode::INTERNAL_SERVER_ERROR, why).into_response()
            }
        }
    }

    fn route<B>(&self, request: &Request<B>) -> Answer {
        let probe = match request.uri().path() {
            "/" => {
                return Answer { content_type: HTML, ..Answer::text(StatusCode::OK, INDEX) };
            }
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
        let report = (self.routes.health)(&probe.into());
        let as_json = request.uri().path() == "/health/detailed"
            || listed(request, ACCEPT).is_some_and(|accept| health::wants_json(&accept));
        if as_json { health::json(&report) } else { health::text(&report, is_verbose(request.uri().query())) }
    }
}

/// All headers of a name as one, as RFC 9110, section 5.3, allows.
fn listed<B>(request: &Request<B>, name: HeaderName) -> Option<String> {
    let values = request.headers().get_all(name).iter();
    let texts: Vec<_> = values.filter_map(|v| v.to_str().ok()).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

fn respond(status: StatusCode, content_type: &'static str, body: Streamed) -> Response<Streamed> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// `?verbose`, with or without a value.
fn is_verbose(query: Option<&str>) -> bool {
    let mut pairs = query.unwrap_or_default().split('&');
    pairs.any(|pair| pair.split('=').next() == Some("verbose"))
}
