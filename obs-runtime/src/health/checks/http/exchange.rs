//! One request on a connection of its own, and its answer.

use std::net::SocketAddr;
use std::time::Duration;

use ::http::header::LOCATION;
use ::http::{HeaderMap, Request, Response, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::secured::Secured;
use super::url::Url;

/// The most bytes of a body that are read.
const MOST_BODY: usize = 64 * 1024;

/// The most bytes of an answer's head.
const MOST_HEAD: usize = 64 * 1024;

/// A request that is made again and again.
pub(super) struct Exchange {
    pub(super) url: Url,
    headers: HeaderMap,
    secured: Secured,
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// The host that a redirect leads to.
    pub(super) redirect: Option<String>,
    /// As much of it as was read.
    pub(super) body: Vec<u8>,
    /// Whether there is more.
    pub(super) is_cut: bool,
    pub(super) address: SocketAddr,
}

/// Until when, and how long that is.
#[derive(Clone, Copy)]
struct Until(Instant, Duration);

impl Exchange {
    pub(super) fn new(url: Url, headers: HeaderMap, secured: Secured) -> Self {
        Exchange { url, headers, secured }
    }

    /// Connects, asks, and reads the answer, or says what failed. May be dropped at any point, which ends the connection.
    pub(super) async fn run(&self, deadline: Instant, limit: Duration) -> Result<Answer, String> {
        let until = Until(deadline, limit);
        let dialed = self.url.place.dial(deadline, limit).await?;
        #[cfg(feature = "tls")]
        if let Some(secured) = &self.secured {
            let late = |_| format!("{} did not finish the TLS handshake within {limit:?}", self.url.shown);
            let stream = timeout_at(deadline, secured.shake_hands(dialed.stream)).await.map_err(late)?;
            let stream =
                stream.map_err(|why| format!("no secure connection to {}: {why}", self.url.place))?;
            return self.ask(stream, dialed.address, until).await;
        }
        self.ask(dialed.stream, dialed.address, until).await
    }

    async fn ask<S>(&self, stream: S, address: SocketAddr, until: Until) -> Result<Answer, String>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let Until(deadline, limit) = until;
        let broken = |error: hyper::Error| self.broken(&error);
        let handshake = http1::Builder::new().max_buf_size(MOST_HEAD).handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(broken)?;
        let mut driver = JoinSet::new(); // ends with this
        driver.spawn(async move {
            let _seen_by_the_sender = connection.await;
        });
        let answered = timeout_at(deadline, sender.send_request(self.request())).await;
        let late = |_| format!("{} did not answer within {limit:?}", self.url.shown);
        let response = answered.map_err(late)?.map_err(broken)?;
        let (status, redirect) = (response.status(), self.redirect(&response));
        let late =
            |_| format!("{} answered {status}, and no more of it came within {limit:?}", self.url.shown);
        let read = timeout_at(deadline, read(response.into_body())).await;
        let (body, is_cut) = read
            .map_err(late)?
            .map_err(|error| format!("{} answered {status}, and broke off: {error}", self.url.shown))?;
        Ok(Answer { status, redirect, body, is_cut, address })
    }

    fn request(&self) -> Request<Empty<Bytes>> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = self.url.target.clone();
        request.headers_mut().clone_from(&self.headers);
        request
    }

    /// Says what ended the connection before there was an answer.
    fn broken(&self, error: &hyper::Error) -> String {
        let shown = &self.url.shown;
        if error.is_parse() {
            let hint = if self.secured.is_some() { "" } else { "; where it speaks TLS, write `https`" };
            return format!("{shown} answered in what is no HTTP/1.1 ({error}){hint}");
        }
        if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
            return format!("{shown} closed the connection and did not answer");
        }
        format!("the connection to {shown} broke: {error}")
    }

    /// Returns where a redirect leads: its host, as all else may hold secrets.
    fn redirect(&self, response: &Response<Incoming>) -> Option<String> {
        let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection())?;
        let location = location.to_str().ok().and_then(|location| location.parse::<Uri>().ok());
        let host = location.as_ref().and_then(|location| location.host());
        Some(host.map_or_else(|| "the same host".to_owned(), |host| format!("`{host}`")))
    }
}

/// Reads a body as far as is allowed; true where there is more.
async fn read(mut body: Incoming) -> Result<(Vec<u8>, bool), hyper::Error> {
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        let room = MOST_BODY.saturating_sub(read.len());
        read.extend(data.iter().take(room));
        if data.len() > room {
            return Ok((read, true));
        }
    }
    Ok((read, false))
}
