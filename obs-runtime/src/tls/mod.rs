//! TLS 1.2 and 1.3 by rustls, with the cryptography of `ring`; the process-wide default provider is neither used nor set.

pub(crate) mod client;
pub(crate) mod pem;

use std::fmt;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::{ConfigBuilder, Error, InconsistentKeys, ServerConfig, WantsVerifier};

/// Why TLS cannot be used. Says nothing of what is in a key's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsError {
    /// The option that names the file; `None` where no file is to blame.
    pub(crate) option: Option<&'static str>,
    /// What is wrong, and what to write.
    pub(crate) problem: String,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl TlsError {
    fn unusable(error: &Error) -> Self {
        TlsError { option: None, problem: format!("TLS cannot be used: {error}") }
    }
}

/// Tells whether a key was refused because it belongs to another certificate.
pub(crate) fn is_other_key(error: &Error) -> bool {
    matches!(error, Error::InconsistentKeys(InconsistentKeys::KeyMismatch))
}

/// Begins the configuration of a server.
pub(crate) fn server_config() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    builder.map_err(|error| TlsError::unusable(&error))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
