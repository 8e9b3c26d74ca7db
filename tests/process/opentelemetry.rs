//! The OpenTelemetry API in a process that `init()` started: its global provider and propagator are ours, over real
//! sockets.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)] // a test fails by panicking; its name says what holds

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use mock_collector::{MockServer, Protocol};
use obs::http::ServerLayer;
use obs::testing::Memory;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{
    FutureExt, Span, SpanKind, TraceContextExt, TraceFlags, Tracer, get_active_span, mark_span_as_active,
};
use opentelemetry::{Context, KeyValue, global};
use tracing::Instrument;

/// Draws spans as trees, children in the order in which they began.
fn tree(memory: &Memory) -> String {
    let mut spans = memory.spans();
    spans.sort_by_key(|span| span.start_unix_nanos);
    let mut out = String::new();
    let is_root = |span: &obs::record::SpanRecord| {
        span.parent.is_none_or(|parent| spans.iter().all(|other| other.context.span_id != parent))
    };
    let mut left: Vec<_> = spans.iter().rev().filter(|span| is_root(span)).map(|span| (0, span)).collect();
    while let Some((depth, span)) = left.pop() {
        out += &format!("{}{} [{}]\n", "  ".repeat(depth), span.name, span.scope);
        let below = spans.iter().rev().filter(|other| other.parent == Some(span.context.span_id));
        left.extend(below.map(|below| (depth + 1, below)));
    }
    out
}

#[obs::traced(name = "look up")]
async fn look_up() {
    tokio::task::yield_now().await;
    global::tracer("database").in_span("query", |cx| {
        cx.span().set_attribute(KeyValue::new("db.rows", 3));
    });
}

async fn serve() -> SocketAddr {
    let order = async || {
        look_up().await;
        obs::baggage().get("tenant").unwrap_or_default().into_owned()
    };
    // Continues what came by the API alone.
    let plain = async |headers: HeaderMap| {
        let came = global::get_text_map_propagator(|propagator| propagator.extract(&Came(&headers)));
        let builder = global::tracer("plain").span_builder("plain").with_kind(SpanKind::Server);
        let span = builder.start_with_context(&global::tracer("plain"), &came);
        look_up().with_context(came.with_span(span)).await;
    };
    let routes =
        Router::new().route("/order", get(order)).layer(ServerLayer::new()).route("/plain", get(plain));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

struct Came<'a>(&'a HeaderMap);

impl opentelemetry::propagation::Extractor for Came<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

/// Asks for a page with the headers of the current context.
fn ask(address: SocketAddr, path: &str) -> String {
    let mut headers = HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject(&mut headers));
    let mut request = ureq::get(format!("http://{address}{path}"));
    for (name, value) in &headers {
        request = request.header(name, value);
    }
    request.call().unwrap().body_mut().read_to_string().unwrap()
}

#[obs::traced(name = "checkout")]
async fn checkout(address: SocketAddr) {
    let cx = Context::current_with_baggage([KeyValue::new("tenant", "acme")]);
    let ordered = async {
        let call = global::tracer("client").span_builder("call").with_kind(SpanKind::Client);
        let cx = Context::current_with_span(call.start(&global::tracer("client")));
        let along = cx.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let _attached = along.attach();
            ask(address, "/order")
        });
        assert_eq!(answer.await.unwrap(), "acme");
        drop(cx);
        // Work that goes on elsewhere, in the context of a span of ours.
        let here = obs::opentelemetry::context();
        let elsewhere = tokio::task::spawn_blocking(move || {
            let _attached = here.attach();
            ask(address, "/plain")
        });
        elsewhere.await.unwrap();
    };
    ordered.with_context(cx).instrument(tracing::info_span!("ordered")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_kinds_of_spans_are_in_one_trace_that_reaches_a_collector() {
    assert!(!global::tracer("early").start("early").span_context().is_valid());
    let server = MockServer::builder().protocol(Protocol::HttpBinary).port(0).start().await.unwrap();
    let memory = Memory::default();
    let guard = obs::builder()
        .opentelemetry()
        .exporter(memory.clone())
        .otlp_endpoint(format!("http://{}", server.addr()))
        .service_name("shop")
        .admin_off()
        .log("off")
        .init()
        .unwrap();

    let address = serve().await;
    checkout(address).await;
    // Nothing is left behind on the threads that were used.
    let clean = (0..20).map(|_| tokio::task::spawn_blocking(|| obs::current().is_none()));
    for clean in clean.collect::<Vec<_>>() {
        assert!(clean.await.unwrap());
    }

    guard.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(
        tree(&memory),
        "checkout [opentelemetry]\n  ordered [opentelemetry]\n    call [client]\n      GET /order [obs::http]\n        \
         look up [opentelemetry]\n          query [database]\n    plain [plain]\n      look up [opentelemetry]\n        \
         query [database]\n"
    );
    let traces: BTreeMap<_, usize> = memory.spans().iter().fold(BTreeMap::new(), |mut traces, span| {
        *traces.entry(span.context.trace_id.to_string()).or_default() += 1;
        traces
    });
    assert_eq!(traces.into_values().collect::<Vec<_>>(), [9]);

    server
        .with_collector(|collector| {
            let call = collector.spans().iter().find(|span| span.span().name == "call").unwrap().clone();
            assert_eq!(call.span().kind, 3, "a client's");
            assert_eq!(collector.spans().len(), 9);
        })
        .await;

    // What ended is still a parent, on another thread and without a runtime.
    std::thread::spawn(|| {
        let _attached = mark_span_as_active(global::tracer("batch").start("batch"));
        get_active_span(|span| {
            span.end();
            assert_eq!(span.span_context().trace_flags() & TraceFlags::SAMPLED, TraceFlags::SAMPLED);
        });
        tracing::info_span!("late").in_scope(|| {});
    })
    .join()
    .unwrap();
    guard.flush(Duration::from_secs(60)).unwrap();
    assert!(tree(&memory).ends_with("batch [batch]\n  late [opentelemetry]\n"), "{}", tree(&memory));
}
