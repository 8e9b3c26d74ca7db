//! Connections, each with its limits.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

#[cfg(feature = "grpc")]
use super::grpc;
use super::{Desk, Door, Limits};

/// A request head beyond this is refused; there is no reason for a longer one.
const HEAD_BYTES: usize = 16 * 1024;

/// What a client gets that is one too many.
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 21\r\n\r\ntoo many connections\n";

/// Who answers what comes on a connection.
#[derive(Clone)]
pub(super) struct Answers {
    pub(super) desk: Arc<Desk>,
    pub(super) door: Arc<Door>,
    /// `None` where HTTP/1 alone is spoken.
    #[cfg(feature = "grpc")]
    pub(super) http2: Option<Arc<grpc::Connections>>,
}

/// Accepts for ever. Dropped, it ends every connection.
pub(super) async fn serve(listener: TcpListener, answers: Answers, limits: Limits) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let accepted = listener.accept().await;
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => drop(connections.spawn(connection(stream, answers.clone(), place, limits))),
                Err(_) => drop(stream.try_write(BUSY)),
            },
            // Out of file descriptors, most likely: the next try may fail as fast.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Serves a connection in the version that its first bytes tell. The place is given back at the end; that of a connection of
/// HTTP/2 before it, with the first watch.
async fn connection(stream: TcpStream, answers: Answers, place: OwnedSemaphorePermit, limits: Limits) {
    #[cfg(feature = "grpc")]
    if let Some(http2) = &answers.http2 {
        match timeout(limits.head, grpc::version(stream)).await {
            Ok(Ok((grpc::Version::Http2, stream))) => {
                grpc::serve(stream, http2, Box::new(place), limits).await
            }
            Ok(Ok((grpc::Version::Http1, stream))) => http1(stream, answers, place, limits).await,
            Ok(Err(_)) | Err(_) => {}
        }
        return;
    }
    http1(stream, answers, place, limits).await;
}

async fn http1<S>(stream: S, answers: Answers, _place: OwnedSemaphorePermit, limits: Limits)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let (desk, door) = (Arc::clone(&answers.desk), Arc::clone(&answers.door));
        async move {
            let answer = desk.answer(request.method(), request.uri(), request.headers(), &door);
            Ok::<_, Infallible>(answer.await)
        }
    });
    let connection = conn::http1::Builder::new()
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
