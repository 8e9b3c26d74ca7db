//! A context that comes in goes on to the next service also where nothing is recorded of it: the SDK is disabled
//! (`OTEL_SDK_DISABLED`: "propagators are unaffected"), or the span of the request or the message is filtered out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)] // a test fails by panicking

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::Command;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use obs::http::{SendTraced, ServerLayer};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const STATE: &str = "vendor=x";
const BAGGAGE: &str = "tenant=acme";
const ORDER: &str = "order-7";

type Headers = HashMap<String, String>;

fn came() -> Headers {
    let headers =
        [("traceparent", PARENT), ("tracestate", STATE), ("baggage", BAGGAGE), ("x-correlation-id", ORDER)];
    headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn injected() -> Headers {
    let mut next = Headers::new();
    obs::inject(&mut next);
    next
}

#[derive(Default, obs::Envelope)]
struct Message {
    #[envelope(context)]
    context: obs::Propagated,
}

fn message() -> Message {
    Message { context: obs::extract(&came()) }
}

#[obs::traced(producer, envelope = message, destination = "next")]
fn send(message: &mut Message) {}

fn sent() -> Headers {
    let mut message = Message::default();
    send(&mut message);
    let mut headers = Headers::new();
    message.context.write_to(&mut headers);
    headers
}

#[obs::traced(consumer, envelope = message, destination = "jobs")]
fn consume(message: &Message) -> [Headers; 2] {
    [injected(), sent()]
}

#[obs::traced(consumer, envelope = message, destination = "jobs", link = obs::current())]
fn consume_with_links(message: &Message) -> Headers {
    injected()
}

#[obs::observed(consumer, envelope = message, destination = "jobs")]
async fn consume_and_wait(message: Message) -> [Headers; 3] {
    tokio::task::yield_now().await;
    let spawned = obs::spawn(async {
        tokio::task::yield_now().await;
        injected()
    });
    let thread = obs::spawn_thread(injected).join().unwrap();
    [injected(), spawned.await.unwrap(), thread]
}

#[obs::traced(consumer, envelope = message, destination = "jobs", trust = restart)]
fn consume_of_a_stranger(message: &Message) -> Headers {
    injected()
}

#[obs::traced(consumer, envelope = message, destination = "jobs", trust = link)]
fn consume_of_an_acquaintance(message: &Message) -> Headers {
    injected()
}

#[obs::traced]
fn step() -> Headers {
    injected()
}

/// Answers with the headers that it is sent.
async fn echo(headers: HeaderMap) -> String {
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    ["traceparent", "tracestate", "baggage", "x-correlation-id"].map(text).join("\n")
}

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Sends a request over a service in the middle, and returns what reached the last one, and the answer's own id.
async fn over_a_service_in_the_middle() -> (Headers, Option<String>) {
    let last = serve(Router::new().route("/", get(echo))).await;
    let middle = move || async move {
        tokio::task::yield_now().await;
        let request = reqwest::Client::new().get(format!("http://{last}/"));
        request.send_traced().await.unwrap().text().await.unwrap()
    };
    let middle = serve(Router::new().route("/", get(middle)).layer(ServerLayer::new())).await;
    let request = came()
        .into_iter()
        .fold(reqwest::Client::new().get(format!("http://{middle}/")), |r, (n, v)| r.header(n, v));
    let answer = request.send().await.unwrap();
    let id = answer.headers().get("x-correlation-id").map(|id| id.to_str().unwrap().to_owned());
    let text = answer.text().await.unwrap();
    let names = ["traceparent", "tracestate", "baggage", "x-correlation-id"];
    let headers =
        names.iter().zip(text.split('\n')).map(|(name, value)| ((*name).to_owned(), value.to_owned()));
    (headers.collect(), id)
}

/// Everything goes on as it came.
async fn nothing_is_recorded() {
    let came = came();
    assert_eq!(consume(&message()), [came.clone(), came.clone()], "a message, and one that is sent");
    assert_eq!(consume_with_links(&message()), came, "one with links");
    assert_eq!(
        consume_and_wait(message()).await,
        [came.clone(), came.clone(), came.clone()],
        "one that waits"
    );
    assert_eq!(over_a_service_in_the_middle().await, (came.clone(), Some(ORDER.to_owned())), "a request");
    assert_eq!(obs::continue_from(&obs::extract(&came), injected), came, "by hand");
    assert_eq!(obs::continue_from(&obs::extract(&came), step), came, "by hand, in a function");

    assert_eq!(consume_of_a_stranger(&message()), Headers::new());
    let of_an_acquaintance = consume_of_an_acquaintance(&message());
    assert_eq!(of_an_acquaintance, Headers::from([("x-correlation-id".to_owned(), ORDER.to_owned())]));

    let more = consume_scoped(&message());
    assert_eq!((&more["traceparent"], &more["tracestate"]), (&came["traceparent"], &came["tracestate"]));
    assert_eq!(more["baggage"], "tenant=acme,shard=3");
    assert_eq!(injected(), Headers::new(), "nothing stays behind");
    assert_eq!(obs::current(), None);
}

#[obs::traced(consumer, envelope = message, destination = "jobs")]
fn consume_scoped(message: &Message) -> Headers {
    assert_eq!(obs::current().unwrap().trace_id.to_string(), TRACE);
    assert_eq!(obs::correlation_id().as_deref(), Some(ORDER));
    obs::Context::current().with_baggage("shard", "3").in_scope(injected)
}

/// The span of the message alone is not recorded: what is recorded inside is a child of the sender's.
async fn the_span_itself_is_not_recorded() {
    let inside = consume_around(&message());
    assert!(inside["traceparent"].starts_with(&format!("00-{TRACE}-")), "{inside:?}");
    assert_ne!(inside["traceparent"], PARENT, "of a span of its own");
    assert_eq!((inside["baggage"].as_str(), inside["x-correlation-id"].as_str()), (BAGGAGE, ORDER));
    assert_eq!(inside["tracestate"], STATE);
}

mod unseen {
    #[obs::traced(consumer, envelope = message, destination = "jobs")]
    pub(super) fn consume<R>(message: &super::Message, work: fn() -> R) -> R {
        work()
    }
}

fn consume_around(message: &Message) -> Headers {
    let outside = unseen::consume(message, injected);
    assert_eq!(outside, came());
    unseen::consume(message, step)
}

/// Runs a test of this program once more, with these variables.
fn again(test: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env("AGAIN", "1").envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{variables:?}: {said}\n{complained}");
}

fn is_again() -> bool {
    std::env::var_os("AGAIN").is_some()
}

fn run(work: impl Future<Output = ()>) {
    let _obs = obs::builder().admin_off().init().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(work);
}

#[test]
fn a_context_goes_through_a_process_whose_sdk_is_disabled() {
    match is_again() {
        true => run(nothing_is_recorded()),
        false => {
            again("a_context_goes_through_a_process_whose_sdk_is_disabled", &[("OTEL_SDK_DISABLED", "true")])
        }
    }
}

#[test]
fn a_context_goes_through_a_process_whose_spans_are_filtered_out() {
    if is_again() {
        return run(nothing_is_recorded());
    }
    let test = "a_context_goes_through_a_process_whose_spans_are_filtered_out";
    again(test, &[("OBS_SPANS", "off"), ("OBS_LOG", "warn")]);
    again(test, &[("OBS_EXPORT_LEVEL", "warn"), ("OBS_LOG", "warn")]);
}

#[test]
fn what_is_recorded_below_a_span_that_is_not_is_a_child_of_the_sender_s() {
    let test = "what_is_recorded_below_a_span_that_is_not_is_a_child_of_the_sender_s";
    match is_again() {
        true => run(the_span_itself_is_not_recorded()),
        false => again(test, &[("OBS_SPANS", "info,passed::unseen=off"), ("OBS_LOG", "warn")]),
    }
}

#[test]
fn the_formats_that_are_asked_for_are_spoken_also_where_the_sdk_is_disabled() {
    let test = "the_formats_that_are_asked_for_are_spoken_also_where_the_sdk_is_disabled";
    if !is_again() {
        return again(test, &[("OTEL_SDK_DISABLED", "true"), ("OTEL_PROPAGATORS", "b3")]);
    }
    run(async {
        let b3 = Headers::from([("b3".to_owned(), format!("{TRACE}-00f067aa0ba902b7-1"))]);
        assert_eq!(obs::continue_from(&obs::extract(&b3), injected), b3);
    });
}
