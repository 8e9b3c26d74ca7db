//! The admin server by TLS.

use std::fs;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::client::TlsStream;

use super::attacks::{Apart, Slow, withstands};
use super::*;
use crate::config::admin::{Named, ServerFiles};
use crate::folder::Folder;
use crate::init::admin_secured;
use crate::tls::client::Client;

type Told = Arc<Mutex<Vec<(Severity, String)>>>;

/// An authority, and the files of a server on this host.
struct Files {
    folder: Folder,
    issuer: CertifiedIssuer<'static, KeyPair>,
    told: Told,
}

impl Files {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let files = Files { folder: Folder::new(), issuer, told: Told::default() };
        files.folder.put("ca.pem", &files.issuer.pem());
        files.renew("localhost");
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a new certificate and its key.
    fn renew(&self, name: &str) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        // As cert-manager does: both are there at once, or not at all, is more than anybody may count on.
        fs::write(self.path("tls.crt"), certificate.pem()).unwrap();
        fs::write(self.path("tls.key"), key.serialize_pem()).unwrap();
    }

    fn secured(&self) -> Result<Secured, String> {
        let named = |option, name| Named { option, path: self.path(name) };
        let files = ServerFiles {
            certificate: named("OBS_ADMIN_TLS_CERT", "tls.crt"),
            key: named("OBS_ADMIN_TLS_KEY", "tls.key"),
        };
        let told = Arc::clone(&self.told);
        let tell: Tell = Arc::new(move |severity, line| told.lock().unwrap().push((severity, line)));
        admin_secured(&files, &tell).map_err(|error| error.to_string())
    }

    fn client(&self, host: &str) -> Client {
        Client::new(host, "test", Some(&self.path("ca.pem"))).unwrap()
    }
}

async fn connect(address: SocketAddr, client: &Client) -> io::Result<TlsStream<TcpStream>> {
    client.secure(TcpStream::connect(address).await?).await
}

async fn ask_by_tls(address: SocketAddr, client: &Client) -> io::Result<u16> {
    let mut stream = connect(address, client).await?;
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?; // an error without `close_notify`
    let code = answer.get(9..12).and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
    code.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn serve_by_tls(files: &Files, limits: Limits) -> SocketAddr {
    let mut admin =
        Admin::bind("127.0.0.1:0".parse().unwrap()).unwrap().secured(Some(files.secured().unwrap()));
    admin.limits = limits;
    let mut routes = routes(&Checks::default());
    routes.metrics = Arc::new(|_| exposing(|out| out.write_all(&vec![b'#'; 4 << 20])));
    let address = admin.local_addr();
    tokio::spawn(admin.serve(Arc::new(Desk::new(routes, limits.scrape))));
    address
}

#[tokio::test]
async fn it_is_served_to_who_trusts_its_authority_and_to_nobody_in_plain() {
    let files = Files::new();
    let address = serve_by_tls(&files, Limits::default());
    assert_eq!(ask_by_tls(address, &files.client("localhost")).await.unwrap(), 200);
    assert!(ask_by_tls(address, &files.client("other.example")).await.is_err(), "another name");
    assert!(ask_by_tls(address, &Files::new().client("localhost")).await.is_err(), "another authority");
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _reset = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
}

#[tokio::test]
async fn a_long_scrape_comes_whole_and_the_connection_is_kept() {
    let files = Files::new();
    let mut stream =
        connect(serve_by_tls(&files, Limits::default()), &files.client("localhost")).await.unwrap();
    for path in ["/metrics", "/livez", "/metrics"] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let end: &[u8] = if path == "/livez" { b"\r\n\r\nok\n" } else { b"\r\n0\r\n\r\n" };
        let (mut whole, mut piece) = (Vec::new(), vec![0; 64 << 10]);
        while !whole.ends_with(end) {
            let read = stream.read(&mut piece).await.unwrap();
            assert!(read > 0, "{path}");
            whole.extend_from_slice(&piece[..read]);
        }
        assert!(whole.starts_with(b"HTTP/1.1 200 ") && (path == "/livez" || whole.len() > 4 << 20), "{path}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_renewed_counts_from_then_on_and_a_broken_one_never() {
    let files = Files::new();
    let address = serve_by_tls(&files, Limits::default());
    let (now, then) = (files.client("localhost"), files.client("renewed.example"));
    assert!(ask_by_tls(address, &then).await.is_err());
    files.renew("renewed.example");
    soon(async { while ask_by_tls(address, &then).await.is_err() {} }).await;
    assert!(ask_by_tls(address, &now).await.is_err());
    fs::write(files.path("tls.key"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let warned =
        || files.told.lock().unwrap().iter().filter(|(severity, _)| *severity == Severity::Warn).count();
    soon(async {
        while warned() == 0 {
            assert_eq!(ask_by_tls(address, &then).await.unwrap(), 200, "the former pair is in force");
        }
    })
    .await;
    let told = files.told.lock().unwrap().clone();
    let (_, warning) = told.iter().find(|(severity, _)| *severity == Severity::Warn).unwrap();
    assert!(warning.contains("tls.key` is not the key of `") && !warning.contains("BEGIN"), "{warning}");
    files.renew("localhost");
    soon(async { while ask_by_tls(address, &now).await.is_err() {} }).await;
}

#[test]
fn files_that_cannot_be_used_are_errors_that_name_the_option() {
    let files = Files::new();
    assert!(files.secured().is_ok());
    let error = |name: &str, text: Option<&str>| {
        let files = Files::new();
        match text {
            Some(text) => fs::write(files.path(name), text).unwrap(),
            None => fs::remove_file(files.path(name)).unwrap(),
        }
        files.secured().unwrap_err()
    };
    let other = KeyPair::generate().unwrap().serialize_pem();
    for (name, option, text, why) in [
        ("tls.crt", "OBS_ADMIN_TLS_CERT", None, "cannot be read: "),
        ("tls.crt", "OBS_ADMIN_TLS_CERT", Some("hello"), "holds no certificate"),
        ("tls.crt", "OBS_ADMIN_TLS_CERT", Some(&*other), "holds no certificate"),
        ("tls.key", "OBS_ADMIN_TLS_KEY", None, "cannot be read: "),
        ("tls.key", "OBS_ADMIN_TLS_KEY", Some(""), "holds no private key"),
        ("tls.key", "OBS_ADMIN_TLS_KEY", Some(&*other), "is not the key of "),
    ] {
        let error = error(name, text);
        assert!(error.starts_with(&format!("`{option}`: the file `")), "{error}");
        assert!(error.contains(&format!("{name}` {why}")) && error.contains("; name "), "{error}");
    }
}

#[tokio::test]
async fn r26_a_handshake_and_a_head_have_one_time_for_both() {
    let files = Files::new();
    let limits = Limits { head: Duration::from_secs(3), ..Limits::default() };
    let address = serve_by_tls(&files, limits);
    let began = std::time::Instant::now();
    let mut silent = TcpStream::connect(address).await.unwrap();
    assert_eq!(silent.read(&mut [0; 16]).await.unwrap_or(0), 0);
    assert!(began.elapsed() >= limits.head);
    let began = std::time::Instant::now();
    let stream = TcpStream::connect(address).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut late = files.client("localhost").secure(stream).await.unwrap();
    let _cut = late.read(&mut [0; 16]).await;
    let took = began.elapsed();
    assert!(took >= limits.head && took < Duration::from_secs(5), "each had its own: {took:?}");
}

#[test]
fn r26_a_thousand_handshakes_that_never_end_keep_no_probe_out() {
    let files = Files::new();
    let apart = Apart::new(Some(files.secured().unwrap()));
    let (address, client) = (apart.address, files.client("localhost"));
    // The head of a record that holds 16 000 bytes of a handshake.
    let hello = b"\x16\x03\x01\x3e\x80\x01\x00\x3e\x7c\x03\x03";
    withstands(&apart, Slow::Drips(hello), async move || ask_by_tls(address, &client).await);
}
