//! Which request gets which answer.

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri};

use super::door::{Door, Guarded, Rights};
use super::inquiry::{Form, Inquiry};
use super::scrape::{Asked, NoScrape, Scrape, Scrapes};
use super::stream::Streamed;
use super::view::View;
use super::{Routes, ServiceInfo, catalog, health, json};
use crate::callsite::CATALOG;
#[cfg(feature = "axum")]
use crate::health::{Probe, Report};

const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const HEALTH: &str = "application/health+json";

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

/// Answers requests, whatever door they come through. It knows no sockets.
pub(crate) struct Desk {
    routes: Routes,
    scrapes: Scrapes,
}

impl Desk {
    /// Makes one; `scrape` is the time to take the metrics, once they are being rendered, and again to wait for that.
    pub(super) fn new(routes: Routes, scrape: Duration) -> Self {
        Desk { routes, scrapes: Scrapes::new(scrape) }
    }

    /// Answers a request, of which it reads no body; who sends the answer leaves its body out for `HEAD`. Needs a tokio runtime
    /// with timers. May be dropped at any point.
    pub(crate) async fn answer(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        door: &Door,
    ) -> Response<Streamed> {
        if !door.knows(uri, headers) {
            let why = "forbidden: this server listens on loopback and answers under loopback names only\n";
            return text(StatusCode::FORBIDDEN, why);
        }
        if let Some(refusal) = refused(method) {
            return refusal;
        }
        let guarded = match uri.path() {
            "/metrics" => Some(Guarded::Scrape),
            "/catalog" | "/health/detailed" => Some(Guarded::Inside),
            _ => None,
        };
        let inquiry = Inquiry::of(uri, headers);
        // What a kubelet asks waits for nothing.
        let may_wait = guarded.is_some() || matches!(&inquiry, Some(Ok(it)) if it.form != Form::Short);
        let rights = door.rights(self.routes.token.as_ref(), headers, may_wait).await;
        if let Some(refusal) = guarded.and_then(|what| rights.refusal(what)) {
            return refusal;
        }
        match uri.path() {
            "/" => respond(StatusCode::OK, HTML, Bytes::from_static(INDEX.as_bytes()).into()),
            "/metrics" => self.metrics(headers).await,
            "/catalog" => respond(StatusCode::OK, JSON, Bytes::from(catalog::json(&CATALOG)).into()),
            _ => match inquiry {
                Some(Ok(inquiry)) => self.health(inquiry, rights),
                Some(Err(why)) => text(StatusCode::BAD_REQUEST, format!("bad request: {why}\n")),
                None => text(StatusCode::NOT_FOUND, format!("not found; there is: / {PATHS}\n")),
            },
        }
    }

    /// Renders the metrics, or says why not.
    async fn metrics(&self, headers: &HeaderMap) -> Response<Streamed> {
        let (accept, accept_encoding) = (listed(headers, ACCEPT), listed(headers, ACCEPT_ENCODING));
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
                let mut response = text(StatusCode::SERVICE_UNAVAILABLE, why);
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
                response
            }
            Err(NoScrape::Broken) => {
                text(StatusCode::INTERNAL_SERVER_ERROR, "the metrics could not be rendered\n")
            }
        }
    }

    /// Answers a probe. A question that picks out checks and finds none, or excludes what it found, is no success: 404. What is
    /// left of a whole probe may be nothing, as the API server of Kubernetes has it.
    fn health(&self, Inquiry { mut question, form, .. }: Inquiry, rights: Rights) -> Response<Streamed> {
        let exclude = std::mem::take(&mut question.exclude);
        let report = (self.routes.health)(&question);
        if report.checks.is_empty() && question.is_partial() {
            let all = (self.routes.health)(&question.probe.into());
            let names: Vec<_> = all.checks.iter().map(|check| check.name()).collect();
            let why = format!("not found: no check is meant by that; there is: {}\n", names.join(" "));
            return text(StatusCode::NOT_FOUND, why);
        }
        let view = View::of(report, exclude, question.only.is_some(), rights == Rights::All);
        if view.checks.is_empty() && question.is_partial() {
            let names = view.excluded.join(" ");
            let why = format!("not found: all that is meant by that is excluded: {names}\n");
            return text(StatusCode::NOT_FOUND, why);
        }
        rendered(&view, form, &self.routes.service)
    }
}

/// Answers where nobody is left to ask, for `obs` has ended and the program has not yet: nobody is restarted for ending, so it
/// is alive; everything else is 503.
#[cfg(feature = "axum")]
pub(super) fn ended(method: &Method, uri: &Uri, headers: &HeaderMap) -> Response<Streamed> {
    let live = |it: &Inquiry| it.question.probe == Probe::Live;
    match (refused(method), Inquiry::of(uri, headers)) {
        (Some(refusal), _) => refusal,
        (None, Some(Ok(inquiry))) if live(&inquiry) => {
            let view = View::of(Report::empty(Probe::Live), Vec::new(), false, false);
            rendered(&view, inquiry.form, &ServiceInfo::default())
        }
        _ => text(StatusCode::SERVICE_UNAVAILABLE, "shut down\n"),
    }
}

/// Refuses methods that are not answered.
fn refused(method: &Method) -> Option<Response<Streamed>> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered\n");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    Some(response)
}

fn rendered(view: &View, form: Form, service: &ServiceInfo) -> Response<Streamed> {
    let code = if view.passes() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match form {
        Form::Short => text(code, health::short(view)),
        Form::Verbose => text(code, health::verbose(view)),
        Form::Json => respond(code, HEALTH, Bytes::from(json::of(view, service)).into()),
    }
}

/// All headers of a name as one, as RFC 9110, section 5.3, allows.
pub(super) fn listed(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let values = headers.get_all(name).iter();
    let texts: Vec<_> = values.filter_map(|v| v.to_str().ok()).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

pub(super) fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Streamed> {
    respond(status, TEXT, body.into().into())
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
