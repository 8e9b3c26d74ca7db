//! What a scrape shows of a program that declares no metric: requests over real sockets, messages, the process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking
#![allow(missing_docs)] // a test's name says what holds

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use obs_tests::{get_as, wait_for};

/// Answers when it is told to, or never.
async fn slow() {
    std::future::pending().await
}

fn router() -> Router {
    Router::new()
        .route("/orders/{id}", get(async || "an order").post(async || "placed"))
        .route("/broken", get(async || StatusCode::BAD_GATEWAY))
        .route("/panics", get(async || -> () { panic!("no stock") }))
        .route("/slow", get(slow))
        .layer(obs::http::ServerLayer::new())
}

/// Sends one request, and returns the status; 0 where the server hung up.
fn send(server: SocketAddr, method: &str, path: &str) -> u16 {
    let mut stream = connect(server, method, path);
    let mut answer = String::new();
    let _hung_up = stream.read_to_string(&mut answer);
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

fn connect(server: SocketAddr, method: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n").unwrap();
    stream
}

#[derive(obs::ErrorType, Debug)]
struct Refused;

#[obs::traced(producer, destination = "orders.placed", system = "nats")]
fn publish() {}

#[obs::traced(consumer, destination = "orders.placed", system = "nats")]
fn handle(fails: bool) -> Result<(), Refused> {
    if fails { Err(Refused) } else { Ok(()) }
}

#[obs::traced(consumer)]
async fn handle_forever() {
    slow().await
}

#[derive(obs::Envelope)]
struct Placed(#[envelope(context)] obs::Propagated);

#[obs::traced(consumer, batch = all, destination = "orders.billed")]
fn handle_all(all: &[Placed]) -> Result<(), Refused> {
    if all.is_empty() { Ok(()) } else { Err(Refused) }
}

#[obs::traced(consumer, batch = all, destination = "orders.later")]
fn handle_later(all: Vec<Placed>) -> impl Future<Output = usize> {
    std::future::ready(all.len())
}

#[track_caller]
fn has(text: &str, line: &str) {
    assert!(text.lines().any(|l| l == line), "{line}\nin\n{text}");
}

#[test]
fn standard_families_are_shown_without_a_declaration() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let _inside = runtime.enter();
    let builder = obs::builder().admin_port(0).log("off").service_name("shop");
    let guard = builder.build_info(obs::build_info!()).init().unwrap();
    let server = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router()).await });
        address
    });
    requests(server, &guard);
    messages(&guard);
    process(&guard.metrics_text());

    let url = format!("http://{}/metrics", guard.admin_addr().unwrap());
    let (_, open) = get_as(&url, "application/openmetrics-text").unwrap();
    let exemplar = |l: &str| {
        l.starts_with("http_server_request_duration_seconds_bucket") && l.contains("# {trace_id=\"")
    };
    assert!(open.lines().any(exemplar), "{open}");
    has(&open, "# TYPE build info");
    has(&open, "# UNIT http_server_request_duration_seconds seconds");
}

fn requests(server: SocketAddr, guard: &obs::Guard) {
    assert_eq!(send(server, "GET", "/orders/7?token=secret"), 200);
    assert_eq!(send(server, "GET", "/orders/8"), 200);
    assert_eq!(send(server, "POST", "/orders/8"), 200);
    for n in 0..50 {
        assert_eq!(send(server, "GET", &format!("/no/such/{n}")), 404);
        assert_eq!(send(server, &format!("BREW{n}"), "/orders/7"), 405);
    }
    assert_eq!(send(server, "GET", "/broken"), 502);
    assert_eq!(send(server, "GET", "/panics"), 0);

    let waiting = connect(server, "GET", "/slow");
    let active = "http_server_active_requests{http_request_method=\"GET\",url_scheme=\"http\"}";
    let is = |n: u32| move || guard.metrics_text().contains(&format!("{active} {n}\n")).then_some(());
    wait_for("the request", is(1));
    drop(waiting);
    wait_for("the client to be missed", is(0));

    let text = guard.metrics_text();
    let count = "http_server_request_duration_seconds_count{http_request_method=";
    for (labels, n) in [
        ("\"GET\",url_scheme=\"http\",http_route=\"/orders/{id}\",http_response_status_code=\"200\"", 2),
        ("\"POST\",url_scheme=\"http\",http_route=\"/orders/{id}\",http_response_status_code=\"200\"", 1),
        ("\"GET\",url_scheme=\"http\",http_response_status_code=\"404\"", 50),
        ("\"_OTHER\",url_scheme=\"http\",http_route=\"/orders/{id}\",http_response_status_code=\"405\"", 50),
        (
            "\"GET\",url_scheme=\"http\",http_route=\"/broken\",http_response_status_code=\"502\",error_type=\"502\"",
            1,
        ),
        ("\"GET\",url_scheme=\"http\",http_route=\"/panics\",error_type=\"panic\"", 1),
        ("\"GET\",url_scheme=\"http\",http_route=\"/slow\",error_type=\"cancelled\"", 1),
    ] {
        has(&text, &format!("{count}{labels}}} {n}"));
    }
    assert_eq!(text.lines().filter(|l| l.starts_with(count)).count(), 7, "{text}");
    let bounds = "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf";
    let found: Vec<&str> = text
        .lines()
        .filter(|l| l.starts_with("http_server_request_duration_seconds_bucket") && l.contains("\"POST\""))
        .map(|l| l.split_once("le=\"").unwrap().1.split_once('"').unwrap().0.trim_end_matches(".0"))
        .collect();
    assert_eq!(found.join(" "), bounds);
}

fn messages(guard: &obs::Guard) {
    publish();
    handle(false).unwrap();
    handle(false).unwrap();
    handle(true).unwrap_err();
    {
        let mut begun = std::pin::pin!(handle_forever());
        let waker = std::task::Waker::noop();
        assert!(begun.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
    }
    handle_all(&[Placed(obs::Propagated::default()), Placed(obs::Propagated::default())]).unwrap_err();
    handle_all(&[]).unwrap();
    drop(handle_later(vec![Placed(obs::Propagated::default())]));
    let text = guard.metrics_text();
    let to = "messaging_system=\"nats\",messaging_destination_name=\"orders.placed\"";
    let process = "messaging_process_duration_seconds_count{messaging_operation_name=\"process\"";
    has(&text, &format!("{process},{to}}} 2"));
    has(&text, &format!("{process},{to},error_type=\"Refused\"}} 1"));
    has(&text, &format!("{process},error_type=\"cancelled\"}} 1"));
    let consumed = "messaging_client_consumed_messages_total{messaging_operation_name=\"process\"";
    has(&text, &format!("{consumed},{to}}} 3"));
    has(&text, &format!("{consumed}}} 1"));
    has(&text, &format!("{consumed},messaging_destination_name=\"orders.billed\"}} 2"));
    has(&text, &format!("{consumed},messaging_destination_name=\"orders.later\"}} 1"));
    has(&text, &format!("{process},messaging_destination_name=\"orders.billed\",error_type=\"Refused\"}} 1"));
    let send = "messaging_operation_name=\"send\"";
    has(&text, &format!("messaging_client_sent_messages_total{{{send},{to}}} 1"));
    let duration = "messaging_client_operation_duration_seconds_count";
    has(&text, &format!("{duration}{{{send},messaging_operation_type=\"send\",{to}}} 1"));
    assert!(!text.contains("function=\"handle\""), "a span alone is no shared family");
}

fn process(text: &str) {
    has(text, "tokio_workers 2");
    has(text, "# TYPE process_cpu_seconds_total counter");
    for family in ["process_open_fds", "process_saturation_ratio", "tokio_alive_tasks", "obs_queue_items"] {
        assert!(text.contains(&format!("# TYPE {family} gauge\n")), "{family} in {text}");
    }
    let build = text.lines().find(|l| l.starts_with("build_info{")).expect("build_info");
    assert!(build.contains(&format!("version=\"{}\"", env!("CARGO_PKG_VERSION"))), "{build}");
    assert!(build.contains("rustc=\"1.") && build.ends_with(" 1"), "{build}");
}
