//! A program whose spans go through `obs::layer()` of its own registry, or through the subscriber of `init()`: prints what
//! was exported, without what differs from run to run. The first word of its command line says which.

#![allow(clippy::unwrap_used)] // it fails by panicking

use std::collections::HashMap;
use std::time::Duration;

use obs::record::{Attribute, SpanRecord};
use obs::testing::Memory;
use tracing::field::Empty;
use tracing::{Span, debug, debug_span, info, info_span};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[derive(obs::Envelope)]
struct Message {
    #[envelope(headers)]
    headers: HashMap<String, String>,
}

#[obs::traced]
fn plain() {
    inner();
}

#[obs::traced(sample = 0.0)]
fn inner() {}

#[obs::traced(sample = 0.0)]
fn never() {
    inner();
}

#[obs::traced(sample = 1.0)]
fn always() {
    inner();
}

#[obs::traced(consumer, envelope = message, destination = "jobs")]
fn receive(message: &Message) -> HashMap<String, String> {
    inner();
    let mut headers = HashMap::new();
    obs::inject(&mut headers);
    headers
}

/// Receives a message of a trace that its sender sampled, or not, and says what it passes on.
fn received(flags: &str) {
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-{flags}");
    let state = "ot=th:8;rv:ffffffffffffff,vendor=1".to_owned();
    let headers = HashMap::from([("traceparent".into(), traceparent), ("tracestate".into(), state)]);
    let sent = receive(&Message { headers });
    let flags = sent.get("traceparent").and_then(|parent| parent.rsplit('-').next());
    println!("sent on: {flags:?} {:?}", sent.get("tracestate"));
}

#[obs::traced(consumer, batch = messages)]
fn handle_all(messages: &[Message]) {
    let _ = messages;
}

#[obs::traced(client, envelope = question, reply)]
fn ask(question: &mut Message) -> Option<Message> {
    question.headers.clear();
    sent_by(7)
}

fn sent_by(sender: u64) -> Option<Message> {
    let traceparent = format!("00-{TRACE}-{sender:016x}-01");
    Some(Message { headers: HashMap::from([("traceparent".into(), traceparent)]) })
}

#[obs::traced(fields(first = "äöüß", second = ?[1, 2, 3], third = 3, fourth = Empty))]
fn full() {
    let here = Span::current();
    here.record("fourth", "late");
    here.record("first", "later");
    for other in [info_span!("a"), info_span!("b"), info_span!("c"), info_span!("d")] {
        here.follows_from(&other);
    }
    info!(one = 1, two = "second", three = true, "said at length");
    info!(one = 1, "said again");
    info!("said at last");
}

#[obs::traced(fields(otel.name = "renamed at length", otel.status_description = "described at length"))]
fn named() {
    info!(said = "inside", "in a span of another name");
}

#[obs::traced]
fn outer() {
    debug_span!("between", hidden = true).in_scope(|| {
        debug!("not of this level");
        info!("said between");
        below();
        let mut headers = HashMap::new();
        obs::inject(&mut headers);
        println!("in a trace between: {}", headers.contains_key("traceparent"));
    });
}

#[obs::traced]
fn below() {}

fn attributes(attributes: &[Attribute]) -> Vec<String> {
    attributes.iter().map(|a| format!("{}={}", a.key, a.value)).collect()
}

fn print(span: &SpanRecord) {
    let flags = span.context.flags;
    let continued = span.context.trace_id.to_string() == TRACE;
    let (state, remote) = (&span.context.tracestate, span.parent_is_remote);
    println!("{} flags={flags} {state:?} remote={remote} continued={continued}", span.name);
    println!("  {:?} {:?} {:?}", span.kind, span.status, span.outcome);
    println!("  {:?} dropped={}", attributes(&span.attributes), span.dropped_attributes);
    println!("  links={} dropped={}", span.links.len(), span.dropped_links);
    for event in &span.events {
        println!(
            "  * {} {:?} dropped={}",
            event.name,
            attributes(&event.attributes),
            event.dropped_attributes
        );
    }
    println!("  events dropped={}", span.dropped_events);
}

fn main() {
    let own = std::env::args().nth(1).is_some_and(|word| word == "layer");
    if own {
        tracing_subscriber::registry().with(obs::layer()).init();
        plain(); // nobody told the layer yet what is wanted
    }
    let memory = Memory::default();
    let guard = obs::builder().admin_off().log("off").exporter(memory.clone()).init().unwrap();
    plain();
    never();
    always();
    received("03");
    received("00");
    full();
    handle_all(&Vec::from_iter((1..=130).filter_map(sent_by)));
    ask(&mut Message { headers: HashMap::new() });
    named();
    outer();
    guard.flush(Duration::from_secs(60)).unwrap();
    let mut spans = memory.spans();
    spans.sort_by_key(|span| (span.name.clone(), span.start_unix_nanos));
    for span in &spans {
        print(span);
        let parent = spans.iter().find(|s| Some(s.context.span_id) == span.parent);
        println!("  below {:?}", parent.map(|s| &s.name));
    }
    for log in memory.logs() {
        let sampled = log.context.as_ref().map(obs::SpanContext::is_sampled);
        println!("log {:?} {:?} {:?} sampled={sampled:?}", log.body, attributes(&log.attributes), log.span);
    }
    let metrics = guard.metrics_text();
    metrics.lines().filter(|l| l.starts_with("obs_values_truncated_total")).for_each(|l| println!("{l}"));
}
