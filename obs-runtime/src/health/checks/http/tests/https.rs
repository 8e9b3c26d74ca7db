//! Servers that speak TLS, and some that do not.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::*;
use crate::folder::Folder;
use crate::health::checks::tests::runtime;

/// An authority, and its file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: Folder,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = Folder::new().with("ca.pem", &issuer.pem());
        Authority { issuer, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Makes the door of a server of this name.
    fn door(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).unwrap()))
    }
}

/// A server that answers 200 by TLS, for as long as the runtime is there.
fn secure(door: TlsAcceptor, runtime: &tokio::runtime::Runtime) -> SocketAddr {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = door.accept(stream).await else { continue };
            let _request = stream.read(&mut [0; 4096]).await;
            let _sent = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\ngreen").await;
            let _closed = stream.shutdown().await;
        }
    });
    address
}

fn url(address: SocketAddr) -> String {
    format!("https://{address}/health?token=secret")
}

#[test]
fn a_secured_answer_is_judged_as_any_other() {
    let (authority, runtime) = (Authority::new(), runtime());
    let address = secure(authority.door("127.0.0.1"), &runtime);
    let report = look_at(http("search", url(address)).certificate(authority.file()).contains("green"));
    assert_eq!(said(&report), (Standing::Healthy, ""));
    assert_eq!(detail(&report, "url"), Some(Value::from(format!("https://{address}/health"))));
    let named = format!("https://localhost:{}/", address.port());
    let reason = unhealthy(http("search", named).certificate(authority.file()));
    assert!(reason.starts_with("no secure connection to localhost:"), "{reason}");
    assert!(reason.contains("not valid for"), "{reason}");
}

#[test]
fn who_is_not_trusted_is_told_with_the_remedy() {
    let (authority, other, runtime) = (Authority::new(), Authority::new(), runtime());
    let address = secure(authority.door("127.0.0.1"), &runtime);
    let reason = unhealthy(http("search", url(address)).certificate(other.file()));
    assert_eq!(
        reason,
        format!(
            "no secure connection to {address}: nobody who is trusted issued its certificate; name its authority by \
             `.certificate(path)`, or by `SSL_CERT_FILE`"
        )
    );
}

#[test]
fn who_speaks_no_tls_or_is_silent_is_told() {
    let authority = Authority::new();
    let plain = server(|stream| {
        let _sent = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _until_he_goes = std::io::Read::read_to_end(stream, &mut Vec::new());
    });
    let reason = unhealthy(http("search", url(plain)).certificate(authority.file()));
    assert!(reason.ends_with("it does not speak TLS there; write `http` where that is meant"), "{reason}");
    let silent = server(|stream| {
        let _until_he_goes = std::io::Read::read_to_end(stream, &mut Vec::new());
    });
    let check = http("search", url(silent)).certificate(authority.file()).timeout(Duration::from_secs(2));
    let reason = unhealthy(check);
    assert_eq!(reason, format!("https://{silent}/health did not finish the TLS handshake within 1.8s"));
}

#[test]
fn files_that_cannot_be_used_are_refused_when_it_is_registered() {
    let missing = refused(http("search", "https://search/").certificate("/no/such/file.pem"));
    let begins = "health check `search`: the file `/no/such/file.pem` cannot be read";
    assert!(missing.starts_with(begins), "{missing}");
    let plain = refused(http("search", "http://search/").certificate("/no/such/file.pem"));
    assert!(plain.ends_with("of use for `https` only; write that, or leave it away"), "{plain}");
}
