//! `examples/w3c_service.rs` keeps the rules of W3C Trace Context level 2, W3C Baggage and B3: seen from outside, over
//! sockets, in the bytes that arrive and in those that are sent on.

mod callbacks;
mod cases;

use std::collections::BTreeSet;

use callbacks::{Headers, Service};
use cases::{BAGGAGE, Case, Goes, PARENT, TRACE};

fn only<'a>(headers: &'a Headers, name: &str) -> &'a str {
    let [value] = headers.all(name)[..] else { panic!("{name}: {:?}", headers.all(name)) };
    value
}

/// Asserts the grammar of what is sent, whatever came, and returns its fields.
fn traceparent(headers: &Headers) -> [&str; 4] {
    let value = only(headers, "traceparent");
    let fields: Vec<&str> = value.split('-').collect();
    let [version, trace, parent, flags] = fields[..] else { panic!("{value}") };
    for (field, length) in [(version, 2), (trace, 32), (parent, 16), (flags, 2)] {
        let is_hex = field.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
        assert!(is_hex && field.len() == length, "{value}");
    }
    assert_eq!(version, "00", "{value}");
    assert!([trace, parent].iter().all(|id| id.bytes().any(|b| b != b'0')), "{value}");
    [version, trace, parent, flags]
}

#[test]
fn what_comes_goes_on_as_the_specification_says() {
    let mut service = Service::start(&[]);
    for Case { lines, goes } in cases::all() {
        let sent = service.callback(&lines);
        let [_, trace, parent, flags] = traceparent(&sent);
        assert_ne!(parent, PARENT, "{lines:?}");
        match goes {
            Goes::On { flags: expected, state } => {
                assert_eq!((trace, flags), (TRACE, expected), "{lines:?}");
                assert_eq!(sent.all("tracestate"), state.iter().collect::<Vec<_>>(), "{lines:?}");
            }
            Goes::Anew => {
                assert_ne!(trace, TRACE, "{lines:?}");
                assert_eq!(flags, "03", "sampled, and made at random: {lines:?}");
                assert!(sent.all("tracestate").iter().all(|state| state.starts_with("ot=")), "{lines:?}");
            }
        }
    }
}

#[test]
fn each_request_has_a_parent_of_its_own() {
    let mut service = Service::start(&[]);
    let valid = format!("traceparent: 00-{TRACE}-{PARENT}-01");
    for lines in [&[][..], &[valid], &["traceparent: 00-x".to_owned()]] {
        let sent = service.callbacks(lines, 3);
        let parents: BTreeSet<&str> = sent.iter().map(|headers| traceparent(headers)[2]).collect();
        let traces: BTreeSet<&str> = sent.iter().map(|headers| traceparent(headers)[1]).collect();
        assert_eq!((parents.len(), traces.len()), (3, 1), "{lines:?}");
    }
}

#[test]
fn baggage_goes_on_within_its_limits() {
    let mut service = Service::start(&[]);
    for (lines, expected) in BAGGAGE {
        let lines: Vec<String> = lines.iter().map(|line| format!("baggage: {line}")).collect();
        assert_eq!(service.callback(&lines).all("baggage"), *expected, "{lines:?}");
    }
    let members = |count: usize| (0..count).map(|n| format!("key{n:03}=value")).collect::<Vec<_>>();
    let sent = service.callback(&[format!("baggage: {}", members(64).join(","))]);
    assert_eq!(sent.all("baggage").join(",").split(',').count(), 64);
    let lines: Vec<String> =
        members(70).chunks(7).map(|line| format!("baggage: {}", line.join(","))).collect();
    let sent = service.callback(&lines);
    assert_eq!(sent.all("baggage").join(","), members(64).join(","), "whole members, the first ones");
    let long: Vec<String> = (0..20).map(|n| format!("baggage: key{n:02}={}", "x".repeat(1000))).collect();
    let sent = service.callback(&long).all("baggage").join(",");
    assert!((7 * 1006..=8192).contains(&sent.len()), "{}", sent.len());
    assert!(sent.split(',').all(|member| member.len() == 1006), "whole members");
}

#[test]
fn correlation_ids_go_on_and_come_back() {
    let mut service = Service::start(&[]);
    let sent = service.callback(&["X-Correlation-ID: order-7".to_owned(), "x-request-id: 4711".to_owned()]);
    assert_eq!((only(&sent, "x-correlation-id"), only(&sent, "x-request-id")), ("order-7", "4711"));
    assert_eq!(only(service.answer(), "x-correlation-id"), "order-7");

    let sent = service.callback(&["x-correlation-id: no;such,id".to_owned()]);
    let trace = traceparent(&sent)[1].to_owned();
    assert_eq!(only(&sent, "x-correlation-id"), trace);
    assert_eq!(only(service.answer(), "x-correlation-id"), trace, "the trace's, where none came");
}

#[test]
fn b3_is_spoken_where_it_is_asked_for() {
    let mut service = Service::start(&[("OTEL_PROPAGATORS", "b3")]);
    let sent = service.callback(&[format!("b3: {TRACE}-{PARENT}-1-05e3ac9a4f6e3b90")]);
    let fields: Vec<&str> = only(&sent, "b3").split('-').collect();
    assert!(matches!(fields[..], [TRACE, span, "1", ..] if span != PARENT), "{fields:?}");
    assert!(sent.all("traceparent").is_empty(), "which nobody asked for");
    let short = &TRACE[16..];
    let sent = service.callback(&[format!("b3: {short}-{PARENT}-0")]);
    assert!(only(&sent, "b3").starts_with(&format!("0000000000000000{short}-")));
    assert!(only(&sent, "b3").contains("-0"), "not sampled: {}", only(&sent, "b3"));

    let mut service = Service::start(&[("OTEL_PROPAGATORS", "B3Multi")]);
    let headers = [("X-B3-TraceId", TRACE), ("X-B3-SpanId", PARENT), ("X-B3-Sampled", "1")];
    let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let sent = service.callback(&lines);
    assert_eq!((only(&sent, "x-b3-traceid"), only(&sent, "x-b3-sampled")), (TRACE, "1"));
    assert_ne!(only(&sent, "x-b3-spanid"), PARENT);
}

#[test]
fn both_forms_of_b3_are_read_whichever_is_written() {
    let single = format!("b3: {TRACE}-{PARENT}-1");
    let other = "1".repeat(32);
    let multi =
        [format!("X-B3-TraceId: {TRACE}"), format!("X-B3-SpanId: {PARENT}"), "X-B3-Sampled: 1".to_owned()];
    let mut writes_single = Service::start(&[("OTEL_PROPAGATORS", "b3")]);
    assert!(only(&writes_single.callback(&multi), "b3").starts_with(TRACE));
    let mut writes_multi = Service::start(&[("OTEL_PROPAGATORS", "b3multi")]);
    let with_both = [single, format!("X-B3-TraceId: {other}"), format!("X-B3-SpanId: {PARENT}")];
    let sent = writes_multi.callback(&with_both);
    assert_eq!(only(&sent, "x-b3-traceid"), TRACE, "the single header comes first");
    assert!(sent.all("b3").is_empty(), "and is not written");
}

#[test]
fn the_harness_contract_is_kept() {
    let mut service = Service::start(&[]);
    let nested = serde_json::json!([{"url": "http://x/", "arguments": [1, {"a": null}]}]);
    let (status, body) = service.ask_with(&[], &nested);
    assert_eq!((status, body), (200, nested), "the arguments are posted as they came");
    assert_eq!(service.post("not json").0, 400);
    assert_eq!(service.post(r#"[{"url": "http://127.0.0.1:1/", "arguments": []}]"#).0, 502);
}
