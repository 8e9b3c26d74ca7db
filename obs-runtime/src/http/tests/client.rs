//! Requests that are sent, and what they take along.

use std::sync::Mutex;

use http::{HeaderMap, HeaderValue};
use tower::ServiceBuilder;

use super::super::ClientLayer;
use super::*;
use crate::context::extract;

/// A peer that answers with a status, and remembers what headers came.
#[derive(Clone)]
struct Peer(StatusCode, Arc<Mutex<Vec<HeaderMap>>>);

impl Peer {
    fn new(status: StatusCode) -> Self {
        Peer(status, Arc::default())
    }

    async fn get(&self, layer: ClientLayer, url: &str) {
        let answer = |request: Request<()>| {
            self.1.lock().unwrap().push(request.headers().clone());
            let mut response = Response::new(());
            *response.status_mut() = self.0;
            ready(Ok::<_, Infallible>(response))
        };
        let request = Request::get(url).header("traceparent", "stale").body(()).unwrap();
        layer.layer(service_fn(answer)).oneshot(request).await.unwrap();
    }
}

#[tokio::test]
async fn a_request_is_a_client_span_and_takes_it_along() {
    let (collected, _guard) = record();
    let peer = Peer::new(StatusCode::OK);
    let url = "http://user:secret@shop.example/orders/7?token=secret";
    let sending = peer.get(ClientLayer::new(), url);
    tracing::Instrument::instrument(sending, tracing::info_span!("outer")).await;
    let spans = collected.spans();
    let [client, outer] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!((client.name.as_ref(), client.kind), ("GET", SpanKind::Client));
    assert_eq!(client.parent, Some(outer.context.span_id));
    assert_eq!(text(client, "http.request.method"), Some("GET"));
    assert_eq!(text(client, "url.full"), Some("http://shop.example/orders/7"));
    assert_eq!(text(client, "server.address"), Some("shop.example"));
    assert_eq!(client.attribute("server.port"), Some(&Value::Int(80)));
    assert_eq!(client.attribute("http.response.status_code"), Some(&Value::Int(200)));
    assert_eq!(text(client, "network.protocol.version"), Some("1.1"));
    assert_eq!((client.outcome, &client.status), (Some(Outcome::Ok), &Status::Unset));
    assert!(!format!("{client:?}").contains("secret"));
    let headers = peer.1.lock().unwrap();
    let sent = extract(&headers[0]).span_context().unwrap();
    assert_eq!((sent.trace_id, sent.span_id), (client.context.trace_id, client.context.span_id));
}

#[tokio::test]
async fn what_a_client_gets_for_its_mistakes_is_an_error() {
    for (status, outcome, error_type) in [
        (StatusCode::FOUND, Outcome::Ok, None),
        (StatusCode::NOT_FOUND, Outcome::Error, Some("404")),
        (StatusCode::BAD_GATEWAY, Outcome::Error, Some("502")),
    ] {
        let (collected, _guard) = record();
        Peer::new(status).get(ClientLayer::new(), "http://shop/").await;
        let spans = collected.spans();
        let span = spans.first().unwrap();
        assert_eq!((span.outcome, text(span, "error.type")), (Some(outcome), error_type));
    }
}

#[tokio::test]
async fn services_of_others_need_not_learn_the_context() {
    let (collected, _guard) = record();
    let peer = Peer::new(StatusCode::OK);
    peer.get(ClientLayer::new().propagate(false), "http://shop/").await;
    assert_eq!(collected.spans().len(), 1);
    assert_eq!(peer.1.lock().unwrap()[0].get("traceparent"), Some(&HeaderValue::from_static("stale")));
}

/// Tries until it is answered.
#[derive(Clone, Copy)]
struct Again(u32);

impl<E> tower::retry::Policy<Request<()>, Response<ResponseBody<()>>, E> for Again {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<()>,
        result: &mut Result<Response<ResponseBody<()>>, E>,
    ) -> Option<Self::Future> {
        let goes_on = result.is_err() && self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        goes_on.then(|| ready(()))
    }

    fn clone_request(&mut self, request: &Request<()>) -> Option<Request<()>> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn each_try_is_a_span() {
    let (collected, _guard) = record();
    let tries = Mutex::new(0);
    let fails_twice = service_fn(|_: Request<()>| {
        let mut tries = tries.lock().unwrap();
        *tries += 1;
        ready(if *tries < 3 { Err(std::fmt::Error) } else { Ok(Response::new(())) })
    });
    let client = ServiceBuilder::new().retry(Again(5)).layer(ClientLayer::new()).service(fails_twice);
    let sending = client.oneshot(Request::get("http://shop/").body(()).unwrap());
    tracing::Instrument::instrument(sending, tracing::info_span!("outer")).await.unwrap();
    let spans = collected.spans();
    let tries: Vec<_> = spans.iter().filter(|s| s.kind == SpanKind::Client).collect();
    let ends: Vec<_> = tries.iter().map(|s| (s.outcome, text(s, "error.type"))).collect();
    let failed = (Some(Outcome::Error), Some("core::fmt::Error"));
    assert_eq!(ends, [failed, failed, (Some(Outcome::Ok), None)]);
    assert!(tries.iter().all(|s| s.parent == tries[0].parent && s.parent.is_some()));
}
