//! Redis streams: entries of a consumer group, and those that another consumer takes over.

use obs::testing::Telemetry;
use obs_bus_tests::{Redis, Spans};
use redis::streams::{
    StreamAutoClaimOptions, StreamAutoClaimReply, StreamId, StreamPendingCountReply, StreamReadOptions,
    StreamReadReply,
};
use redis::{Commands, Connection, RedisResult};

#[obs::traced(producer, envelope = fields, destination = "orders", system = "redis")]
fn add(connection: &mut Connection, mut fields: Vec<(String, String)>) -> RedisResult<String> {
    connection.xadd("orders", "*", &fields)
}

#[obs::traced(consumer, envelope = entry, destination = "orders", system = "redis")]
fn handle(entry: &StreamId) -> Option<String> {
    entry.get("item")
}

#[obs::test]
fn an_entry_that_another_consumer_takes_over_stays_in_its_trace(t: &Telemetry) {
    let server = Redis::start();
    let mut connection = redis::Client::open(server.url.as_str()).unwrap().get_connection().unwrap();
    let _: () = connection.xgroup_create_mkstream("orders", "builders", "$").unwrap();
    let id = add(&mut connection, vec![("item".into(), "book".into())]).unwrap();

    let options = StreamReadOptions::default().group("builders", "first").count(1).block(60_000);
    let read: StreamReadReply = connection.xread_options(&["orders"], &[">"], &options).unwrap();
    let entry = &read.keys[0].ids[0];
    assert_eq!(handle(entry).as_deref(), Some("book"), "the user's fields are what they were");

    // The first consumer never acknowledges it.
    let options = StreamAutoClaimOptions::default();
    let taken: StreamAutoClaimReply =
        connection.xautoclaim_options("orders", "builders", "second", 0, "0-0", options).unwrap();
    let pending: StreamPendingCountReply =
        connection.xpending_count("orders", "builders", "-", "+", 1).unwrap();
    let mut entry = taken.claimed[0].clone();
    entry.delivered_count = Some(pending.ids[0].times_delivered);
    assert_eq!(handle(&entry).as_deref(), Some("book"));
    let acknowledged: usize = connection.xack("orders", "builders", &[&id]).unwrap();
    assert_eq!(acknowledged, 1);

    let spans = Spans::of(t);
    let told = spans.deliveries("handle");
    let told: Vec<_> = told.iter().map(|told| (told.attempt, told.message_id.as_deref())).collect();
    assert_eq!(told, [(None, Some(id.as_str())), (Some(2), Some(id.as_str()))]);
    spans.named("handle").for_each(|received| Spans::assert_received(received, spans.the("add")));
}
