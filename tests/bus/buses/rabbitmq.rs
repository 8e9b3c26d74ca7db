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
async fn handle(delivery: &Delivery) -> obs::Delivery {
    obs::Envelope::delivery(delivery)
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

/// Has a message delivered three times, and returns what was told of it.
async fn refuse_twice(channel: &Channel, queue: &str) -> [obs::Delivery; 3] {
    let mut deliveries = consume(channel, queue).await;
    publish(channel, queue, properties()).await.unwrap();
    let again = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
    let first = next(&mut deliveries).await;
    let headers = first.properties.headers().as_ref().unwrap().inner();
    assert_eq!(headers.get("Tenant"), Some(&AMQPValue::LongString(LongString::from("acme"))));
    assert_eq!(first.properties.correlation_id().as_ref().map(ShortString::as_str), Some("their call"));
    let first_told = handle(&first).await;
    first.nack(again).await.unwrap();
    let second = next(&mut deliveries).await;
    let second_told = handle(&second).await;
    second.nack(again).await.unwrap();
    let third = next(&mut deliveries).await;
    let third_told = handle(&third).await;
    third.ack(BasicAckOptions::default()).await.unwrap();
    [first_told, second_told, third_told]
}

#[obs::test]
async fn a_message_that_comes_again_says_so_and_stays_in_its_trace(t: &Telemetry) {
    let server = RabbitMq::start();
    let connection = Connection::connect(&server.url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();

    let told = refuse_twice(&channel, "classic").await;
    assert_eq!(
        told.each_ref().map(|told| told.attempt),
        [Some(1), Some(2), Some(2)],
        "a classic queue does not count"
    );
    let counted = refuse_twice(&channel, "quorum").await;
    assert_eq!(counted.each_ref().map(|told| told.attempt), [Some(1), Some(2), Some(3)]);
    for told in told.iter().chain(&counted) {
        assert_eq!((told.message_id.as_deref(), told.body_size), (Some("order-7"), Some(4)));
    }

    let spans = Spans::of(t);
    let sent: Vec<_> = spans.named("publish").collect();
    let received: Vec<_> = spans.named("handle").collect();
    assert_eq!((sent.len(), received.len()), (2, 6));
    for (sent, received) in sent.iter().zip(received.chunks(3)) {
        received.iter().for_each(|received| Spans::assert_received(received, sent));
    }
}
