//! Connections that we make.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls_native_certs::load_native_certs;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WantsClientCert;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ConfigBuilder, RootCertStore};

use super::{TlsError, pem, provider};

/// Begins a configuration that trusts the authorities of a file, or where there is none those of the system. `option` is
/// what names the file. Reads files and blocks for that; the system's are read once.
pub(crate) fn trusting(
    option: &'static str,
    file: Option<&Path>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsError> {
    let roots = match file {
        Some(path) => Arc::new(pem::authorities(option, path)?),
        None => system(option)?,
    };
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    Ok(builder.map_err(|error| TlsError::unusable(&error))?.with_root_certificates(roots))
}

/// What secures HTTP/1.1 connections to one host.
pub(crate) struct Client {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Client {
    /// Makes it for a host, a name or an address without brackets; who is trusted is as [`trusting`] says. Blocks as that does.
    pub(crate) fn new(host: &str, option: &'static str, file: Option<&Path>) -> Result<Self, TlsError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            let problem = format!("`{}` is no host; write a name or an address", host.escape_debug());
            TlsError { option: None, problem }
        })?;
        let mut config = trusting(option, file)?.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Client { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// Shakes hands. May be dropped at any point.
    pub(crate) async fn secure(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), stream).await
    }
}

/// Returns the authorities that the system trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` say otherwise). Read once.
fn system(option: &str) -> Result<Arc<RootCertStore>, TlsError> {
    static READ: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    if let Some(roots) = READ.get() {
        return Ok(Arc::clone(roots));
    }
    let mut roots = RootCertStore::empty();
    // Old ones that rustls cannot read are left out, as everybody does.
    roots.add_parsable_certificates(load_native_certs().certs);
    if roots.is_empty() {
        let problem = format!(
            "the system has no certificates that are trusted; install them (`ca-certificates`), or name those of \
             the destination's authority by `{option}` or `SSL_CERT_FILE`"
        );
        return Err(TlsError { option: None, problem });
    }
    Ok(Arc::clone(READ.get_or_init(|| Arc::new(roots))))
}
