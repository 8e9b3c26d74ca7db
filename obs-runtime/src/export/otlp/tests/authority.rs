//! Certificates of a test's own, and the files they are in.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::door::Door;
use crate::export::delivery::TlsFiles;

/// Who issues certificates.
pub(in crate::export) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key.
pub(in crate::export) struct Identity {
    pub(super) certificate: rcgen::Certificate,
    pub(super) key: KeyPair,
}

impl Authority {
    pub(in crate::export) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        Authority { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    pub(super) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Issues a certificate for hosts and addresses.
    pub(super) fn issue(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { certificate, key }
    }

    /// Issues a certificate for this host.
    pub(in crate::export) fn local(&self) -> Identity {
        self.issue(&["localhost", "127.0.0.1", "::1"], |_| {})
    }
}

pub(in crate::export) const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];
pub(super) const OLD: &[&SupportedProtocolVersion] = &[&TLS12];
pub(super) const NEW: &[&SupportedProtocolVersion] = &[&TLS13];

/// Makes the door of a server. With `clients`, theirs have a certificate of that authority.
pub(in crate::export) fn door(
    identity: &Identity,
    versions: &[&'static SupportedProtocolVersion],
    clients: Option<&Authority>,
    protocols: &[&[u8]],
) -> Door {
    let provider = Arc::new(default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let config = config.with_protocol_versions(versions).unwrap();
    let config = match clients {
        None => config.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.issuer.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivateKeyDer::try_from(identity.key.serialize_der()).unwrap();
    let mut config = config.with_single_cert(vec![identity.certificate.der().clone()], key).unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Door::Secure(TlsAcceptor::from(Arc::new(config)))
}

/// A directory of the test's own, gone with it.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(in crate::export) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("obs-tls-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Folder(folder)
    }

    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Returns the files of somebody who trusts an authority.
    pub(super) fn trust(&self, authority: &Authority) -> TlsFiles {
        TlsFiles { certificate: Some(self.write("ca.pem", &authority.pem())), ..TlsFiles::default() }
    }

    /// Returns the files of somebody who trusts an authority and shows who he is.
    pub(super) fn identify(&self, authority: &Authority, identity: &Identity) -> TlsFiles {
        TlsFiles {
            client_certificate: Some(self.write("client.pem", &identity.certificate.pem())),
            client_key: Some(self.write("client.key", &identity.key.serialize_pem())),
            ..self.trust(authority)
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}
