//! Connections to one place: TCP, with TLS where the URL asks for it.

use std::error::Error;
use std::path::PathBuf;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::target::{EndpointError, Target};
#[cfg(feature = "tls")]
use super::tls::Tls;

/// What both kinds of connections are.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connection, secured or not.
pub(super) type Stream = TokioIo<Box<dyn Io>>;

/// Which HTTP a connection is for; with TLS both sides agree on it (ALPN, RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::export) enum Version {
    Http1,
    #[cfg(feature = "grpc")]
    Http2,
}

/// Makes connections to one place.
#[derive(Debug)]
pub(in crate::export) struct Connector {
    host: String,
    port: u16,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

impl Connector {
    /// Makes one. Reads the files of `tls`, and where they name no authority those of the system, where the target is
    /// secured; blocks for that.
    #[cfg_attr(not(feature = "tls"), allow(unused_variables))]
    pub(in crate::export) fn new(
        target: &Target,
        files: &TlsFiles,
        version: Version,
    ) -> Result<Self, EndpointError> {
        Ok(Connector {
            host: target.host.clone(),
            port: target.port,
            #[cfg(feature = "tls")]
            tls: target.tls.then(|| Tls::new(&target.host, files, version)).transpose()?,
        })
    }

    /// Connects, or says why not. May be dropped at any point.
    pub(super) async fn connect(&self) -> Result<Stream, String> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(|e| e.to_string())?;
        let _slower_without = stream.set_nodelay(true);
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return Ok(TokioIo::new(Box::new(tls.secure(stream).await?)));
        }
        Ok(TokioIo::new(Box::new(stream)))
    }

    /// Returns what may be behind a connection that broke before it ever answered.
    pub(super) fn guess(&self) -> &'static str {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return tls.guess();
        }
        ""
    }

    /// Tells whether connections are secured.
    pub(super) fn is_secure(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }
}

/// The files of connections with TLS, PEM each. They are read once, by `init()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The certificates that are trusted, in the place of the system's.
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) client_certificate: Option<PathBuf>,
    pub(crate) client_key: Option<PathBuf>,
}

/// Returns what an error says, and what the errors behind it say that it does not.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = error.source();
    }
    text
}
