//! JetStream: durable consumers, acknowledgements, redelivery.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::{AckKind, Context, Message, context, stream};
use futures_util::StreamExt;
use obs::testing::Telemetry;
use obs_bus_tests::{Nats, Spans};

use crate::soon;

/// Makes the stream and a durable consumer of it.
async fn build_orders(server: &Nats, ack_wait: Duration) -> (Context, PullConsumer) {
    let jetstream = async_nats::jetstream::new(async_nats::connect(&server.url).await.unwrap());
    let stream =
        stream::Config { name: "ORDERS".into(), subjects: vec!["orders.*".into()], ..Default::default() };
    let stream = jetstream.create_stream(stream).await.unwrap();
    let consumer = pull::Config { durable_name: Some("builders".into()), ack_wait, ..Default::default() };
    (jetstream, stream.create_consumer(consumer).await.unwrap())
}

/// Returns when the stream has it.
#[obs::traced(producer, envelope = headers, destination = "orders", system = "nats")]
async fn publish(jetstream: &Context, mut headers: HeaderMap) -> Result<(), context::PublishError> {
    jetstream.publish_with_headers("orders.placed", headers, "book".into()).await?.await?;
    Ok(())
}

#[obs::traced(consumer, envelope = message, destination = "orders", system = "nats")]
async fn handle(message: &Message) {
    assert_eq!(message.payload, "book");
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("Tenant", "acme");
    headers
}

async fn next(consumer: &PullConsumer) -> Message {
    let one = async {
        consumer
            .fetch()
            .max_messages(1)
            .expires(Duration::from_secs(60))
            .messages()
            .await
            .unwrap()
            .next()
            .await
    };
    soon("a message", one).await.unwrap().unwrap()
}

#[obs::test]
async fn a_message_that_comes_again_says_so_and_stays_in_its_trace(t: &Telemetry) {
    let server = Nats::start();
    let (jetstream, consumer) = build_orders(&server, Duration::from_millis(200)).await;
    publish(&jetstream, headers()).await.unwrap();

    let first = next(&consumer).await;
    handle(&first).await;
    // Not acknowledged: it comes again when the server has waited long enough.
    let second = next(&consumer).await;
    handle(&second).await;
    second.ack_with(AckKind::Nak(None)).await.unwrap();
    let third = next(&consumer).await;
    handle(&third).await;
    third.double_ack().await.unwrap();
    for message in [first, second, third] {
        let headers = message.headers.as_ref().unwrap();
        assert_eq!(headers.get("Tenant").map(|value| value.as_str()), Some("acme"));
    }

    let spans = Spans::of(t);
    for (told, attempt) in spans.deliveries("handle").iter().zip(1..) {
        let of_the_stream = told.message_id.as_deref();
        assert_eq!((told.attempt, of_the_stream, told.body_size), (Some(attempt), Some("1"), Some(4)));
    }
    assert_eq!(spans.named("handle").count(), 3);
    spans.named("handle").for_each(|again| Spans::assert_received(again, spans.the("publish")));
    let mut consumer = consumer;
    let left = consumer.info().await.unwrap();
    assert_eq!((left.num_pending, left.num_ack_pending), (0, 0), "it is acknowledged, and nothing is left");
}

#[obs::test]
async fn a_durable_consumer_continues_where_it_was_and_ids_are_the_publishers(t: &Telemetry) {
    let server = Nats::start();
    let (jetstream, consumer) = build_orders(&server, Duration::from_secs(30)).await;
    for id in ["order-7", "order-8"] {
        let mut headers = headers();
        headers.insert(async_nats::header::NATS_MESSAGE_ID, id);
        publish(&jetstream, headers).await.unwrap();
    }
    let message = next(&consumer).await;
    handle(&message).await;
    message.double_ack().await.unwrap();
    drop((consumer, message));

    let stream = jetstream.get_stream("ORDERS").await.unwrap();
    let consumer: PullConsumer = stream.get_consumer("builders").await.unwrap();
    let message = next(&consumer).await;
    handle(&message).await;

    let spans = Spans::of(t);
    let told = spans.deliveries("handle");
    let told: Vec<_> = told.iter().map(|told| (told.attempt, told.message_id.as_deref())).collect();
    assert_eq!(told, [(Some(1), Some("order-7")), (Some(1), Some("order-8"))]);
    for (received, sent) in spans.named("handle").zip(spans.named("publish")) {
        Spans::assert_received(received, sent);
    }
}
