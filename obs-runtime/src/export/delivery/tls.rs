//! Connections to collectors that are secured, and what may be wrong with them, in words.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, AlertDescription, CertificateError, ClientConfig};

use super::connector::{TlsFiles, Version};
use super::target::EndpointError;
use crate::tls::{TlsError, client, is_other_key, pem};

pub(super) const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
pub(super) const CLIENT_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
pub(super) const CLIENT_KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";

/// What secures the connections to one host.
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
    version: Version,
    /// Whether we show a certificate.
    identified: bool,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Tls {
    /// Makes it of the files, which are read here, or says what is wrong with one of them.
    pub(super) fn new(host: &str, files: &TlsFiles, version: Version) -> Result<Self, EndpointError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| EndpointError::NoUrl)?;
        let mut config = config(files).map_err(EndpointError::Files)?;
        config.alpn_protocols = vec![protocol(version).to_vec()];
        let identified = files.client_certificate.is_some();
        Ok(Tls { connector: TlsConnector::from(Arc::new(config)), name, version, identified })
    }

    /// Shakes hands, or says why that did not work. May be dropped at any point.
    pub(super) async fn secure(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        let stream = self.connector.connect(self.name.clone(), stream).await.map_err(|e| explain(&e))?;
        let (_, session) = stream.get_ref();
        // HTTP/1.1 may go without (RFC 9112); HTTP/2 must not (RFC 9113, section 3.2).
        if self.version != Version::Http1 && session.alpn_protocol() != Some(protocol(self.version)) {
            return Err("it speaks no HTTP/2 by TLS (ALPN `h2`), which gRPC needs".to_owned());
        }
        Ok(stream)
    }

    /// Returns what may be behind a connection that broke before it ever answered: by TLS 1.3 that is how a certificate
    /// of ours is refused, or missed, and what was said of it may be lost.
    pub(super) fn guess(&self) -> &'static str {
        if self.identified {
            "; it may not accept our certificate: name another by `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`"
        } else {
            "; it may want a certificate of ours: name one by `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`"
        }
    }
}

fn protocol(version: Version) -> &'static [u8] {
    match version {
        Version::Http1 => b"http/1.1",
        #[cfg(feature = "grpc")]
        Version::Http2 => b"h2",
    }
}

fn config(files: &TlsFiles) -> Result<ClientConfig, TlsError> {
    let config = client::trusting(CERTIFICATE, files.certificate.as_deref())?;
    match (&files.client_certificate, &files.client_key) {
        (Some(certificate), Some(key)) => {
            let chain = pem::certificates(CLIENT_CERTIFICATE, certificate)?;
            config.with_client_auth_cert(chain, pem::key(CLIENT_KEY, key)?).map_err(|error| unfit(&error))
        }
        (Some(_), None) => Err(alone(CLIENT_CERTIFICATE, CLIENT_KEY)),
        (None, Some(_)) => Err(alone(CLIENT_KEY, CLIENT_CERTIFICATE)),
        (None, None) => Ok(config.with_no_client_auth()),
    }
}

fn unfit(error: &rustls::Error) -> TlsError {
    let what = match error {
        error if is_other_key(error) => "it is not the key of the client's certificate".to_owned(),
        other => format!("it cannot be used: {other}"),
    };
    let problem = format!("{what}; name the key that belongs to `{CLIENT_CERTIFICATE}`");
    TlsError { option: Some(CLIENT_KEY), problem }
}

fn alone(option: &'static str, other: &str) -> TlsError {
    let problem = format!("it is of use only with its counterpart; write `{other}`, too");
    TlsError { option: Some(option), problem }
}

/// Says why there is no handshake.
fn explain(error: &io::Error) -> String {
    use rustls::Error::{AlertReceived, InvalidCertificate, InvalidMessage};

    let inner = error.get_ref().and_then(|e| (e as &(dyn Error + 'static)).downcast_ref());
    match inner {
        // A bad signature is mostly an authority's of the same name, as one that was made anew.
        Some(InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
            format!(
                "nobody who is trusted issued its certificate; name its authority by `{CERTIFICATE}` or `SSL_CERT_FILE`"
            )
        }
        Some(InvalidMessage(_)) => "it does not speak TLS there; write `http` where that is meant".to_owned(),
        Some(AlertReceived(alert)) if is_about_us(*alert) => {
            format!("it does not accept our certificate ({alert:?}); set `{CLIENT_CERTIFICATE}`")
        }
        _ if error.kind() == io::ErrorKind::UnexpectedEof => {
            "it closed the connection instead of TLS".to_owned()
        }
        _ => format!("TLS: {error}"),
    }
}

fn is_about_us(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
    )
}
