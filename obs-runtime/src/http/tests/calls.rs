//! Calls of gRPC: their status comes behind the body, and so does the end of their spans.

use std::collections::VecDeque;

use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame};

use super::super::ClientLayer;
use super::*;

/// A body that gives its frames one by one.
#[derive(Default)]
struct Frames(VecDeque<Result<Frame<bytes::Bytes>, std::fmt::Error>>);

impl HttpBody for Frames {
    type Data = bytes::Bytes;
    type Error = std::fmt::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<bytes::Bytes>, std::fmt::Error>>> {
        drop(tracing::info_span!("frame", correlation = crate::correlation_id().as_deref()));
        Poll::Ready(self.get_mut().0.pop_front())
    }
}

fn data() -> Result<Frame<bytes::Bytes>, std::fmt::Error> {
    Ok(Frame::data(bytes::Bytes::from_static(b"order")))
}

fn status(code: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), HeaderValue::from_static(code))])
}

fn trailers(code: &'static str) -> Result<Frame<bytes::Bytes>, std::fmt::Error> {
    Ok(Frame::trailers(status(code)))
}

fn call(path: &str) -> Request<()> {
    let mut request = Request::post(path).body(()).unwrap();
    request.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc+proto"));
    request
}

/// A service of gRPC whose answers have these headers and frames.
fn answers(
    headers: HeaderMap,
    frames: impl Fn() -> Vec<Result<Frame<bytes::Bytes>, std::fmt::Error>> + Clone,
) -> impl tower::Service<
    Request<()>,
    Response = Response<Frames>,
    Error = Infallible,
    Future = std::future::Ready<Result<Response<Frames>, Infallible>>,
> + Clone {
    service_fn(move |_: Request<()>| {
        let mut response = Response::new(Frames(frames().into()));
        *response.headers_mut() = headers.clone();
        ready(Ok(response))
    })
}

fn is(span: &SpanRecord) -> (&str, Option<&str>, Option<&str>, Option<Outcome>) {
    (&span.name, text(span, "rpc.response.status_code"), text(span, "error.type"), span.outcome)
}

#[tokio::test]
async fn a_call_ends_with_its_trailers() {
    let (collected, _guard) = record();
    let server = ServerLayer::new().layer(answers(HeaderMap::new(), || vec![data(), trailers("0")]));
    let response = server.oneshot(call("/shop.Orders/Place")).await.unwrap();
    assert!(collected.spans().is_empty(), "the status is yet to come");
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(body.to_bytes(), "order");
    let spans = collected.spans();
    let span = spans.iter().find(|s| s.kind == SpanKind::Server).unwrap();
    assert_eq!(is(span), ("shop.Orders/Place", Some("OK"), None, Some(Outcome::Ok)));
    assert_eq!(text(span, "rpc.system.name"), Some("grpc"));
    assert_eq!(text(span, "rpc.method"), Some("shop.Orders/Place"));
    assert_eq!(span.attribute("http.request.method"), None);
    let frame = spans.iter().find(|s| s.name == "frame").unwrap();
    assert_eq!(frame.parent, Some(span.context.span_id), "what a stream does belongs to its call");
}

#[tokio::test]
async fn a_stream_is_made_in_the_context_of_its_request() {
    let (collected, _guard) = record();
    let api = service("http-tests-stream");
    let server = ServerLayer::new().service(api).layer(answers(HeaderMap::new(), || vec![data(), data()]));
    let mut request = Request::get("/orders").body(()).unwrap();
    request.headers_mut().insert("x-correlation-id", HeaderValue::from_static("order-7"));
    let response = server.oneshot(request).await.unwrap();
    assert_eq!(collected.spans().len(), 1, "the request ended with the head");
    response.into_body().collect().await.unwrap();
    assert!(crate::current().is_none() && crate::correlation_id().is_none(), "nobody else is in it");
    let spans = collected.spans();
    let (request, frame) = (&spans[0], spans.iter().find(|s| s.name == "frame").unwrap());
    assert_eq!(frame.parent, Some(request.context.span_id));
    assert_eq!(text(frame, "correlation"), Some("order-7"));
    assert_eq!(frame.resource.service, "http-tests-stream");
}

#[tokio::test]
async fn a_status_is_an_error_to_the_client_and_only_some_to_the_server() {
    for (code, name, on_server) in [
        ("5", "NOT_FOUND", Outcome::Ok),
        ("13", "INTERNAL", Outcome::Error),
        ("99", "UNKNOWN", Outcome::Error),
    ] {
        let (collected, _guard) = record();
        let server = ServerLayer::new().layer(answers(status(code), Vec::new));
        ClientLayer::new().layer(server).oneshot(call("/shop.Orders/Place")).await.unwrap();
        let spans = collected.spans();
        let [server, client] = spans.as_slice() else { panic!("{spans:?}") };
        let error_type = (on_server == Outcome::Error).then_some(name);
        assert_eq!(is(server), ("shop.Orders/Place", Some(name), error_type, Some(on_server)));
        assert_eq!(is(client), ("shop.Orders/Place", Some(name), Some(name), Some(Outcome::Error)));
        assert_eq!((server.parent, client.kind), (Some(client.context.span_id), SpanKind::Client));
    }
}

#[tokio::test]
async fn what_nobody_serves_is_called_other() {
    let (collected, _guard) = record();
    let server = ServerLayer::new().layer(answers(status("12"), Vec::new));
    server.clone().oneshot(call("/any.thing/AClient-Likes")).await.unwrap();
    server.oneshot(call("/no-method")).await.unwrap();
    let spans = collected.spans();
    let [named, nameless] = spans.as_slice() else { panic!("{spans:?}") };
    for span in [named, nameless] {
        assert_eq!(is(span), ("grpc", Some("UNIMPLEMENTED"), Some("UNIMPLEMENTED"), Some(Outcome::Error)));
        assert_eq!(text(span, "rpc.method"), Some("_OTHER"));
    }
    assert_eq!(text(named, "rpc.method_original"), Some("any.thing/AClient-Likes"));
}

#[tokio::test]
async fn a_body_that_says_it_is_at_its_end_is_not_asked_again() {
    let (collected, _guard) = record();
    let whole = || Response::new(http_body_util::Full::new(bytes::Bytes::from_static(b"order")));
    let server =
        ServerLayer::new().layer(service_fn(move |_: Request<()>| ready(Ok::<_, Infallible>(whole()))));
    let mut response = server.oneshot(call("/shop.Orders/Place")).await.unwrap();
    response.body_mut().frame().await.unwrap().unwrap();
    drop(response);
    let expected = ("shop.Orders/Place", Some("UNKNOWN"), Some("UNKNOWN"), Some(Outcome::Error));
    assert_eq!(is(&collected.spans()[0]), expected);
}

#[tokio::test]
async fn a_body_that_is_dropped_or_breaks_says_so() {
    let (collected, _guard) = record();
    let server = ServerLayer::new().layer(answers(HeaderMap::new(), || vec![data(), trailers("0")]));
    let mut response = server.oneshot(call("/shop.Orders/Place")).await.unwrap();
    response.body_mut().frame().await.unwrap().unwrap();
    drop(response);
    let broken = || vec![data(), Err(std::fmt::Error)];
    let server = ServerLayer::new().layer(answers(HeaderMap::new(), broken));
    let response = server.oneshot(call("/shop.Orders/Place")).await.unwrap();
    response.into_body().collect().await.unwrap_err();
    let server = ServerLayer::new().layer(answers(HeaderMap::new(), || vec![data()]));
    server.oneshot(call("/shop.Orders/Place")).await.unwrap().into_body().collect().await.unwrap();
    let spans = collected.spans();
    let ends: Vec<_> = spans.iter().filter(|s| s.kind == SpanKind::Server).map(|span| is(span)).collect();
    let expected = [
        ("shop.Orders/Place", None, None, Some(Outcome::Cancelled)),
        ("shop.Orders/Place", None, Some("core::fmt::Error"), Some(Outcome::Error)),
        ("shop.Orders/Place", Some("UNKNOWN"), Some("UNKNOWN"), Some(Outcome::Error)),
    ];
    assert_eq!(ends, expected);
}
