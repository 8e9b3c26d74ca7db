//! NATS: publish, subscribe, queue groups, request and reply.

use std::collections::BTreeSet;

use async_nats::client::{PublishError, RequestError};
use async_nats::{Client, HeaderMap, Message};
use futures_util::StreamExt;
use obs::Carrier;
use obs::testing::Telemetry;
use obs_bus_tests::{Nats, Spans};

use crate::soon;

async fn connect(server: &Nats) -> Client {
    async_nats::connect(&server.url).await.unwrap()
}

/// Waits until the server knows what the client subscribed to: it does what a connection says in order, and here it has
/// answered.
async fn settled(client: &Client) {
    let inbox = client.new_inbox();
    let mut echo = client.subscribe(inbox.clone()).await.unwrap();
    client.publish(inbox, "".into()).await.unwrap();
    soon("the echo", echo.next()).await.unwrap();
}

/// Sends with headers of the user's.
#[obs::traced(producer, envelope = headers, destination = "orders", system = "nats")]
async fn publish(client: &Client, mut headers: HeaderMap) -> Result<(), PublishError> {
    client.publish_with_headers("orders", headers, "book".into()).await
}

/// Sends what has a context already.
#[obs::traced(producer, destination = "orders", system = "nats")]
async fn publish_simply(client: &Client) -> Result<(), PublishError> {
    client.publish_with_headers("orders", obs::nats::headers(), "book".into()).await
}

#[obs::traced(consumer, envelope = message, destination = "orders", system = "nats")]
async fn handle(message: &Message) {
    assert_eq!(message.payload, "book");
}

#[obs::test]
async fn a_subscriber_continues_the_publishers_trace(t: &Telemetry) {
    let server = Nats::start();
    let client = connect(&server).await;
    let mut orders = client.subscribe("orders").await.unwrap();
    let mut headers = HeaderMap::new();
    headers.append("Tenant", "acme");
    headers.append("Tenant", "acme-2");
    headers.insert("Nats-Msg-Id", "order-7");
    headers.insert("Traceparent", "somebody's, from a message that is forwarded");
    publish(&client, headers).await.unwrap();

    let message = soon("the message", orders.next()).await.unwrap();
    handle(&message).await;
    let headers = message.headers.as_ref().unwrap();
    let tenants: Vec<&str> = headers.get_all("Tenant").map(|value| value.as_str()).collect();
    assert_eq!(tenants, ["acme", "acme-2"], "the user's headers are what they were");

    let spans = Spans::of(t);
    Spans::assert_received(spans.the("handle"), spans.the("publish"));
    let told = &spans.deliveries("handle")[0];
    assert_eq!((told.attempt, told.message_id.as_deref(), told.body_size), (None, Some("order-7"), Some(4)));
}

#[obs::test]
async fn the_current_context_is_one_word_away(t: &Telemetry) {
    let server = Nats::start();
    let client = connect(&server).await;
    assert!(obs::nats::headers().is_empty(), "there is none outside of spans");
    let mut orders = client.subscribe("orders").await.unwrap();
    publish_simply(&client).await.unwrap();
    handle(&soon("the message", orders.next()).await.unwrap()).await;

    let spans = Spans::of(t);
    Spans::assert_received(spans.the("handle"), spans.the("publish_simply"));
}

/// Returns what went along with a message.
#[obs::traced(consumer, envelope = message, destination = "orders", system = "nats")]
async fn look(message: &Message) -> (Option<String>, Option<String>) {
    let _ = message;
    let tenant = obs::baggage().get("tenant").map(|tenant| tenant.into_owned());
    (tenant, obs::correlation_id().map(|id| id.to_string()))
}

#[obs::test]
async fn baggage_and_the_correlation_id_go_along() {
    let server = Nats::start();
    let client = connect(&server).await;
    let mut orders = client.subscribe("orders").await.unwrap();
    let context = obs::Context::current().with_baggage("tenant", "Müller, Söhne").with_correlation_id("c-7");
    context.scope(publish_simply(&client)).await.unwrap();
    let seen = look(&soon("the message", orders.next()).await.unwrap()).await;
    assert_eq!(seen, (Some("Müller, Söhne".into()), Some("c-7".into())));
}

#[obs::test]
async fn every_message_is_handled_once_in_a_queue_group_and_in_its_own_trace(t: &Telemetry) {
    const MESSAGES: usize = 20;
    let server = Nats::start();
    let (client, first, second) = (connect(&server).await, connect(&server).await, connect(&server).await);
    let workers = [&first, &second].map(async |worker| {
        let orders = worker.queue_subscribe("orders", "workers".into()).await.unwrap();
        settled(worker).await;
        orders
    });
    let [one, two] = workers;
    let mut orders = futures_util::stream::select(one.await, two.await);
    for _ in 0..MESSAGES {
        publish_simply(&client).await.unwrap();
    }
    for _ in 0..MESSAGES {
        handle(&soon("a message", orders.next()).await.unwrap()).await;
    }

    let spans = Spans::of(t);
    let sent: BTreeSet<_> =
        spans.named("publish_simply").map(|s| (s.context.trace_id, s.context.span_id)).collect();
    let senders: BTreeSet<_> =
        spans.named("handle").map(|s| (s.context.trace_id, s.parent.unwrap())).collect();
    assert_eq!((sent.len(), spans.named("handle").count()), (MESSAGES, MESSAGES));
    assert_eq!(senders, sent);
}

#[obs::traced(producer, destination = "stock", system = "nats")]
async fn ask(client: &Client) -> Result<Message, RequestError> {
    client.request_with_headers("stock", obs::nats::headers(), "book".into()).await
}

#[obs::traced(consumer, envelope = request, destination = "stock", system = "nats")]
async fn answer(client: &Client, request: &Message) -> Result<(), PublishError> {
    obs::nats::reply(client, request, "12 left").await
}

#[obs::test]
async fn a_request_is_one_trace_and_the_reply_says_who_answered(t: &Telemetry) {
    let server = Nats::start();
    let (shop, stock) = (connect(&server).await, connect(&server).await);
    let mut requests = stock.subscribe("stock").await.unwrap();
    settled(&stock).await;
    let answering = obs::spawn(async move {
        let request = soon("the request", requests.next()).await.unwrap();
        answer(&stock, &request).await.unwrap();
        stock // which sends in the background
    });
    let reply = soon("the reply", ask(&shop)).await.unwrap();
    let _stock = answering.await.unwrap();
    assert_eq!(reply.payload, "12 left");

    let spans = Spans::of(t);
    let (asked, answered) = (spans.the("ask"), spans.the("answer"));
    Spans::assert_received(answered, asked);
    assert_eq!(obs::extract(&reply.headers).span_context().as_ref(), Some(&answered.context));
}

#[obs::test]
async fn a_message_that_asks_for_no_answer_gets_none() {
    let server = Nats::start();
    let client = connect(&server).await;
    let mut orders = client.subscribe("orders").await.unwrap();
    publish_simply(&client).await.unwrap();
    let message = soon("the message", orders.next()).await.unwrap();
    let sent = client.statistics().out_messages.load(std::sync::atomic::Ordering::Relaxed);
    obs::nats::reply(&client, &message, "thanks").await.unwrap();
    client.flush().await.unwrap();
    assert_eq!(client.statistics().out_messages.load(std::sync::atomic::Ordering::Relaxed), sent);
}

#[obs::test]
async fn a_message_without_a_readable_context_starts_a_trace(t: &Telemetry) {
    let server = Nats::start();
    let client = connect(&server).await;
    let mut orders = client.subscribe("orders").await.unwrap();
    let mut spoilt = HeaderMap::new();
    spoilt.set("traceparent", "00-nonsense");
    client.publish("orders", "book".into()).await.unwrap();
    client.publish_with_headers("orders", spoilt, "book".into()).await.unwrap();
    for _ in 0..2 {
        handle(&soon("a message", orders.next()).await.unwrap()).await;
    }
    let spans = Spans::of(t);
    let traces: BTreeSet<_> = spans.named("handle").map(|s| s.context.trace_id).collect();
    assert!(traces.len() == 2 && spans.named("handle").all(|span| span.parent.is_none()));
}
