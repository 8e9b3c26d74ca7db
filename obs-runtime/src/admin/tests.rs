//! The admin server over real sockets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use super::*;
use crate::health::testing::{self, check, leak};
use crate::health::{
    CheckKind, CheckReport, FromStates, Health, HealthCheck, Monitor, Run, Standing, State, States,
};

mod access;
mod attacks;
#[cfg(feature = "grpc")]
mod http2;
#[cfg(unix)]
mod hung;
mod limits;
mod matrix;
mod requests;
mod scrapes;
#[cfg(feature = "tls")]
mod secured;
mod selection;
mod stalls;

/// Lets the process have as many sockets as an attack needs: 1024 are the limit on many systems, unless one asks for more.
pub(super) fn allow_many_sockets() {
    let allowed = rlimit::increase_nofile_limit(16_384).unwrap();
    assert!(allowed >= 4_096, "only {allowed} files may be open; raise the hard limit (`ulimit -Hn`)");
}

/// The checks that the server reports, changed while it runs.
type Checks = Arc<Mutex<Vec<CheckReport>>>;

fn report(name: &'static str, kind: CheckKind, standing: Standing, reason: Option<&str>) -> CheckReport {
    CheckReport { reason: reason.map(str::to_owned), ..testing::report(name, kind, standing) }
}

fn exposing(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()> + Send + 'static) -> Exposition {
    Exposition { content_type: "text/plain; version=0.0.4", write: Box::new(write) }
}

fn routes(checks: &Checks) -> Routes {
    let checks = Arc::clone(checks);
    let service = ServiceInfo { name: Some("shop".to_owned()), version: Some("1.2.3".to_owned()) };
    Routes {
        metrics: Arc::new(|accept| {
            let text = format!("# accept: {accept:?}\n");
            exposing(move |out| out.write_all(text.as_bytes()))
        }),
        health: Arc::new(move |question| Report {
            probe: question.probe,
            checks: checks.lock().unwrap().iter().filter(|c| question.includes(&c.check)).cloned().collect(),
            is_leaving: false,
        }),
        service,
        token: None,
    }
}

fn serve(routes: Routes, limits: Limits) -> SocketAddr {
    serve_at("127.0.0.1:0", routes, limits)
}

fn serve_at(address: &str, routes: Routes, limits: Limits) -> SocketAddr {
    let admin = Admin::bind(address.parse().unwrap()).unwrap();
    #[cfg(feature = "grpc")]
    let admin = admin.with_calls(grpc::Calls::idle()); // what is asked by HTTP/1 is told from HTTP/2, too
    let mut admin = admin;
    admin.limits = limits;
    let port = admin.local_addr().port();
    tokio::spawn(admin.serve(Arc::new(Desk::new(routes, limits.scrape))));
    SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)
}

fn serving(checks: Vec<CheckReport>) -> (SocketAddr, Checks) {
    let checks = Arc::new(Mutex::new(checks));
    (serve(routes(&checks), Limits::default()), checks)
}

/// Sends bytes and reads until the server closes.
async fn exchange(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

async fn ask(address: SocketAddr, method: &str, path: &str, headers: &str) -> String {
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    exchange(address, &request).await
}

/// Waits for a condition that must hold soon, even on a busy machine.
async fn soon(condition: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(20), condition).await.unwrap();
}

/// Returns the status code and the body.
async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let answer = ask(address, "GET", path, "").await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[tokio::test]
async fn a_probe_answers_for_its_own_checks() {
    let bad = Standing::Unhealthy;
    let (address, checks) = serving(vec![]);
    let codes = async || {
        let mut codes = Vec::new();
        for path in ["/livez", "/readyz", "/startupz", "/healthz"] {
            codes.push(get(address, path).await.0);
        }
        codes
    };
    assert_eq!(codes().await, [200, 200, 200, 200]);
    *checks.lock().unwrap() = vec![report("loop", CheckKind::Liveness, bad, None)];
    assert_eq!(codes().await, [503, 200, 200, 503]);
    *checks.lock().unwrap() = vec![report("db", CheckKind::Readiness, bad, None)];
    assert_eq!(codes().await, [200, 503, 200, 503]);
    *checks.lock().unwrap() = vec![report("warm", CheckKind::Startup, Standing::Unknown, None)];
    assert_eq!(codes().await, [200, 200, 503, 503]);
    *checks.lock().unwrap() = vec![report("db", CheckKind::Readiness, Standing::Degraded, Some("slow"))];
    assert_eq!(codes().await, [200, 200, 200, 200]);
}

#[tokio::test]
async fn the_short_answer_names_the_cause_and_the_verbose_one_every_check() {
    let (address, _checks) = serving(vec![
        report("bus", CheckKind::Readiness, Standing::Unhealthy, Some("connection\r\nrefused")),
        report("cache", CheckKind::Readiness, Standing::Degraded, Some("slow")),
        report("db", CheckKind::Readiness, Standing::Healthy, None),
    ]);
    for path in ["/readyz", "/health/ready"] {
        let expected = "not ready: bus: connection  refused\n".to_owned();
        assert_eq!(get(address, path).await, (503, expected));
    }
    let expected = "[-]bus failed: connection  refused{since}\n[+]cache degraded: slow{since}\n[+]db ok{since}\nreadyz check failed\n";
    let expected = expected.replace("{since}", " (since 2024-02-29T23:59:00Z)");
    for path in ["/readyz?verbose", "/health/ready?a=b&verbose=1"] {
        assert_eq!(get(address, path).await, (503, expected.clone()));
    }
    assert_eq!(get(address, "/health/live").await, (200, "ok\n".to_owned()));
    let all = get(address, "/healthz").await;
    assert_eq!(get(address, "/health").await, all);
    assert_eq!(all.1, "not healthy: bus: connection  refused\n");
}

#[tokio::test]
async fn a_check_that_is_not_critical_is_shown_and_tolerated() {
    let mut mail = report("mail", CheckKind::Readiness, Standing::Unhealthy, Some("down"));
    mail.check = Arc::new(leak(HealthCheck { critical: false, ..check("mail") }));
    let (address, _checks) = serving(vec![mail]);
    assert_eq!(get(address, "/readyz").await.0, 200);
    let verbose = "[-]mail failed (tolerated): down (since 2024-02-29T23:59:00Z)\nreadyz check passed\n";
    assert_eq!(get(address, "/readyz?verbose").await, (200, verbose.to_owned()));
    let json: Value = serde_json::from_str(&get(address, "/health/detailed").await.1).unwrap();
    assert_eq!(json["status"], "warn");
    assert_eq!(json["checks"]["mail:responseTime"][0]["status"], "fail");
}

#[tokio::test]
async fn json_follows_the_draft() {
    let bus = report("bus", CheckKind::Readiness, Standing::Unhealthy, Some("refused"));
    let db = report("db", CheckKind::Readiness, Standing::Healthy, None);
    let (address, checks) = serving(vec![bus, db.clone()]);
    let answer = ask(address, "GET", "/readyz", "accept: application/health+json, */*;q=0.9\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("content-type: application/health+json\r\n"), "{answer}");
    assert!(answer.contains("cache-control: no-store\r\n"), "{answer}");
    let json: Value = serde_json::from_str(body(&answer)).unwrap();
    assert_eq!(json["status"], "fail");
    let bus = &json["checks"]["bus:responseTime"][0];
    assert_eq!((&bus["status"], &bus["output"]), (&"fail".into(), &"refused".into()));
    assert_eq!((&bus["observedValue"], &bus["observedUnit"]), (&1.5.into(), &"ms".into()));
    assert_eq!(bus["time"], "2024-03-01T00:00:00Z");
    assert_eq!(json["checks"]["db:responseTime"][0]["status"], "pass");
    *checks.lock().unwrap() = vec![db];
    let detailed = ask(address, "GET", "/health/detailed", "").await;
    assert!(detailed.starts_with("HTTP/1.1 200 "), "{detailed}");
    let json: Value = serde_json::from_str(body(&detailed)).unwrap();
    assert_eq!(json["status"], "pass");
    assert_eq!(get(address, "/readyz").await.1, "ok\n", "text without being asked");
}

#[tokio::test]
async fn metrics_are_rendered_as_asked() {
    let (address, _checks) = serving(vec![]);
    let answer = ask(address, "GET", "/metrics", "accept: a/b\r\naccept: c/d;q=0.5\r\n").await;
    assert!(answer.contains("content-type: text/plain; version=0.0.4\r\n"), "{answer}");
    assert_eq!(body(&answer), "# accept: Some(\"a/b,c/d;q=0.5\")\n");
    assert_eq!(get(address, "/metrics").await.1, "# accept: None\n");
}

#[tokio::test]
async fn a_renderer_that_panics_is_one_failed_scrape() {
    let mut routes = routes(&Checks::default());
    routes.metrics = Arc::new(|_| exposing(|_| panic!("broken")));
    let address = serve(routes, Limits::default());
    assert_eq!(get(address, "/metrics").await.0, 500);
    assert_eq!(get(address, "/livez").await.0, 200);
}

#[tokio::test]
async fn head_has_the_head_only_and_other_methods_are_refused() {
    let (address, _checks) = serving(vec![]);
    let answer = ask(address, "HEAD", "/livez", "").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("content-length: 3\r\n"), "{answer}");
    assert_eq!(body(&answer), "");
    for method in ["POST", "DELETE", "OPTIONS", "BREW"] {
        let answer = ask(address, method, "/metrics", "content-length: 2\r\n\r\nhi").await;
        assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
        assert!(answer.contains("allow: GET, HEAD\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn an_unknown_path_lists_the_known_ones() {
    let (address, _checks) = serving(vec![]);
    let (code, text) = get(address, "/metric").await;
    assert_eq!(code, 404);
    let (_, paths) = text.split_once("there is: ").unwrap();
    for path in paths.split_whitespace() {
        assert_eq!(get(address, path).await.0, 200, "{path}");
    }
    assert!(paths.contains("/metrics /livez"), "{paths}");
    let catalog: Value = serde_json::from_str(&get(address, "/catalog").await.1).unwrap();
    assert!(catalog["functions"].is_array() && catalog["checks"].is_array());
}

#[tokio::test]
async fn a_foreign_host_is_forbidden() {
    let (address, _checks) = serving(vec![]);
    let request = "GET /metrics HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    assert!(exchange(address, request).await.starts_with("HTTP/1.1 403 "));
    assert!(exchange(address, "GET /livez HTTP/1.0\r\n\r\n").await.starts_with("HTTP/1.0 200 "));
}

#[tokio::test]
async fn a_connection_serves_many_requests_and_none_of_them_runs_a_check() {
    #[derive(Default)]
    struct Runs(AtomicU32);
    let counting = HealthCheck {
        interval: Duration::from_secs(3600),
        timeout: Duration::from_secs(60),
        run: Run::Async(|states| {
            let runs = State::<Runs>::from_states(states)?;
            Ok(Box::pin(async move {
                runs.0.fetch_add(1, Ordering::SeqCst);
                Health::healthy()
            }))
        }),
        ..check("counting")
    };
    let states = States::default();
    states.provide(Runs::default());
    let monitor = Monitor::on_handle(&Handle::current(), Some(Handle::current()), &states);
    monitor.add(leak(counting)).unwrap();
    let mut routes = routes(&Checks::default());
    routes.health = Arc::new(move |question| monitor.report(question));
    let address = serve(routes, Limits::default());
    soon(async { while get(address, "/readyz").await.0 != 200 {} }).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let mut answer = vec![0; 4096];
    for _ in 0..1_000 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut length = 0;
        while !answer[..length].ends_with(b"\r\n\r\nok\n") {
            let read = stream.read(&mut answer[length..]).await.unwrap();
            assert!(read > 0, "the connection was kept");
            length += read;
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 "));
    }
    assert_eq!(State::<Runs>::from_states(&states).unwrap().0.load(Ordering::SeqCst), 1);
}

#[test]
fn a_taken_port_is_an_error_at_once() {
    let first = Admin::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let error = Admin::bind(first.local_addr()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
}
