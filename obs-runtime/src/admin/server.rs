//! Connections, each with its limits.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{Desk, Door, Limits};

/// A request head beyond this is refused; there is no reason for a longer one.
const HEAD_BYTES: usize = 16 * 1024;

/// What a client gets that is one too many.
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 21\r\n\r\ntoo many connections\n";

/// Accepts for ever. Dropped, it ends every connection.
pub(super) async fn serve(listener: TcpListener, desk: Arc<Desk>, door: Door, limits: Limits) {
    let door = Arc::new(door);
    let mut connections = JoinSet::new();
    loop {
        let accepted = listener.accept().await;
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) if connections.len() < limits.connections => {
                connections.spawn(connection(stream, (Arc::clone(&desk), Arc::clone(&door)), limits));
            }
            Ok((stream, _)) => {
                let _lost = stream.try_write(BUSY);
            }
            // Out of file descriptors, most likely: the next try may fail as fast.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn connection(stream: TcpStream, (desk, door): (Arc<Desk>, Arc<Door>), limits: Limits) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (desk, door) = (Arc::clone(&desk), Arc::clone(&door));
        async move {
            let answer = desk.answer(request.method(), request.uri(), request.headers(), &door);
            Ok::<_, Infallible>(answer.await)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    if timeout(limits.connection, connection.as_mut()).await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _either = timeout(limits.connection, connection).await;
    }
}
