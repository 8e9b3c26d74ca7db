//! Requests through an axum router, and the spans they leave.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

use std::convert::Infallible;
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, Response, StatusCode};
use tower::{Layer, ServiceExt, service_fn};

mod caller;
mod calls;
mod client;

use super::{ResponseBody, Route, ServerLayer};
use crate::outcome::Outcome;
use crate::record::{SpanKind, SpanRecord, Status, Value};
use crate::service::{Service, service};
use crate::testing::record;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn app() -> Router {
    Router::new()
        .route("/orders/{id}", get(async || "an order"))
        .route("/broken", get(async || StatusCode::BAD_GATEWAY))
        .route("/slow", get(async || pending::<()>().await))
        .route("/panics", get(async || -> () { panic!("no stock") }))
        .route(
            "/child",
            get(async || drop(tracing::info_span!("child", service = Service::current().name()))),
        )
}

fn request(method: &str, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

/// Serves one request and returns its status and spans, the last to end last.
async fn serve(app: Router, request: Request<Body>) -> (StatusCode, Vec<Arc<SpanRecord>>) {
    let (response, spans) = answered(app, request).await;
    (response.status(), spans)
}

async fn answered(app: Router, request: Request<Body>) -> (Response<Body>, Vec<Arc<SpanRecord>>) {
    let (collected, _guard) = record();
    let response = app.oneshot(request).await.unwrap();
    (response, collected.spans())
}

async fn span_of(app: Router, request: Request<Body>) -> Arc<SpanRecord> {
    let (_, mut spans) = serve(app, request).await;
    assert_eq!(spans.len(), 1, "{spans:?}");
    spans.remove(0)
}

fn text<'a>(span: &'a SpanRecord, key: &str) -> Option<&'a str> {
    match span.attribute(key) {
        Some(Value::Str(text)) => Some(text),
        _ => None,
    }
}

#[tokio::test]
async fn a_request_is_a_server_span_named_by_its_route() {
    let request = request("GET", "/orders/7?token=secret");
    let span = span_of(app().layer(ServerLayer::new()), request).await;
    assert_eq!((span.name.as_ref(), span.kind), ("GET /orders/{id}", SpanKind::Server));
    assert_eq!(text(&span, "http.request.method"), Some("GET"));
    assert_eq!(text(&span, "http.route"), Some("/orders/{id}"));
    assert_eq!(text(&span, "url.path"), Some("/orders/7"));
    assert_eq!(text(&span, "url.scheme"), Some("http"));
    assert_eq!(text(&span, "network.protocol.version"), Some("1.1"));
    assert_eq!(span.attribute("http.request.method_original"), None);
    assert_eq!(span.attribute("http.response.status_code"), Some(&Value::Int(200)));
    assert_eq!((span.outcome, &span.status), (Some(Outcome::Ok), &Status::Unset));
    assert_eq!((span.parent, span.parent_is_remote), (None, false));
    assert!(!format!("{span:?}").contains("secret"));
}

#[tokio::test]
async fn it_works_on_routes_and_in_nested_routers() {
    let span = span_of(app().route_layer(ServerLayer::new()), request("GET", "/orders/7")).await;
    assert_eq!(span.name, "GET /orders/{id}");
    let nested = Router::new().nest("/shop", app().layer(ServerLayer::new()));
    let span = span_of(nested, request("GET", "/shop/orders/7")).await;
    assert_eq!(span.name, "GET /shop/orders/{id}");
    assert_eq!(text(&span, "url.path"), Some("/shop/orders/7"));
}

#[tokio::test]
async fn names_stay_few_whatever_clients_send() {
    let app = app().layer(ServerLayer::new());
    let span = span_of(app.clone(), request("GET", "/no/such/route")).await;
    assert_eq!((span.name.as_ref(), text(&span, "http.route")), ("GET", None));
    assert_eq!(span.attribute("http.response.status_code"), Some(&Value::Int(404)));
    assert_eq!((span.outcome, &span.status), (Some(Outcome::Ok), &Status::Unset));
    let span = span_of(app.clone(), request("QUERY", "/orders/7")).await;
    assert_eq!(span.name, "QUERY /orders/{id}");
    let span = span_of(app, request("BREW", "/orders/7")).await;
    assert_eq!(span.name, "HTTP /orders/{id}");
    assert_eq!(text(&span, "http.request.method"), Some("_OTHER"));
    assert_eq!(text(&span, "http.request.method_original"), Some("BREW"), "as the conventions ask");
}

#[tokio::test]
async fn a_program_may_know_other_methods() {
    let layer = ServerLayer::new().methods(&["BREW"]);
    let span = span_of(
        Router::new().route("/", axum::routing::any(async || "a pot")).layer(layer),
        request("BREW", "/"),
    )
    .await;
    assert_eq!((span.name.as_ref(), text(&span, "http.request.method")), ("BREW /", Some("BREW")));
    let span = span_of(app().layer(layer), request("GET", "/orders/7")).await;
    assert_eq!(
        (span.name.as_ref(), text(&span, "http.request.method_original")),
        ("HTTP /orders/{id}", Some("GET"))
    );
}

#[tokio::test]
async fn the_callers_trace_goes_on() {
    let mut request = request("GET", "/child");
    request.headers_mut().insert("traceparent", TRACEPARENT.parse().unwrap());
    let api = service("http-test-api");
    let (_, spans) = serve(app().layer(ServerLayer::new().service(api)), request).await;
    let [child, server] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!(server.context.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(server.parent.unwrap().to_string(), "00f067aa0ba902b7");
    assert!(server.parent_is_remote);
    assert_eq!(child.context.trace_id, server.context.trace_id);
    assert_eq!(child.parent, Some(server.context.span_id));
    assert_eq!(text(child, "service"), Some("http-test-api"));
    assert_eq!(server.resource.service, "http-test-api");
    assert_eq!(Service::current(), Service::PROCESS);
}

#[tokio::test]
async fn a_malformed_or_unsampled_parent_is_no_error() {
    let parented = |traceparent: &str| {
        let mut request = request("GET", "/orders/7");
        let headers = request.headers_mut();
        headers.insert("traceparent", traceparent.parse().unwrap());
        request
    };
    let app = app().layer(ServerLayer::new());
    let span = span_of(app.clone(), parented("00-nonsense")).await;
    assert_eq!((span.parent, span.parent_is_remote), (None, false));
    let unsampled = TRACEPARENT.replace("-01", "-00");
    let (status, spans) = serve(app, parented(&unsampled)).await;
    assert_eq!((status, spans.len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn a_span_that_is_current_does_not_become_the_parent() {
    let (collected, _guard) = record();
    let outer = tracing::info_span!("outer");
    let response = app().layer(ServerLayer::new()).oneshot(request("GET", "/orders/7"));
    tracing::Instrument::instrument(response, outer).await.unwrap();
    let spans = collected.spans();
    let server = spans.iter().find(|s| s.kind == SpanKind::Server).unwrap();
    let outer = spans.iter().find(|s| s.name == "outer").unwrap();
    assert_eq!(server.parent, None);
    assert_ne!(server.context.trace_id, outer.context.trace_id);
}

#[tokio::test]
async fn a_server_error_is_an_error() {
    let span = span_of(app().layer(ServerLayer::new()), request("GET", "/broken")).await;
    assert_eq!(span.outcome, Some(Outcome::Error));
    assert_eq!(span.status, Status::Error("".into()));
    assert_eq!(text(&span, "error.type"), Some("502"));
    assert_eq!(span.attribute("http.response.status_code"), Some(&Value::Int(502)));
}

#[test]
fn a_service_that_fails_is_an_error() {
    let (collected, _guard) = record();
    let fails = service_fn(|_: Request<()>| ready(Err::<Response<()>, _>(std::fmt::Error)));
    let mut response = pin!(ServerLayer::new().layer(fails).oneshot(Request::new(())));
    let polled = response.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Err(std::fmt::Error))));
    let spans = collected.spans();
    let span = spans.first().unwrap();
    assert_eq!(span.outcome, Some(Outcome::Error));
    assert_eq!(text(span, "error.type"), Some("core::fmt::Error"));
}

#[test]
fn a_client_that_goes_away_cancels() {
    let (collected, _guard) = record();
    {
        let app = app().layer(ServerLayer::new());
        let mut response = pin!(app.oneshot(request("GET", "/slow")));
        let polled = response.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        assert!(collected.spans().is_empty());
    }
    let spans = collected.spans();
    let span = spans.first().unwrap();
    assert_eq!((span.outcome, &span.status), (Some(Outcome::Cancelled), &Status::Unset));
    assert_eq!(span.attribute("http.response.status_code"), None);
}

#[test]
fn a_panic_is_seen_when_it_happens() {
    let (collected, _guard) = record();
    let app = app().layer(ServerLayer::new());
    let mut response = Box::pin(app.oneshot(request("GET", "/panics")));
    let mut poll = || response.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(catch_unwind(AssertUnwindSafe(&mut poll)).is_err());
    drop(response); // after the panic was caught
    let spans = collected.spans();
    let span = spans.first().unwrap();
    assert_eq!(span.outcome, Some(Outcome::Panicked));
    assert_eq!(text(span, "error.type"), Some("panic"));
    assert!(matches!(span.status, Status::Error(_)));
}

#[test]
fn a_request_that_is_made_while_the_thread_unwinds_is_not_what_panicked() {
    struct Apologises;
    impl Drop for Apologises {
        fn drop(&mut self) {
            let inner = service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(Response::new(()))));
            let mut response = pin!(ServerLayer::new().layer(inner).oneshot(Request::new(())));
            assert!(response.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
        }
    }
    let (collected, _guard) = record();
    let unwound = catch_unwind(|| {
        let _apologises = Apologises;
        panic!("on the way");
    });
    assert!(unwound.is_err());
    assert_eq!(collected.spans()[0].outcome, Some(Outcome::Ok));
}

#[tokio::test]
async fn the_span_ends_with_the_response_and_not_with_its_future() {
    let (collected, _guard) = record();
    let inner = service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(Response::new(()))));
    let mut server = ServerLayer::new().layer(inner);
    let mut response = pin!(tower::Service::call(&mut server, Request::new(())));
    poll_fn(|cx| response.as_mut().poll(cx)).await.unwrap();
    assert_eq!(collected.spans().len(), 1);
}

#[tokio::test]
async fn the_server_is_the_one_that_the_host_names() {
    let mut request = request("GET", "/orders/7");
    request.headers_mut().insert("host", "shop.example:8080".parse().unwrap());
    let span = span_of(app().layer(ServerLayer::new()), request).await;
    assert_eq!(text(&span, "server.address"), Some("shop.example"));
    assert_eq!(span.attribute("server.port"), Some(&Value::Int(8080)));
}

/// What a router that is not axum's tells: here of a request, there of a response.
#[tokio::test]
async fn a_route_may_be_told_by_who_knows_it() {
    let (collected, _guard) = record();
    let answers = service_fn(|_: Request<()>| {
        let mut response = Response::new(());
        response.extensions_mut().insert(Route("/told/{id}"));
        ready(Ok::<_, Infallible>(response))
    });
    let server = ServerLayer::new().layer(answers);
    server.oneshot(Request::new(())).await.unwrap();
    let mut request = Request::new(());
    request.extensions_mut().insert(Route("/known/{id}"));
    server.oneshot(request).await.unwrap();
    let named: Vec<_> =
        collected.spans().iter().map(|s| (s.name.clone(), s.attribute("http.route").cloned())).collect();
    let of = |route: &'static str| (format!("GET {route}").into(), Some(Value::Str(route.into())));
    assert_eq!(named, [of("/told/{id}"), of("/known/{id}")]);
}

#[test]
fn bodies_and_futures_go_where_those_of_others_go() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<ResponseBody<()>>();
    is_shared::<super::ResponseFuture<std::future::Ready<()>>>();
}
