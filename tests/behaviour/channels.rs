//! What goes through a channel, or into a frame, takes its context along.

use std::sync::mpsc;

use expect_test::expect;
use obs::testing::{Telemetry, capture, capture_async};
use obs::{Envelope as _, Framed, Propagated, Sent};
use serde::{Deserialize, Serialize};

#[obs::traced(fields(order))]
fn build(order: u64) {
    tracing::info!("building");
}

#[obs::traced(fields(order))]
async fn build_later(order: u64) -> u64 {
    tokio::task::yield_now().await;
    order
}

#[obs::traced]
fn place(orders: &mpsc::Sender<Sent<u64>>, order: u64) {
    orders.send(Sent::new(order)).unwrap();
}

#[test]
fn a_receiver_in_another_thread_works_below_the_sender() {
    capture(|t| {
        let (sender, receiver) = mpsc::channel::<Sent<u64>>();
        let worker = std::thread::spawn(move || {
            for order in receiver {
                order.in_scope(build);
                tracing::info_span!("nobody's").in_scope(|| {});
            }
        });
        place(&sender, 1);
        place(&sender, 2);
        drop(sender);
        worker.join().unwrap();
        expect![[r#"
            place ok
            `- build ok order=1
               * building level=INFO
            place ok
            `- build ok order=2
               * building level=INFO
        "#]]
        .assert_eq(&t.tree());
        assert_eq!(t.logs().len(), 2);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiving_task_works_below_the_sender() {
    capture_async(async |t: &Telemetry| {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let worker = tokio::spawn(async move {
            let mut built = Vec::new();
            while let Some(order) = receiver.recv().await {
                let order: Sent<u64> = order;
                built.push(order.scope(build_later).await);
            }
            built
        });
        for order in [1, 2] {
            let span = tracing::info_span!("place", order);
            let sent = span.in_scope(|| Sent::new(order).map(|order| order * 10));
            sender.send(sent).await.unwrap();
        }
        drop(sender);
        assert_eq!(worker.await.unwrap(), [10, 20]);
        expect![[r#"
            place order=1
            `- build_later ok order=10
            place order=2
            `- build_later ok order=20
        "#]]
        .assert_eq(&t.tree());
    })
    .await;
}

#[obs::test]
async fn a_future_is_made_where_it_will_run() {
    let span = tracing::info_span!("place");
    let sent = span.in_scope(|| Sent::new(()));
    let id = || obs::current().map(|context| context.span_id);
    let expected = span.in_scope(id);
    let (made, polled) = sent
        .scope(|()| {
            let made = id();
            async move { (made, id()) }
        })
        .await;
    assert!(expected.is_some());
    assert_eq!((made, polled), (expected, expected));
}

#[test]
fn a_service_goes_along_and_a_value_alone_leaves_all_behind() {
    capture(|t| {
        let sent = obs::service("channels-api").in_scope(|| {
            let span = tracing::info_span!("place");
            span.in_scope(|| [Sent::new(1), Sent::new(2)])
        });
        let [mut opened, alone] = sent;
        *opened.as_mut() += 2;
        assert_eq!(*opened.as_ref(), 3);
        opened.in_scope(build);
        build(alone.into_inner());
        let services: Vec<_> = t.spans().iter().map(|span| span.resource.service.to_string()).collect();
        assert_eq!(services.iter().filter(|service| *service == "channels-api").count(), 2);
        assert_eq!(t.spans().iter().filter(|span| span.parent.is_none()).count(), 2);
    });
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tick {
    id: u64,
}

#[obs::traced(client, envelope = frame)]
fn send(mut frame: Framed<Tick>) -> String {
    frame.to_text().unwrap()
}

#[obs::traced(server, envelope = frame)]
fn receive(frame: Framed<Tick>) -> u64 {
    frame.into_data().id
}

#[test]
fn a_frame_carries_the_trace_from_peer_to_peer() {
    capture(|t| {
        let text = send(Framed::new(Tick { id: 7 }));
        assert_eq!(receive(Framed::from_text(&text).unwrap()), 7);
        assert_eq!(t.tree(), "send (client) ok\n`- receive (server) ok\n");
        let by_hand = tracing::info_span!("by hand").in_scope(|| Framed::new(Tick { id: 8 }));
        assert!(by_hand.context().span_context().is_some());
    });
}

#[test]
fn a_frame_is_what_it_is_in_every_format_of_serde() {
    let frame = Framed::new(Tick { id: 7 });
    assert_eq!(frame.to_text().unwrap(), r#"{"context":{},"data":{"id":7}}"#);
    assert_eq!(serde_json::from_value::<Framed<Tick>>(serde_json::to_value(&frame).unwrap()).unwrap(), frame);
    assert_eq!(serde_json::from_str::<Framed<Tick>>(r#"[{},{"id":7}]"#).unwrap(), frame);
}

#[test]
fn a_frame_is_never_refused_for_its_context() {
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let read = |context: &str| {
        let text = format!(r#"{{{context} "more": [1], "data": {{"id": 7}}}}"#);
        let frame = Framed::<Tick>::from_text(&text).unwrap();
        assert_eq!(frame.data, Tick { id: 7 }, "{text}");
        frame.context
    };
    let deep = format!(r#""context": {}{},"#, "[".repeat(1000), "]".repeat(1000));
    let surrogate = r#""context": {"traceparent": "\ud800"},"#;
    for context in ["", r#""context": null,"#, r#""context": 7,"#, r#""context": {"traceparent": {}},"#] {
        assert_eq!(read(context), Propagated::default());
    }
    for context in [deep.as_str(), surrogate, r#""context": {"traceparent": "00-broken"},"#] {
        assert_eq!(read(context), Propagated::default());
    }
    let twice = format!(r#""context": {{"traceparent": "{PARENT}"}}, "context": {{}},"#);
    assert!(read(&twice).span_context().is_some());
    assert!(
        Framed::<Tick>::from_text(r#"{"id": 7}"#).unwrap().context.is_empty(),
        "from who knows of no frames"
    );
}

#[test]
fn what_holds_no_message_is_an_error_about_the_message() {
    let read = |text: &str| Framed::<Tick>::from_text(text).unwrap_err().to_string();
    assert!(read(r#"{"context": {}}"#).starts_with("missing field `data`"));
    assert!(read(r#"{"data": {"id": 1}, "data": {"id": 2}}"#).starts_with("duplicate field `data`"));
    assert!(read(r#"{"data": {"id": "x"}}"#).starts_with("invalid type: string"));
    assert!(read("tick").starts_with("expected ident"));
}
