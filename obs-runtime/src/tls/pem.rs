//! Certificates and keys out of files (PEM, RFC 7468).

use std::fs;
use std::path::Path;

use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;

/// Reads who is trusted. `option` is what names the file. Blocks, as all of these do.
pub(crate) fn authorities(option: &'static str, path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(option, path)? {
        roots.add(certificate).map_err(|error| {
            wrong(option, path, &format!("holds a certificate that is none: {error}; name a file of X.509"))
        })?;
    }
    Ok(roots)
}

/// Reads one certificate or more, each behind the one that it signed.
pub(crate) fn certificates(
    option: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    certificates_in(&read(option, path)?).map_err(|what| wrong(option, path, what))
}

/// Reads them out of what is in a file, or says what that does.
pub(crate) fn certificates_in(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(NO_CERTIFICATE)
}

const NO_CERTIFICATE: &str =
    "holds no certificate as PEM; name a file that begins with `-----BEGIN CERTIFICATE-----`";

/// Reads a private key: PKCS #8, PKCS #1 or SEC 1, without a password.
pub(crate) fn key(option: &'static str, path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    key_in(&read(option, path)?).map_err(|what| wrong(option, path, what))
}

/// Reads one out of what is in a file, or says what that does.
pub(crate) fn key_in(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, &'static str> {
    PrivateKeyDer::from_pem_slice(bytes).map_err(|_| NO_KEY)
}

const NO_KEY: &str = "holds no private key as PEM without a password; name a file that has \
     `-----BEGIN PRIVATE KEY-----`";

fn read(option: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| {
        wrong(
            option,
            path,
            &format!("cannot be read: {error}; name a file of PEM that this process may read"),
        )
    })
}

fn wrong(option: &'static str, path: &Path, what: &str) -> TlsError {
    let path = path.to_string_lossy();
    TlsError { option: Some(option), problem: format!("the file `{}` {what}", path.escape_debug()) }
}
