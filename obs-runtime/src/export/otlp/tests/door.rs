//! How connections to a test's server begin: as they are, or by TLS.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(feature = "tls")]
use tokio_rustls::TlsAcceptor;

pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

#[derive(Clone)]
pub(in crate::export) enum Door {
    Open,
    #[cfg(feature = "tls")]
    Secure(TlsAcceptor),
}

impl Door {
    /// Lets a connection in; what cannot shake hands stays out.
    pub(super) async fn enter(&self, stream: TcpStream) -> io::Result<Box<dyn Io>> {
        match self {
            Door::Open => Ok(Box::new(stream)),
            #[cfg(feature = "tls")]
            Door::Secure(acceptor) => Ok(Box::new(acceptor.accept(stream).await?)),
        }
    }
}
