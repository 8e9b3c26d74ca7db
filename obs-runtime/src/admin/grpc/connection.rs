//! A connection of HTTP/2 to the admin server: calls of gRPC, and every other route; and what it may cost.
//!
//! Watches last for days. They must not take places from probes: a connection on which one begins gives its place back, and
//! has one of those for watching. Without a watch it lives as long as one of HTTP/1.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, Request, Response};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::body::{Body, Held};
use super::call::is_call;
use super::sending::{Asking, Sent, Stream};
use super::status::Code;
use super::{Bounded, Calls, Places};
use crate::admin::activity::Activity;
use crate::admin::server::Shared;
use crate::admin::{Limits, Streamed};

/// The fields of a request head beyond this are refused, as with HTTP/1.
const HEAD_BYTES: u32 = 16 * 1024;

/// Requests at once on one connection.
pub(super) const STREAMS: u32 = 32;

/// Connections with watches, beside those that every client may have.
pub(super) const WATCHING: usize = 16;

/// What is taken of request bodies that nobody reads, of one and of all; of the second there is no less (RFC 9113,
/// section 6.9.2).
const STREAM_WINDOW: u32 = 16 * 1024;
const CONNECTION_WINDOW: u32 = 64 * 1024;

/// Watches over all connections.
pub(super) const WATCHES: usize = 128;

/// How often a client is asked whether it is there, and how long it has to say so: a watch is silent for days.
const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(10);

/// What is written of an answer before the client takes it.
const SEND_BYTES: usize = 64 * 1024;

/// What connections of HTTP/2 share.
#[derive(Clone)]
pub(in crate::admin) struct Http2 {
    calls: Calls,
    watching: Bounded,
    watches: Bounded,
}

impl Http2 {
    pub(in crate::admin) fn new(calls: Calls) -> Self {
        Http2 { calls, watching: Bounded::new(WATCHING), watches: Bounded::new(WATCHES) }
    }

    /// Serves a connection until it ends.
    pub(in crate::admin) async fn serve<S>(&self, stream: S, shared: &Arc<Shared>, activity: &Arc<Activity>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        activity.idle();
        let usage = Arc::new(Usage {
            open: watch::Sender::default(),
            activity: Arc::clone(activity),
            place: Mutex::new(None),
        });
        let mut open = usage.open.subscribe();
        let service = service_fn(|request: Request<Incoming>| {
            let tenant =
                Tenant { shared: Arc::clone(shared), http2: self.clone(), usage: Arc::clone(&usage) };
            let counted = Counted::new(&usage, |open| &mut open.streams);
            let stream = Arc::new(Stream { answer: activity.begin_stream(), _counted: counted });
            async move {
                let is_head = request.method() == Method::HEAD;
                let response =
                    tenant.answer(request.map(|body| Asking::new(body, Arc::clone(&stream)))).await;
                Ok::<_, Infallible>(response.map(|body| Sent::new((!is_head).then_some(body), stream)))
            }
        });
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEAD_BYTES)
            .max_send_buf_size(SEND_BYTES)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PONG)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let patience = tokio::select! {
            _ended = connection.as_mut() => return,
            patience = useless(&mut open, shared.limits) => patience,
            () = activity.leaves() => shared.limits.connection,
        };
        connection.as_mut().graceful_shutdown();
        let _either = timeout(patience, connection).await;
    }
}

/// Waits until a connection is to take no further request: nothing is asked on it, or it has lived long enough. Returns how
/// long it may take for its end.
async fn useless(open: &mut watch::Receiver<Open>, limits: Limits) -> Duration {
    let mut old = Instant::now() + limits.connection;
    loop {
        let now = *open.borrow_and_update();
        if now.watches > 0 {
            let _sender_lives = open.changed().await;
            old = Instant::now() + limits.connection;
            continue;
        }
        let idle = if now.streams == 0 { Instant::now() + limits.head } else { old };
        tokio::select! {
            _sender_lives = open.changed() => {}
            () = sleep_until(idle.min(old)) => {
                return if now.streams == 0 { limits.head } else { limits.connection };
            }
        }
    }
}

/// What is open on a connection.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    streams: usize,
    /// Those of them that watch.
    watches: usize,
}

/// What a connection uses.
struct Usage {
    open: watch::Sender<Open>,
    /// Where it is known whether it has one of the places that every client may have.
    activity: Arc<Activity>,
    /// A place for watching, from the first watch on.
    place: Mutex<Option<Held>>,
}

impl Usage {
    fn place(&self) -> MutexGuard<'_, Option<Held>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Open)) {
        self.open.send_modify(change);
    }
}

/// Something open, for as long as it is.
pub(super) struct Counted {
    usage: Arc<Usage>,
    what: fn(&mut Open) -> &mut usize,
}

impl Counted {
    fn new(usage: &Arc<Usage>, what: fn(&mut Open) -> &mut usize) -> Self {
        usage.change(|open| *what(open) += 1);
        Counted { usage: Arc::clone(usage), what }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.usage.change(|open| *(self.what)(open) -= 1);
    }
}

/// A connection that asks.
struct Tenant {
    shared: Arc<Shared>,
    http2: Http2,
    usage: Arc<Usage>,
}

impl Tenant {
    async fn answer(&self, request: Request<Asking>) -> Response<Either<Body, Streamed>> {
        let (Shared { desk, door, .. }, uri, headers) = (&*self.shared, request.uri(), request.headers());
        if !is_call(&request) {
            return desk.answer(request.method(), uri, headers, door).await.map(Either::Right);
        }
        let answer = match door.knows(uri, headers) {
            true => self.http2.calls.answer(request, self).await,
            false => Code::PermissionDenied.because("this server answers under loopback names only").alone(),
        };
        answer.map(Either::Left)
    }
}

impl Places for Tenant {
    fn take(&self) -> Option<Held> {
        let watch = self.http2.watches.take()?;
        let mut place = self.usage.place();
        if place.is_none() {
            *place = Some(self.http2.watching.take()?);
            self.usage.activity.watch();
        }
        drop(place);
        Some(Box::new((Counted::new(&self.usage, |open| &mut open.watches), watch)))
    }
}
