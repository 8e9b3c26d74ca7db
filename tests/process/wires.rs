//! The ways to a collector: HTTP and gRPC, plain and by TLS, from a program that is told so by its environment.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // a test fails by panicking; its name says what holds

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mock_collector::{MockServer, Protocol, ServerHandle};
use obs_tests::{Program, free_port, get, scratch_dir, wait_for};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Issuer {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Ends the TLS of connections, and passes on what is in them.
struct Terminator {
    address: SocketAddr,
    files: Files,
    task: JoinHandle<()>,
}

/// What its clients need.
struct Files {
    directory: PathBuf,
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl Terminator {
    /// Starts one before a plain server; clients must show a certificate.
    async fn start(to: SocketAddr, protocol: &[u8]) -> Terminator {
        let clients = authority("clients");
        let mut roots = RootCertStore::empty();
        roots.add(clients.der().clone()).unwrap();
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        Terminator::with(to, protocol, &clients, verifier.build().unwrap()).await
    }

    /// Starts one for everybody, before a plain server of HTTP.
    async fn open(to: SocketAddr) -> Terminator {
        Terminator::with(to, b"http/1.1", &authority("nobody"), WebPkiClientVerifier::no_client_auth()).await
    }

    async fn with(
        to: SocketAddr,
        protocol: &[u8],
        clients: &Issuer,
        verifier: Arc<dyn ClientCertVerifier>,
    ) -> Terminator {
        let servers = authority("servers");
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, &servers).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = config.with_client_cert_verifier(verifier);
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        config.alpn_protocols = vec![protocol.to_vec()];

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut inside) = acceptor.accept(stream).await else { return };
                    let mut outside = TcpStream::connect(to).await.unwrap();
                    let _one_side_has_left = copy_bidirectional(&mut inside, &mut outside).await;
                });
            }
        });
        Terminator { address, files: Files::write(&servers, clients), task }
    }
}

impl Drop for Terminator {
    fn drop(&mut self) {
        self.task.abort();
        let _left_behind = fs::remove_dir_all(&self.files.directory);
    }
}

impl Files {
    fn write(servers: &Issuer, clients: &Issuer) -> Files {
        let directory = scratch_dir();
        let file = |name: &str, text: String| {
            let path = directory.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["a-client".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, clients).unwrap();
        Files {
            authority: file("ca.pem", servers.pem()),
            certificate: file("client.pem", certificate.pem()),
            key: file("client.key", key.serialize_pem()),
            directory,
        }
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        vec![
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", text(&self.authority)),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", text(&self.certificate)),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", text(&self.key)),
        ]
    }
}

/// Runs two jobs in a program that leaves the delivery to its guard, and returns what it printed.
async fn run(variables: Vec<(&'static str, String)>) -> (bool, String) {
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_subject"));
        command.args(["leave", "ok", "error"]).env("OBS_ADMIN", "off");
        let mut program = Program::start(command.envs(variables));
        (program.wait().success(), program.output())
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

async fn collector(protocol: Protocol) -> ServerHandle {
    MockServer::builder().protocol(protocol).port(0).start().await.unwrap()
}

/// Checks that a program's spans, logs and metrics are all there.
async fn has_everything(server: ServerHandle, output: &str) {
    server
        .with_collector(|collector| {
            let jobs = collector.spans().iter().filter(|s| s.span().name == "job").count();
            assert_eq!(jobs, 3, "{output}");
            let logs = collector.expect_log_with_body("working").count();
            assert_eq!(logs, 3, "{output}");
            collector.expect_metric_with_name("subject_jobs_total").assert_exists();
        })
        .await;
    assert!(!output.contains("lost "), "{output}");
    server.shutdown().await.unwrap();
}

fn all_by(protocol: &str, endpoint: String) -> Vec<(&'static str, String)> {
    vec![
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_LOGS_EXPORTER", "otlp".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_third_party_receiver_of_grpc_gets_all_three_signals() {
    for compression in ["gzip", "none"] {
        let server = collector(Protocol::Grpc).await;
        let mut variables = all_by("grpc", format!("http://{}", server.addr()));
        variables.push(("OTEL_EXPORTER_OTLP_COMPRESSION", compression.to_owned()));
        let (succeeded, output) = run(variables).await;
        assert!(succeeded, "{output}");
        has_everything(server, &output).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_connection_says_of_itself_is_neither_sent_nor_logged() {
    let server = collector(Protocol::Grpc).await;
    let secure = Terminator::start(server.addr(), b"h2").await;
    let mut variables = all_by("grpc", format!("https://localhost:{}", secure.address.port()));
    variables.extend(secure.files.variables());
    variables.extend(["OBS_EXPORT_LEVEL", "OBS_LOG"].map(|name| (name, "trace".to_owned())));
    let (succeeded, output) = run(variables).await;
    assert!(succeeded, "{output}");
    assert!(output.contains("in detail"), "what the program says in detail is there: {output}");
    for theirs in ["\"target\":\"h2", "\"target\":\"hyper", "\"target\":\"rustls"] {
        assert!(!output.contains(theirs), "{theirs}: {output}");
    }
    let names: Vec<String> =
        server.with_collector(|c| c.spans().iter().map(|s| s.span().name.clone()).collect()).await;
    assert_eq!(names, ["job"; 3], "{output}");
    has_everything(server, &output).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grpc_without_a_scheme_is_plain_where_it_is_said_to_be() {
    let server = collector(Protocol::Grpc).await;
    let mut variables = all_by("grpc", server.addr().to_string());
    variables.push(("OTEL_EXPORTER_OTLP_INSECURE", "true".to_owned()));
    let (succeeded, output) = run(variables).await;
    assert!(succeeded, "{output}");
    has_everything(server, &output).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_signals_go_by_tls_with_certificates_of_both_sides() {
    let ways: [(&str, Protocol, &[u8], &str); 3] = [
        ("http/protobuf", Protocol::HttpBinary, b"http/1.1", "https://"),
        ("grpc", Protocol::Grpc, b"h2", "https://"),
        ("grpc", Protocol::Grpc, b"h2", ""),
    ];
    for (protocol, theirs, alpn, scheme) in ways {
        let server = collector(theirs).await;
        let secure = Terminator::start(server.addr(), alpn).await;
        let mut variables = all_by(protocol, format!("{scheme}localhost:{}", secure.address.port()));
        variables.extend(secure.files.variables());
        let (succeeded, output) = run(variables).await;
        assert!(succeeded, "{protocol}: {output}");
        has_everything(server, &output).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_not_trusted_costs_the_records_and_tells_why() {
    let server = collector(Protocol::HttpBinary).await;
    let secure = Terminator::start(server.addr(), b"http/1.1").await;
    let endpoint = format!("https://localhost:{}", secure.address.port());
    let mut variables = all_by("http/protobuf", endpoint);
    variables.push(("OTEL_EXPORTER_OTLP_TIMEOUT", "1000".to_owned()));
    let (succeeded, output) = run(variables).await;
    assert!(succeeded, "telemetry stops no program: {output}");
    assert!(
        output.contains("no connection: nobody who is trusted issued its certificate; name its"),
        "{output}"
    );
    let spans = server.with_collector(|collector| collector.spans().len()).await;
    assert_eq!(spans, 0);
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_missing_is_an_error_at_the_start_that_names_the_variable() {
    let mut variables = all_by("http/protobuf", "https://localhost:4318".to_owned());
    variables.push(("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem".to_owned()));
    let (succeeded, output) = run(variables).await;
    assert!(!succeeded, "{output}");
    let refusal = output.lines().find(|line| line.starts_with("refused: ")).unwrap();
    assert!(refusal.contains("OTEL_EXPORTER_OTLP_CERTIFICATE"), "{refusal}");
    assert!(refusal.contains("`/nowhere/ca.pem` cannot be read: "), "{refusal}");
    assert!(refusal.contains("; name a file of PEM that this process may read"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_pushgateway_behind_tls_is_reached() {
    let address: SocketAddr = format!("127.0.0.1:{}", free_port()).parse().unwrap();
    let mut command = Command::new("prometheus-pushgateway");
    let _gateway = Program::start(command.arg(format!("--web.listen-address={address}")));
    let page = move |path: &str| get(&format!("http://{address}{path}")).filter(|(status, _)| *status == 200);
    tokio::task::spawn_blocking(move || wait_for("the Pushgateway", || page("/-/ready"))).await.unwrap();
    // It wants no certificate of ours: a push has none to show.
    let secure = Terminator::open(address).await;
    let (succeeded, output) = run(vec![
        ("OBS_PUSHGATEWAY", format!("https://localhost:{}", secure.address.port())),
        ("SSL_CERT_FILE", secure.files.authority.to_str().unwrap().to_owned()),
    ])
    .await;
    assert!(succeeded, "{output}");
    let (_, metrics) = tokio::task::spawn_blocking(move || page("/metrics")).await.unwrap().unwrap();
    assert!(metrics.contains("subject_jobs_total{"), "{output}\n{metrics}");
}
