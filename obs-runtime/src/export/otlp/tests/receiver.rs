//! An OTLP/gRPC receiver on a real socket that answers what a test tells it, by frames of HTTP/2.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver as Arrivals, Sender, channel};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason as Code, RecvStream};
use http::{HeaderMap, HeaderName, Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::{Barrier, mpsc, oneshot};

use super::collector::Arrived;
use super::door::{Door, Io};

type Headers = Vec<(&'static str, String)>;

/// What a call is answered with.
#[derive(Clone)]
pub(super) enum Answer {
    /// A status and what else stands beside it, at once or behind a message.
    Status(u16, Headers),
    /// A body and its trailers, under these headers.
    Message(Headers, Vec<u8>, Headers),
    /// An answer of HTTP that is none of gRPC's.
    Http(u16, Headers, Vec<u8>),
    /// A good answer, once so many calls wait for theirs.
    Together(Arc<Barrier>),
    /// Headers and the first byte of a body, and nothing else.
    Drip,
    Hang,
    /// The call alone ends.
    Reset(Code),
    /// The connection ends, with all that is on it.
    GoAway(Code),
    /// A good answer, and then the connection takes no other call.
    Last,
    Close,
}

/// Frames a message.
pub(super) fn framed(compressed: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[compressed][..], &length, message].concat()
}

impl Answer {
    pub(super) fn status(code: u16) -> Self {
        Answer::Status(code, Vec::new())
    }

    /// A good status behind a message.
    pub(super) fn ok(message: &[u8]) -> Self {
        Answer::Message(Vec::new(), framed(0, message), vec![("grpc-status", "0".to_owned())])
    }

    /// What a receiver that does everything answers in a round: each of its faults, and then what is right.
    pub(super) fn of_everything(round: usize) -> Self {
        match round % 12 {
            0 => Answer::status(14),
            1 => Answer::Reset(Code::REFUSED_STREAM),
            2 => Answer::status(3),
            3 => Answer::ok(b"garbage"),
            4 => Answer::Hang,
            5 => Answer::GoAway(Code::INTERNAL_ERROR),
            6 => Answer::Http(503, Vec::new(), Vec::new()),
            7 => Answer::Close,
            8 => Answer::Last,
            9 => Answer::Drip,
            _ => Answer::ok(b""),
        }
    }
}

/// What a call has done to its connection.
enum Order {
    GoAway(Code),
    Last,
    Close,
}

/// Answers as scripted, then with an empty message. Ends when dropped.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    pub(super) arrived: Arrivals<Arrived>,
    _stop: oneshot::Sender<()>,
}

#[derive(Clone)]
struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    arrived: Sender<Arrived>,
}

impl Receiver {
    pub(super) fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        Receiver::behind(Door::Open, answers)
    }

    pub(super) fn behind(door: Door, answers: impl IntoIterator<Item = Answer>) -> Self {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, arrived) = channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let script = Script { answers: Arc::new(Mutex::new(answers.into_iter().collect())), arrived: sender };
        std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, door, script) => {}
                    _ = stopped => {}
                }
            });
        });
        Receiver { address, arrived, _stop: stop }
    }

    /// Returns the connections by which calls came, each call's.
    pub(super) fn connections(&self) -> Vec<usize> {
        self.arrived.try_iter().map(|arrived| arrived.connection).collect()
    }
}

async fn serve(listener: TcpListener, door: Door, script: Script) {
    for number in 0.. {
        let (stream, _) = listener.accept().await.unwrap();
        let (door, script) = (door.clone(), script.clone());
        tokio::spawn(async move {
            if let Ok(stream) = door.enter(stream).await {
                connection(stream, number, script).await;
            }
        });
    }
}

async fn connection(stream: Box<dyn Io>, number: usize, script: Script) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    let (orders, mut ordered) = mpsc::unbounded_channel();
    loop {
        tokio::select! {
            call = connection.accept() => match call {
                Some(Ok((request, respond))) => {
                    tokio::spawn(answer(request, respond, number, script.clone(), orders.clone()));
                }
                _ => return,
            },
            Some(order) = ordered.recv() => match order {
                Order::GoAway(code) => connection.abrupt_shutdown(code),
                Order::Last => connection.graceful_shutdown(),
                Order::Close => return,
            },
        }
    }
}

async fn answer(
    request: Request<RecvStream>,
    respond: SendResponse<Bytes>,
    connection: usize,
    script: Script,
    orders: mpsc::UnboundedSender<Order>,
) {
    let (head, mut stream) = request.into_parts();
    let mut body = Vec::new();
    while let Some(Ok(bytes)) = stream.data().await {
        let _closed = stream.flow_control().release_capacity(bytes.len());
        body.extend_from_slice(&bytes);
    }
    let reply = script.answers.lock().unwrap().pop_front().unwrap_or(Answer::ok(b""));
    let path = head.uri.to_string();
    let arrived = Arrived { method: head.method, headers: head.headers, path, connection, body: body.into() };
    let _test_has_ended = script.arrived.send(arrived);
    match reply {
        Answer::GoAway(code) => drop(orders.send(Order::GoAway(code))),
        Answer::Close => drop(orders.send(Order::Close)),
        Answer::Last => {
            let _closed = orders.send(Order::Last);
            say(Answer::ok(b""), respond).await;
        }
        other => say(other, respond).await,
    }
}

/// Writes an answer; the other side may be gone.
async fn say(answer: Answer, mut respond: SendResponse<Bytes>) {
    let head = |status: u16, headers: Headers| {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        *response.headers_mut() = map(headers);
        response
    };
    let grpc = |headers: Headers| {
        head(200, [vec![("content-type", "application/grpc".to_owned())], headers].concat())
    };
    match answer {
        Answer::Status(code, headers) => {
            let status = vec![("grpc-status", code.to_string())];
            let _gone = respond.send_response(grpc([status, headers].concat()), true);
        }
        Answer::Message(headers, body, trailers) => {
            if let Ok(mut stream) = respond.send_response(grpc(headers), false) {
                let _gone = stream.send_data(body.into(), false);
                let _gone = stream.send_trailers(map(trailers));
            }
        }
        Answer::Http(status, headers, body) => {
            if let Ok(mut stream) = respond.send_response(head(status, headers), false) {
                let _gone = stream.send_data(body.into(), true);
            }
        }
        Answer::Together(all) => {
            all.wait().await;
            Box::pin(say(Answer::ok(b""), respond)).await;
        }
        Answer::Drip => {
            if let Ok(mut stream) = respond.send_response(grpc(Vec::new()), false) {
                let _gone = stream.send_data(Bytes::from_static(&[0]), false);
                std::future::pending::<()>().await;
            }
        }
        Answer::Reset(code) => respond.send_reset(code),
        _ => std::future::pending().await,
    }
}

fn map(headers: Headers) -> HeaderMap {
    headers.into_iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
}
