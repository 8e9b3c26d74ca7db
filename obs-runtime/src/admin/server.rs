//! Connections, each with its limits.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinSet, yield_now};
use tokio::time::{sleep, timeout};

use super::activity::Activity;
#[cfg(feature = "grpc")]
use super::grpc;
use super::places::Places;
use super::watched::{Answering, Sees, Watched};
use super::{Desk, Door, Limits, Secured};

/// A request head beyond this is refused; there is no reason for a longer one.
const HEAD_BYTES: usize = 16 * 1024;

/// What a client gets that is one too many.
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 21\r\n\r\ntoo many connections\n";

/// Clients that are turned away at the same time in a way that lets them read why; others are just turned away.
const FAREWELLS: usize = 4;

/// What is written before it is sent. A client that reads slowly is seen to read by that; with the system's own buffers, which
/// are megabytes, it would seem to take nothing for seconds.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT_BYTES: u32 = 16 * 1024;

/// What all connections share.
pub(super) struct Shared {
    pub(super) desk: Arc<Desk>,
    pub(super) door: Door,
    /// What secures connections; `None` for plain ones.
    pub(super) secured: Option<Secured>,
    /// Who serves connections of HTTP/2; `None` where HTTP/1 alone is spoken.
    #[cfg(feature = "grpc")]
    pub(super) http2: Option<grpc::Http2>,
    pub(super) limits: Limits,
}

/// Accepts for ever. Dropped, it ends every connection.
///
/// Where all places are taken, who comes gets one by the rules of [`Places`], so that those who say nothing, or ask and take
/// nothing, do not keep a probe out.
pub(super) async fn serve(listener: TcpListener, shared: Shared) {
    let shared = Arc::new(shared);
    let (mut connections, mut farewells) = (JoinSet::new(), JoinSet::new());
    let mut places = Places::new(shared.limits.connections);
    loop {
        let accepted = listener.accept().await;
        while connections.try_join_next().is_some() {}
        while farewells.try_join_next().is_some() {}
        let has_room = accepted.is_ok() && places.make_room().await;
        match accepted {
            Ok((stream, _)) if has_room => {
                let activity = Activity::new();
                let task = connections.spawn(connection(stream, Arc::clone(&shared), Arc::clone(&activity)));
                places.take(activity, task);
            }
            // Who expects TLS cannot be told anything else.
            Ok(_) if shared.secured.is_some() => {}
            Ok((stream, _)) if farewells.len() < FAREWELLS => {
                farewells.spawn(timeout(Duration::from_secs(1), turn_away(stream)));
            }
            Ok((stream, _)) => {
                let _lost = stream.try_write(BUSY);
            }
            // Out of file descriptors, most likely: the next try may fail as fast.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
        // Whose request is here already begins to be answered before its place can go to the next.
        yield_now().await;
    }
}

/// Says why, and waits until that is read: a connection that is closed with unread bytes is reset, and the answer with it.
async fn turn_away(mut stream: TcpStream) -> io::Result<()> {
    let _all_of_it = stream.try_write(BUSY)?;
    poll_fn(|context| Pin::new(&mut stream).poll_shutdown(context)).await?;
    loop {
        stream.readable().await?;
        match stream.try_read(&mut [0; 1024]) {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
    }
}

/// Serves a client for as long as it keeps to the limits.
async fn connection(stream: TcpStream, shared: Arc<Shared>, activity: Arc<Activity>) {
    let _slower_without = stream.set_nodelay(true);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _coarser_without = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES);
    let limits = shared.limits;
    tokio::select! {
        () = activity.overdue(&limits) => {}
        () = secured(stream, &shared, &activity) => {}
    }
}

#[cfg(feature = "tls")]
async fn secured(stream: TcpStream, shared: &Arc<Shared>, activity: &Arc<Activity>) {
    let Some(secured) = &shared.secured else {
        return plain(stream, shared, activity).await;
    };
    let stream = Watched::new(stream, Arc::clone(activity), Sees::Writes);
    if let Ok(stream) = secured.accept(stream).await {
        requests(Watched::new(stream, Arc::clone(activity), Sees::Flushes), shared, activity).await;
    }
}

#[cfg(not(feature = "tls"))]
async fn secured(stream: TcpStream, shared: &Arc<Shared>, activity: &Arc<Activity>) {
    plain(stream, shared, activity).await;
}

async fn plain(stream: TcpStream, shared: &Arc<Shared>, activity: &Arc<Activity>) {
    requests(Watched::new(stream, Arc::clone(activity), Sees::All), shared, activity).await;
}

/// Answers in the version that the first bytes tell.
#[cfg(feature = "grpc")]
async fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    shared: &Arc<Shared>,
    activity: &Arc<Activity>,
) {
    let Some(http2) = &shared.http2 else { return http1(stream, shared, activity).await };
    match grpc::version(stream).await {
        Ok((grpc::Version::Http2, stream)) => http2.serve(stream, shared, activity).await,
        Ok((grpc::Version::Http1, stream)) => http1(stream, shared, activity).await,
        Err(_) => {}
    }
}

#[cfg(not(feature = "grpc"))]
use http1 as requests;

/// Answers one request after the other.
async fn http1(stream: impl AsyncRead + AsyncWrite + Unpin, shared: &Arc<Shared>, activity: &Arc<Activity>) {
    let service = service_fn(|request: Request<Incoming>| async move {
        let begun = activity.begin();
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        let answer = shared.desk.answer(method, uri, headers, &shared.door).await;
        Ok::<_, Infallible>(answer.map(|body| Answering::new(body, begun)))
    });
    let connection = conn::http1::Builder::new()
        .header_read_timeout(None) // `Activity::overdue` knows of handshakes, too
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let limit = shared.limits.connection;
    tokio::select! {
        _ended = connection.as_mut() => return,
        () = activity.leaves() => {}
        () = sleep(limit) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _either = timeout(limit, connection).await;
}
