//! A process that speaks B3 beside W3C's formats: what it takes, what it sends, what it refuses, and where that is shown.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)] // a test fails by panicking; its name says what holds

use std::collections::HashMap;
use std::net::SocketAddr;

use obs::Propagator;
use obs_tests::get_as;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

obs::metrics! {
    /// Time of a step.
    static STEPS: Histogram = "step_duration_seconds";
}

#[obs::traced]
fn step<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Which of several observations leads to its trace is not for a test to say: this one is made once.
#[obs::traced]
#[obs::timed(metric = STEPS)]
fn measured() {}

type Headers = HashMap<String, String>;

/// Handles a request with these headers, and returns those of the next.
fn handle(headers: &[(&str, &str)]) -> Headers {
    handle_by(headers, || {})
}

fn handle_by(headers: &[(&str, &str)], work: fn()) -> Headers {
    let headers: Headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let span = obs::continue_from(&obs::extract(&headers), || tracing::info_span!("request"));
    let mut next = Headers::new();
    span.in_scope(|| {
        step(|| {
            obs::inject(&mut next);
            work();
        });
    });
    next
}

#[derive(obs::Envelope, serde::Deserialize)]
struct Message {
    #[envelope(context)]
    #[serde(default)]
    context: obs::Propagated,
}

#[obs::traced(consumer, envelope = message, destination = "jobs")]
fn consume(message: &Message) -> bool {
    message.context.is_empty()
}

#[obs::traced(consumer, batch = messages, destination = "jobs")]
fn consume_all(messages: &[Message]) -> usize {
    messages.len()
}

#[test]
fn a_process_speaks_several_formats_and_shows_what_it_refused() {
    let spoken = [Propagator::TraceContext, Propagator::Baggage, Propagator::B3, Propagator::B3Multi];
    let admin: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let obs = obs::builder()
        .propagators(spoken.into_iter().chain([Propagator::Correlation]))
        .admin(admin)
        .log("off")
        .init()
        .unwrap();

    let single = format!("{TRACE}-{SPAN}-1");
    let next = handle(&[("b3", &single)]);
    assert!(next["traceparent"].starts_with(&format!("00-{TRACE}-")), "{next:?}");
    assert!(next["b3"].starts_with(&format!("{TRACE}-")) && next["b3"].contains("-1"), "{next:?}");
    assert_eq!((next["x-b3-traceid"].as_str(), next["x-b3-sampled"].as_str()), (TRACE, "1"));
    assert_eq!(next["x-b3-spanid"], next["traceparent"].split('-').nth(2).unwrap());

    let multi = [("x-b3-traceid", SPAN), ("x-b3-spanid", SPAN), ("x-b3-sampled", "0")];
    let next = handle(&multi);
    assert!(next["traceparent"].starts_with(&format!("00-0000000000000000{SPAN}-")), "{next:?}");
    assert!(next["traceparent"].ends_with("-00"), "the caller's decision: {next:?}");

    let denied = handle(&[("b3", "0")]);
    assert!(denied["traceparent"].ends_with("-00") || denied["traceparent"].ends_with("-02"), "{denied:?}");

    let undecided = handle(&[("b3", &format!("{TRACE}-{SPAN}"))]);
    assert!(undecided["b3"].ends_with("-1"), "left to us: {undecided:?}");
    let metrics = format!("http://{}/metrics", obs.admin_addr().unwrap());
    let scrape = || get_as(&metrics, "application/openmetrics-text").unwrap().1;
    scrape(); // the next observation is an exemplar, whichever came before

    let traceparent = format!("00-{TRACE}-{SPAN}-01");
    let other = format!("{}-{SPAN}-1", "1".repeat(32));
    let both = [("traceparent", traceparent.as_str()), ("b3", &other), ("x-correlation-id", "order-7")];
    let both = handle_by(&both, measured);
    assert!(both["b3"].starts_with(TRACE), "W3C's comes first: {both:?}");
    let text = scrape();
    assert!(text.contains(",correlation_id=\"order-7\"} "), "{text}");

    let mut stale: Headers = [("b3", single.as_str()), ("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    obs::Context::current().with_baggage("tenant", "acme").in_scope(|| obs::inject(&mut stale));
    assert_eq!(stale.keys().collect::<Vec<_>>(), ["baggage"], "of another context");

    handle(&[("traceparent", "00-broken")]);
    handle(&[("traceparent", &traceparent), ("tracestate", "UPPER=1")]);
    let context = serde_json::json!({ "context": { "traceparent": traceparent.to_uppercase() } });
    for message in [serde_json::json!({}), context] {
        consume(&serde_json::from_value(message).unwrap());
    }
    for decided in [serde_json::json!({ "b3": "0" }), serde_json::json!({ "X-B3-Sampled": "0" })] {
        let message = serde_json::from_value(serde_json::json!({ "context": decided })).unwrap();
        assert!(!consume(&message), "not missing");
    }
    let half = r#"{"context":{"traceparent":"\ud800"},"data":7}"#;
    assert_eq!(obs::Framed::<u64>::from_text(half).unwrap().into_data(), 7);
    consume_all(&[serde_json::from_value(serde_json::json!({})).unwrap()]);

    let text = scrape();
    for (carrier, reason, count) in [
        ("map", "traceparent_length", 1),
        ("map", "tracestate_malformed", 1),
        ("message", "traceparent_malformed", 1),
        ("message", "context_missing", 3),
        ("message", "context_malformed", 1),
    ] {
        let line =
            format!("obs_propagation_rejected_total{{carrier=\"{carrier}\",reason=\"{reason}\"}} {count}");
        assert!(text.lines().any(|l| l == line), "{line}\nin\n{text}");
    }
}
