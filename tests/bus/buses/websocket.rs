//! WebSocket: messages in JSON, each with its context inside, both ways.

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use obs::testing::Telemetry;
use obs_bus_tests::Spans;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::soon;

/// What is in a frame.
#[derive(obs::Envelope, Serialize, Deserialize)]
struct Frame<T> {
    #[envelope(context)]
    #[serde(default)]
    context: obs::Propagated,
    body: T,
}

impl<T> Frame<T> {
    fn new(body: T) -> Self {
        Frame { context: obs::Propagated::default(), body }
    }
}

#[obs::traced(producer, envelope = frame, system = "websocket")]
async fn send<T: Serialize>(socket: &mut (impl Sink<Message, Error = Error> + Unpin), mut frame: Frame<T>) {
    socket.send(Message::text(serde_json::to_string(&frame).unwrap())).await.unwrap();
}

async fn receive<T: for<'de> Deserialize<'de>>(
    socket: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
) -> Frame<T> {
    let message = soon("a frame", socket.next()).await.unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

/// The server's part: answers inside of the span of what it was asked.
#[obs::traced(consumer, envelope = order, system = "websocket")]
async fn build(socket: &mut (impl Sink<Message, Error = Error> + Unpin), order: Frame<String>) {
    send(socket, Frame::new(order.body.len())).await;
}

/// The client's part.
#[obs::traced(consumer, envelope = built, system = "websocket")]
async fn take(built: Frame<usize>) -> usize {
    built.body
}

#[obs::test]
async fn a_trace_goes_to_the_server_and_back_in_the_frames(t: &Telemetry) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let server = obs::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        for _ in 0..2 {
            let order = receive(&mut socket).await;
            build(&mut socket, order).await;
        }
    });
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    for item in ["book", "atlas"] {
        send(&mut socket, Frame::new(item.to_owned())).await;
        let built = receive(&mut socket).await;
        assert_eq!(take(built).await, item.len());
    }
    server.await.unwrap();

    let spans = Spans::of(t);
    let sent: Vec<_> = spans.named("send").collect();
    let (asked, answered): (Vec<_>, Vec<_>) = sent.into_iter().partition(|span| span.parent.is_none());
    let (built, taken): (Vec<_>, Vec<_>) = (spans.named("build").collect(), spans.named("take").collect());
    assert_eq!((asked.len(), answered.len(), built.len(), taken.len()), (2, 2, 2, 2));
    for turn in 0..2 {
        Spans::assert_received(built[turn], asked[turn]);
        assert_eq!(answered[turn].parent, Some(built[turn].context.span_id));
        Spans::assert_received(taken[turn], answered[turn]);
    }
    assert_ne!(asked[0].context.trace_id, asked[1].context.trace_id, "a connection is no trace");
}
