//! HTTP/2 by TLS, agreed upon in the handshake.

use std::fs;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::TlsConnector;

use super::*;
use crate::admin::Secured;
use crate::config::admin::{Named, ServerFiles};
use crate::folder::Folder;
use crate::init::admin_secured;
use crate::tls::client::trusting;

/// Returns what secures a server on this host; its authority is in `ca.pem`.
fn secured(folder: &Folder) -> Secured {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    folder.put("ca.pem", &issuer.pem());
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.path().join("tls.crt"), certificate.signed_by(&key, &issuer).unwrap().pem()).unwrap();
    fs::write(folder.path().join("tls.key"), key.serialize_pem()).unwrap();
    let named = |option, name| Named { option, path: folder.path().join(name) };
    let certificate = named("OBS_ADMIN_TLS_CERT", "tls.crt");
    let key = named("OBS_ADMIN_TLS_KEY", "tls.key");
    let tell: crate::admin::Tell = Arc::new(|_, line| panic!("{line}"));
    admin_secured(&ServerFiles { certificate, key }, &tell).unwrap()
}

#[tokio::test]
async fn by_tls_the_version_is_agreed_upon() {
    let folder = Folder::new();
    let monitor = monitor();
    let admin = Admin::bind("127.0.0.1:0".parse().unwrap()).unwrap().secured(Some(secured(&folder)));
    let address = admin.local_addr();
    tokio::spawn(admin.with_calls(Calls::of(&monitor)).serve(routes(&monitor).desk()));
    let connect = async |protocols: &[&str]| {
        let ca = folder.path().join("ca.pem");
        let mut config = trusting("test", Some(&ca)).unwrap().with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(address).await.unwrap();
        let stream =
            TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), stream).await;
        let stream = stream.unwrap();
        let agreed =
            stream.get_ref().1.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        (agreed, TokioIo::new(stream))
    };
    for offered in [&["h2"][..], &["http/1.1", "h2"], &[]] {
        let (agreed, stream) = connect(offered).await;
        assert_eq!(agreed.as_deref(), (!offered.is_empty()).then_some("h2"));
        let (sender, connection) = handshake(TokioExecutor::new(), stream).await.unwrap();
        tokio::spawn(connection);
        let mut client = Client { sender, address };
        assert_eq!(client.check("").await, Ok(ServingStatus::Serving), "{offered:?}");
        assert_eq!(client.watch("nothing").await.next().await, Ok(ServingStatus::ServiceUnknown));
    }
    let (agreed, stream) = connect(&["http/1.1"]).await;
    assert_eq!(agreed.as_deref(), Some("http/1.1"));
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("/readyz").header("host", "localhost").body(Full::<Bytes>::default()).unwrap();
    assert_eq!(sender.send_request(request).await.unwrap().status(), StatusCode::OK);
}
