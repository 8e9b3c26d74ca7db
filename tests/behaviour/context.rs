//! A trace goes on across messages, headers and services.

use std::collections::HashMap;

use expect_test::expect;
use obs::testing::capture;

use crate::block_on;

#[derive(obs::Envelope, serde::Serialize, serde::Deserialize)]
struct OrderPlaced {
    #[envelope(context)]
    #[serde(default)]
    context: obs::Propagated,
    id: u64,
}

#[derive(obs::Envelope)]
struct Message<T> {
    #[envelope(headers)]
    headers: HashMap<String, String>,
    _payload: T,
}

#[obs::traced(producer, envelope = event, destination = "orders.placed")]
async fn publish(event: &mut OrderPlaced, wire: &mut Vec<u8>) {
    *wire = serde_json::to_vec(event).unwrap();
}

#[obs::traced(consumer, envelope = event, destination = "orders.placed")]
async fn on_order_placed(event: OrderPlaced) -> u64 {
    inside();
    event.id
}

#[obs::traced]
fn inside() {}

#[obs::traced]
async fn place_order(wire: &mut Vec<u8>) {
    let mut event = OrderPlaced { context: obs::Propagated::default(), id: 7 };
    publish(&mut event, wire).await;
}

#[test]
fn the_consumer_s_parent_is_the_producer_span() {
    capture(|t| {
        let mut wire = Vec::new();
        block_on(place_order(&mut wire));
        let event: OrderPlaced = serde_json::from_slice(&wire).unwrap();
        assert_eq!(block_on(on_order_placed(event)), 7);
        expect![[r#"
            place_order ok
            `- publish (producer) ok messaging.destination.name=orders.placed messaging.operation.name=send messaging.operation.type=send
               `- on_order_placed (consumer) ok messaging.destination.name=orders.placed messaging.operation.name=process messaging.operation.type=process
                  `- inside ok
        "#]]
        .assert_eq(&t.tree());
        let consumer = t.spans().into_iter().find(|s| s.name == "on_order_placed").unwrap();
        assert!(consumer.parent_is_remote);
    });
}

#[test]
fn a_message_without_or_with_a_broken_context_starts_a_trace() {
    capture(|t| {
        for wire in
            [r#"{"id":1}"#, r#"{"id":2,"context":null}"#, r#"{"id":3,"context":{"traceparent":"00-broken"}}"#]
        {
            let event: OrderPlaced = serde_json::from_str(wire).unwrap();
            block_on(on_order_placed(event));
        }
        let roots = t.spans().iter().filter(|s| s.name == "on_order_placed" && s.parent.is_none()).count();
        assert_eq!(roots, 3);
    });
}

#[obs::traced(producer, envelope = message, destination = "jobs")]
fn send(mut message: Message<u8>) -> HashMap<String, String> {
    message.headers.insert("x-own".into(), "kept".into());
    message.headers
}

#[obs::traced(consumer, envelope = message, destination = "jobs")]
fn receive(message: &Message<u8>) -> usize {
    message.headers.len()
}

#[test]
fn headers_carry_a_context_beside_what_else_they_hold() {
    capture(|t| {
        let headers = send(Message { headers: HashMap::new(), _payload: 1 });
        assert_eq!(headers["x-own"], "kept");
        receive(&Message { headers, _payload: 1 });
        let spans = t.spans();
        assert_eq!(spans[1].parent, Some(spans[0].context.span_id));
        assert_eq!(spans[1].context.trace_id, spans[0].context.trace_id);
    });
}

#[test]
fn a_tracestate_and_an_unsampled_decision_travel_on() {
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
    let receive_with = |flags: &str| {
        let traceparent = format!("{PARENT}-{flags}");
        let headers =
            HashMap::from([("Traceparent".into(), traceparent), ("tracestate".into(), "vendor=1".into())]);
        receive_and_forward(&Message { headers, _payload: 1 })
    };
    capture(|t| {
        let forwarded = receive_with("01");
        assert_eq!(forwarded["tracestate"], "vendor=1");
        assert!(forwarded["traceparent"].starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
        assert_eq!(t.spans().len(), 1);
        assert!(receive_with("00")["traceparent"].ends_with("-00"));
        assert_eq!(t.spans().len(), 1, "a trace that its caller does not record is not recorded");
    });
}

#[obs::traced(consumer, envelope = message, destination = "jobs")]
fn receive_and_forward(message: &Message<u8>) -> HashMap<String, String> {
    let _ = message;
    let mut headers = HashMap::new();
    obs::inject(&mut headers);
    headers
}

#[test]
fn nothing_is_injected_outside_every_span() {
    let mut headers = HashMap::new();
    obs::inject(&mut headers);
    assert!(headers.is_empty() && obs::current().is_none());
}

#[test]
fn code_by_hand_continues_from_headers() {
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = HashMap::from([("traceparent".to_owned(), PARENT.to_owned())]);
    let context = obs::extract(&headers);
    capture(|t| {
        obs::continue_from(&context, inside);
        obs::continue_from(&context, || {
            inside();
            inside(); // the first one only
        });
        let span = obs::continue_from(&context, || tracing::info_span!("by hand"));
        span.in_scope(|| block_on(place_order(&mut Vec::new())));
        drop(span);
        obs::continue_from(&obs::Propagated::default(), inside);
        let spans = t.spans();
        let ours = |name: &str| spans.iter().filter(|s| s.name == name && s.parent_is_remote).count();
        assert_eq!((ours("inside"), ours("by hand")), (2, 1));
        let of_trace =
            spans.iter().filter(|s| s.context.trace_id.get() == 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(of_trace.count(), 5, "two by hand, the span, and the two below it");
        assert_eq!(spans.iter().filter(|s| s.parent.is_none()).count(), 2);
    });
}

#[test]
fn a_message_of_any_type_is_stamped() {
    #[obs::traced(producer, envelope = event)]
    fn send<E: obs::Envelope + ?Sized>(event: &mut E) -> obs::Propagated {
        event.context()
    }
    capture(|_| {
        let mut event = OrderPlaced { context: obs::Propagated::default(), id: 7 };
        let event: &mut dyn obs::Envelope = &mut event;
        assert!(send(event).span_context().is_some());
    });
}
