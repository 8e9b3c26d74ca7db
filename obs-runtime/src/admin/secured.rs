//! Connections by TLS to the admin server, with certificates that are renewed while it runs.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

use super::Tell;
use super::reload::{Problem, Reloaded, quoted};
use crate::tls::{self, is_other_key, pem};

/// What secures connections to us.
#[derive(Clone, Debug)]
pub(crate) struct Secured(Arc<Reloaded<ServerConfig>>);

impl Secured {
    /// Makes it of two files, the certificate and its key, which are read here and again when they change: blocks for that. What
    /// is wrong with one of them is an error that says with which.
    pub(crate) fn open(certificate: PathBuf, key: PathBuf, tell: Tell) -> Result<Self, Problem> {
        Reloaded::open("the admin server's certificate", vec![certificate, key], config, tell).map(Secured)
    }

    /// Shakes hands. May be dropped at any point.
    pub(super) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> io::Result<TlsStream<S>> {
        TlsAcceptor::from(self.0.current().await).accept(stream).await
    }
}

fn config(paths: &[PathBuf], bytes: &[Vec<u8>]) -> Result<ServerConfig, Problem> {
    let ([certificate, key], [certificate_bytes, key_bytes]) = (paths, bytes) else {
        return Err(Problem {
            file: 0,
            text: "there are two files; name a certificate and its key".to_owned(),
        });
    };
    let in_file = |file, path: &PathBuf, what: String| Problem {
        file,
        text: format!("the file {} {what}", quoted(path)),
    };
    let chain =
        pem::certificates_in(certificate_bytes).map_err(|what| in_file(0, certificate, what.to_owned()))?;
    let secret = pem::key_in(key_bytes).map_err(|what| in_file(1, key, what.to_owned()))?;
    let builder = tls::server_config().map_err(|error| Problem { file: 0, text: error.problem })?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, secret).map_err(|error| {
        let what = if is_other_key(&error) {
            format!("is not the key of {}", quoted(certificate))
        } else {
            format!("cannot be used with {}: {error}", quoted(certificate))
        };
        in_file(1, key, format!("{what}; name the key that belongs to the certificate"))
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    #[cfg(feature = "grpc")]
    config.alpn_protocols.insert(0, b"h2".to_vec());
    Ok(config)
}
