//! RabbitMQ: properties, redelivery by classic and quorum queues.

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicPublishOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use obs::testing::Telemetry;
use obs_bus_tests::{RabbitMq, Spans};

use crate::soon;

/// Returns when the broker has it.
#[obs::traced(producer, envelope = properties, destination = "orders", system = "rabbitmq")]
async fn publish(channel: &Channel, queue: &str, mut properties: BasicProperties) -> lapin::Result<()> {
    let options = BasicPublishOptions::default();
    channel.basic_publish("".into(), queue.into(), options, b"book", properties).await?.await?;
    Ok(())
}

#[obs::traced(consumer, envelope = delivery, destination = "orders", system = "rabbitmq")]
async fn handle(delivery: &Delivery) {
    assert_eq!(delivery.data, b"book");
}

/// Declares a queue of a type and consumes it.
async fn consume(channel: &Channel, queue: &str) -> Consumer {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString(queue.into()));
    channel.queue_declare(queue.into(), QueueDeclareOptions::durable(), arguments).await.unwrap();
    let options = BasicConsumeOptions::default();
    channel.basic_consume(queue.into(), queue.into(), options, FieldTable::default()).await.unwrap()
}

fn properties() -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert("Tenant".into(), AMQPValue::LongString("acme".into()));
    BasicProperties::default()
        .with_headers(headers)
        .with_message_id("order-7".into())
        .with_correlation_id("their call".into())
}

async fn next(deliveries: &mut Consumer) -> Delivery {
    soon("a message", deliveries.next()).await.unwrap().unwrap()
}

/// Has a message delivered three times.
async fn refuse_twice(channel: &Channel, queue: &str) {
    let mut deliveries = consume(channel, queue).await;
    publish(channel, queue, properties()).await.unwrap();
    let again = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
    let first = next(&mut deliveries).await;
    let headers = first.properties.headers().as_ref().unwrap().inner();
    assert_eq!(headers.get("Tenant"), Some(&AMQPValue::LongString(LongString::from("acme"))));
    assert_eq!(first.properties.correlation_id().as_ref().map(ShortString::as_str), Some("their call"));
    handle(&first).await;
    first.nack(again).await.unwrap();
    let second = next(&mut deliveries).await;
    handle(&second).await;
    second.nack(again).await.unwrap();
    let third = next(&mut deliveries).await;
    handle(&third).await;
    third.ack(BasicAckOptions::default()).await.unwrap();
}

#[obs::test]
async fn a_message_that_comes_again_says_so_and_stays_in_its_trace(t: &Telemetry) {
    let server = RabbitMq::start();
    let connection = Connection::connect(&server.url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();

    refuse_twice(&channel, "classic").await;
    refuse_twice(&channel, "quorum").await;

    let spans = Spans::of(t);
    let told = spans.deliveries("handle");
    assert!(
        told.iter().all(|told| told.message_id.as_deref() == Some("order-7") && told.body_size == Some(4))
    );
    let attempts: Vec<_> = told.iter().filter_map(|told| told.attempt).collect();
    assert_eq!(attempts, [1, 2, 2, 1, 2, 3], "a classic queue does not count, a quorum queue does");
    let sent: Vec<_> = spans.named("publish").collect();
    let received: Vec<_> = spans.named("handle").collect();
    assert_eq!((sent.len(), received.len()), (2, 6));
    for (sent, received) in sent.iter().zip(received.chunks(3)) {
        received.iter().for_each(|received| Spans::assert_received(received, sent));
    }
}
