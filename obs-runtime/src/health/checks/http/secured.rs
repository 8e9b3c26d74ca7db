//! What secures the connections of a URL that wants it.

#[cfg(feature = "tls")]
use std::error::Error;
#[cfg(feature = "tls")]
use std::io;
use std::path::Path;

#[cfg(feature = "tls")]
use tokio::net::TcpStream;
#[cfg(feature = "tls")]
use tokio_rustls::client::TlsStream;
#[cfg(feature = "tls")]
use tokio_rustls::rustls::{CertificateError, Error as TlsFailure};

use super::url::Url;
#[cfg(feature = "tls")]
use crate::tls::client::Client;

/// TLS, where the URL wants it.
pub(super) type Secured = Option<Tls>;

/// TLS to one host; none without the feature.
#[cfg(feature = "tls")]
pub(super) struct Tls(Client);

#[cfg(not(feature = "tls"))]
pub(super) enum Tls {}

/// Makes what a URL wants, or says what is missing. Who is trusted is in the file, else as the system says; reads that, and
/// blocks for it.
pub(super) fn secured(url: &Url, certificate: Option<&Path>) -> Result<Secured, String> {
    if !url.is_secure {
        return match certificate {
            Some(_) => {
                Err("a certificate is of use for `https` only; write that, or leave it away".to_owned())
            }
            None => Ok(None),
        };
    }
    #[cfg(feature = "tls")]
    return match Client::new(url.place.host(), "Check::certificate", certificate) {
        Ok(client) => Ok(Some(Tls(client))),
        Err(error) => Err(error.to_string()),
    };
    #[cfg(not(feature = "tls"))]
    Err("`https` needs the feature `tls` of `obs`; write `features = [\"tls\"]` in `Cargo.toml`, or a URL that `http` \
         reaches"
        .to_owned())
}

#[cfg(feature = "tls")]
impl Tls {
    /// Shakes hands, or says why that did not work. May be dropped at any point.
    pub(super) async fn shake_hands(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        self.0.secure(stream).await.map_err(|error| explain(&error))
    }
}

#[cfg(feature = "tls")]
fn explain(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|e| (e as &(dyn Error + 'static)).downcast_ref());
    match inner {
        // A bad signature is mostly an authority's of the same name, as one that was made anew.
        Some(TlsFailure::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        )) => {
            "nobody who is trusted issued its certificate; name its authority by `.certificate(path)`, or by \
               `SSL_CERT_FILE`"
                .to_owned()
        }
        Some(TlsFailure::InvalidMessage(_)) => {
            "it does not speak TLS there; write `http` where that is meant".to_owned()
        }
        _ if error.kind() == io::ErrorKind::UnexpectedEof => "it closed the connection instead".to_owned(),
        _ => error.to_string(),
    }
}
