//! Requests that this process sends to itself over real sockets: hyper's client, reqwest and tonic, axum and tonic.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking
#![allow(missing_docs)] // a test's name says what holds

mod orders;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::get;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use obs::export::Exporter;
use obs::http::{ClientLayer, SendTraced, ServerLayer};
use obs::record::{Record, SpanKind, SpanRecord};
use obs_tests::free_port;
use tower::{Layer, ServiceExt};

/// Keeps every span.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Arc<SpanRecord>>>>);

impl Exporter for Kept {
    fn name(&self) -> &'static str {
        "kept"
    }

    fn accept(&self, record: &Record) {
        if let Record::Span(span) = record {
            self.0.lock().unwrap().push(Arc::clone(span));
        }
    }
}

#[obs::traced]
async fn look_up() {}

fn routes() -> Router {
    let id = async |headers: HeaderMap| {
        look_up().await;
        headers["traceparent"].to_str().unwrap().to_owned()
    };
    Router::new()
        .route("/orders/{id}", get(id))
        .route("/gone", get(async || StatusCode::GONE))
        .layer(ServerLayer::new())
}

async fn serve() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes()).await });
    address
}

#[obs::traced]
async fn by_hyper(server: SocketAddr) {
    let client = legacy::Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let client = ClientLayer::new().layer(client);
    let request = Request::get(format!("http://{server}/orders/7?token=secret")).body(Empty::new()).unwrap();
    let answer = client.oneshot(request).await.unwrap();
    assert!(answer.headers().contains_key("x-correlation-id"));
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(body.starts_with(b"00-"), "{body:?}");
}

#[obs::traced]
async fn by_reqwest(server: SocketAddr) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{server}/orders/7?token=secret");
    client.get(&url).send_traced().await.unwrap().error_for_status().unwrap();
    assert_eq!(client.get(format!("http://{server}/gone")).send_traced().await.unwrap().status(), 410);
    let nobody = format!("http://127.0.0.1:{}/", free_port());
    client.get(nobody).send_traced().await.unwrap_err();
    client.get("no url").send_traced().await.unwrap_err();
}

#[obs::traced]
async fn by_tonic(server: SocketAddr) {
    let mut orders = orders::Client::connect(server);
    assert_eq!(orders.call("Place", "7 loaves").await.unwrap(), "placed: 7 loaves");
    assert_eq!(orders.call("Place", "nothing").await.unwrap_err().code(), tonic::Code::InvalidArgument);
    assert_eq!(orders.call("Cancel", "7").await.unwrap_err().code(), tonic::Code::Unimplemented);
}

#[test]
fn one_trace_goes_over_every_client_and_server() {
    let kept = Kept::default();
    let guard = obs::builder().admin_off().log("off").exporter(kept.clone()).init().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let http = runtime.block_on(async {
        let (http, grpc) = (serve().await, orders::serve().await);
        by_hyper(http).await;
        by_reqwest(http).await;
        by_tonic(grpc).await;
        http
    });
    drop(runtime); // and with it every connection
    guard.flush(std::time::Duration::from_secs(30)).unwrap();
    let spans = std::mem::take(&mut *kept.0.lock().unwrap());
    assert!(!format!("{spans:?}").contains("secret"));
    assert_eq!(drawn(&spans), EXPECTED);
    metrics(&guard.metrics_text(), http);
}

const EXPECTED: &str = "\
by_hyper
  client GET 200
    server GET /orders/{id} 200
      look_up
by_reqwest
  client GET 200
    server GET /orders/{id} 200
      look_up
  client GET 410 error 410
    server GET /gone 410
  client GET error connect
by_tonic
  client shop.Orders/Place OK
    server shop.Orders/Place OK
      look_up
  client shop.Orders/Place INVALID_ARGUMENT error INVALID_ARGUMENT
    server shop.Orders/Place INVALID_ARGUMENT
  client shop.Orders/Cancel UNIMPLEMENTED error UNIMPLEMENTED
    server grpc UNIMPLEMENTED error UNIMPLEMENTED
";

/// Draws all traces, each span under its parent, in the order in which they began.
fn drawn(spans: &[Arc<SpanRecord>]) -> String {
    let mut drawing = String::new();
    let mut spans: Vec<_> = spans.iter().collect();
    spans.sort_by_key(|span| span.start_unix_nanos);
    let roots: Vec<_> = spans.iter().filter(|span| span.parent.is_none()).collect();
    roots.iter().for_each(|root| draw(root, &spans, 0, &mut drawing));
    drawing
}

fn draw(span: &SpanRecord, all: &[&Arc<SpanRecord>], depth: usize, drawing: &mut String) {
    let kind = match span.kind {
        SpanKind::Client => "client ",
        SpanKind::Server => "server ",
        _ => "",
    };
    *drawing += &format!("{}{kind}{}", "  ".repeat(depth), span.name);
    for key in ["http.response.status_code", "rpc.response.status_code"] {
        span.attribute(key).inspect(|status| *drawing += &format!(" {status}"));
    }
    span.attribute("error.type").inspect(|error| *drawing += &format!(" error {error}"));
    *drawing += "\n";
    let is_below = |other: &&&Arc<SpanRecord>| {
        other.context.trace_id == span.context.trace_id && other.parent == Some(span.context.span_id)
    };
    all.iter().filter(is_below).for_each(|below| draw(below, all, depth + 1, drawing));
}

fn metrics(text: &str, http: SocketAddr) {
    let count = |family: &str, labels: &str| format!("{family}_duration_seconds_count{{{labels}}}");
    let to = format!("server_address=\"127.0.0.1\",server_port=\"{}\",url_scheme=\"http\"", http.port());
    let get = "http_request_method=\"GET\"";
    let rpc = |method: &str| format!("rpc_system_name=\"grpc\",rpc_method=\"{method}\"");
    let unimplemented = "rpc_response_status_code=\"UNIMPLEMENTED\",error_type=\"UNIMPLEMENTED\"";
    for (series, n) in [
        (count("http_client_request", &format!("{get},{to},http_response_status_code=\"200\"")), 2),
        (
            count(
                "http_client_request",
                &format!("{get},{to},http_response_status_code=\"410\",error_type=\"410\""),
            ),
            1,
        ),
        (
            count(
                "rpc_server_call",
                &format!("{},rpc_response_status_code=\"OK\"", rpc("shop.Orders/Place")),
            ),
            1,
        ),
        (
            count(
                "rpc_server_call",
                &format!("{},rpc_response_status_code=\"INVALID_ARGUMENT\"", rpc("shop.Orders/Place")),
            ),
            1,
        ),
        (count("rpc_server_call", &format!("{},{unimplemented}", rpc("_OTHER"))), 1),
        (count("rpc_client_call", &format!("{},{unimplemented}", rpc("shop.Orders/Cancel"))), 1),
        ("http_server_active_requests{http_request_method=\"POST\",url_scheme=\"http\"}".to_owned(), 0),
    ] {
        let line = format!("{series} {n}");
        assert!(text.lines().any(|l| l == line), "{line}\nin\n{text}");
    }
}
