//! What is taken of a caller, and what it is told.

use super::*;
use crate::context::Trust;

async fn trusting(trust: Trust) -> (Option<String>, Arc<SpanRecord>) {
    let mut request = request("GET", "/orders/7");
    request.headers_mut().insert("traceparent", TRACEPARENT.parse().unwrap());
    request.headers_mut().insert("x-correlation-id", "order-7".parse().unwrap());
    let (response, mut spans) = answered(app().layer(ServerLayer::new().trust(trust)), request).await;
    let id = response.headers().get("x-correlation-id").map(|id| id.to_str().unwrap().to_owned());
    (id, spans.remove(0))
}

#[tokio::test]
async fn a_caller_is_believed_as_far_as_is_said() {
    let caller = "4bf92f3577b34da6a3ce929d0e0e4736";
    let (id, span) = trusting(Trust::Continue).await;
    assert_eq!((id.as_deref(), span.context.trace_id.to_string().as_str()), (Some("order-7"), caller));
    assert!(span.parent_is_remote && span.links.is_empty());

    let (id, span) = trusting(Trust::Link).await;
    assert_eq!((id.as_deref(), span.parent), (Some("order-7"), None));
    assert_ne!(span.context.trace_id.to_string(), caller);
    let [link] = span.links.as_slice() else { panic!("{:?}", span.links) };
    assert_eq!(link.context.trace_id.to_string(), caller);

    let (id, span) = trusting(Trust::Restart).await;
    assert_eq!((id, span.parent, span.links.len()), (Some(span.context.trace_id.to_string()), None, 0));
    assert_ne!(span.context.trace_id.to_string(), caller);
}

#[tokio::test]
async fn an_answer_carries_its_correlation_id_unless_it_shall_not() {
    let id = |response: &Response<Body>| response.headers().get("x-correlation-id").cloned();
    let (response, spans) = answered(app().layer(ServerLayer::new()), request("GET", "/no/such")).await;
    let trace = spans.first().map(|span| span.context.trace_id.to_string()).unwrap();
    assert_eq!(id(&response).unwrap(), trace.as_str());

    let silent = ServerLayer::new().answer_correlation_id(false);
    let (response, _) = answered(app().layer(silent), request("GET", "/orders/7")).await;
    assert_eq!(id(&response), None);

    let own =
        Router::new().route("/", get(async || [("x-correlation-id", "mine")])).layer(ServerLayer::new());
    let (response, _) = answered(own, request("GET", "/")).await;
    assert_eq!(id(&response).unwrap(), "mine");
}

#[tokio::test]
async fn what_is_skipped_passes_without_a_trace() {
    let layer = ServerLayer::new().skip(|request| request.uri.path() == "/orders/probe");
    let (response, spans) = answered(app().layer(layer), request("GET", "/orders/probe")).await;
    assert_eq!((response.status(), spans.len()), (StatusCode::OK, 0));
    assert!(!response.headers().contains_key("x-correlation-id"));
    let (_, spans) = answered(app().layer(layer), request("GET", "/orders/7")).await;
    assert_eq!(spans.len(), 1);
}
