//! What goes along under a registry of the program's own, whose spans are not ours.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)] // a test fails by panicking; its name says what holds

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use obs::Context;
use obs::health::{Check, Probe, Standing};
use obs::record::{LogRecord, Record, SpanRecord, Status};
use tracing_subscriber::prelude::*;

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Record>>>);

impl obs::Exporter for Seen {
    fn name(&self) -> &'static str {
        "seen"
    }

    fn accept(&self, record: &Record) {
        self.0.lock().unwrap().push(record.clone());
    }
}

impl Seen {
    fn span(&self, name: &str) -> Arc<SpanRecord> {
        let records = self.0.lock().unwrap();
        let span = |r: &Record| if let Record::Span(span) = r { Some(Arc::clone(span)) } else { None };
        records.iter().filter_map(span).find(|span| span.name == name).unwrap()
    }

    fn spans_of(&self, name: &str, is: impl Fn(&SpanRecord) -> bool) -> Vec<Arc<SpanRecord>> {
        let records = self.0.lock().unwrap();
        let span = |r: &Record| if let Record::Span(span) = r { Some(Arc::clone(span)) } else { None };
        records.iter().filter_map(span).filter(|span| span.name == name && is(span)).collect()
    }

    fn log(&self, body: &str) -> Arc<LogRecord> {
        let records = self.0.lock().unwrap();
        let log = |r: &Record| if let Record::Log(log) = r { Some(Arc::clone(log)) } else { None };
        records.iter().filter_map(log).find(|log| log.body == body).unwrap()
    }
}

fn tenant() -> Option<String> {
    obs::baggage().get("tenant").map(|value| value.into_owned())
}

#[obs::traced]
fn step<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[obs::traced]
fn deep() {
    tracing::info!("deep");
}

#[derive(obs::Envelope)]
struct Message {
    #[envelope(headers)]
    headers: HashMap<String, String>,
    #[envelope(attempt)]
    attempt: u64,
}

#[obs::traced(consumer, envelope = message, trust = link, destination = "jobs")]
fn consume(message: &Message) -> Option<String> {
    message.headers.get("none").cloned().or_else(tenant)
}

#[obs::traced(parent = caller)]
fn below(caller: obs::SpanContext) -> Option<String> {
    tenant()
}

#[test]
fn baggage_correlation_id_and_fields_go_along_as_with_our_own_subscriber() {
    tracing_subscriber::registry().with(obs::layer()).init();
    let seen = Seen::default();
    let obs = obs::builder().exporter(seen.clone()).admin_off().log("off").init().unwrap();

    let headers = HashMap::from(
        [
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            ("tracestate", "vendor=1"),
            ("baggage", "tenant=acme"),
            ("x-correlation-id", "order-7"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let request = obs::continue_from(&obs::extract(&headers), || tracing::info_span!("request"));
    let (thread, next) = request.in_scope(|| {
        assert_eq!(step(tenant).as_deref(), Some("acme"));
        let mut next = HashMap::new();
        Context::current().with_baggage("tenant", "other").with_field("user.id", 7).in_scope(|| {
            assert_eq!((tenant().as_deref(), step(tenant).as_deref()), (Some("other"), Some("other")));
            deep();
            obs::inject(&mut next);
            (obs::spawn_thread(|| (tenant(), step(tenant))), next.clone())
        })
    });
    drop(request);
    let other = Some("other".to_owned());
    assert_eq!(thread.join().unwrap(), (other.clone(), other));
    assert_eq!((next["baggage"].as_str(), next["tracestate"].as_str()), ("tenant=other", "vendor=1"));
    assert_eq!(tenant(), None);
    Context::current().with_baggage("tenant", "job").in_scope(|| {
        assert_eq!((tenant().as_deref(), step(tenant).as_deref()), (Some("job"), Some("job")));
    });

    assert_eq!(tenant(), None, "the scope was left");
    let inside = || {
        let request = obs::continue_from(&obs::extract(&headers), || tracing::info_span!("inside"));
        (request.in_scope(tenant), tenant())
    };
    let job = Context::current().with_baggage("tenant", "job").in_scope(inside);
    assert_eq!(job, (Some("acme".to_owned()), Some("job".to_owned())), "a request brings its own");
    let scope = Context::current().with_field("user.id", 9).with_baggage("tenant", "job");
    let alone = || tracing::info_span!(parent: None, "alone").in_scope(tenant);
    assert_eq!(scope.in_scope(|| (alone(), step(alone))), (Some("job".to_owned()), Some("job".to_owned())));

    let message = Message { headers: headers.clone(), attempt: 2 };
    let caller = obs::extract(&headers).span_context().unwrap();
    let scope = Context::current().with_field("user.id", 10).with_baggage("tenant", "job");
    let (consumed, below) = scope.in_scope(|| (consume(&message), below(caller)));
    assert_eq!((consumed, below.as_deref()), (None, Some("job")), "a message brings its own, a parent none");

    obs.flush(Duration::from_secs(10)).unwrap();
    let deep = seen.span("deep");
    assert_eq!(deep.attribute("user.id"), Some(&7.into()));
    assert_eq!(deep.context.tracestate.as_deref(), Some("vendor=1"));
    assert_eq!(seen.span("alone").attribute("user.id"), Some(&9.into()));
    let consumed = seen.span("consume");
    assert_eq!((consumed.attribute("user.id"), consumed.links.len()), (Some(&10.into()), 1));
    assert_eq!(consumed.attribute("messaging.message.delivery_attempt"), Some(&2.into()));
    let log = seen.log("deep");
    assert_eq!(log.correlation_id.as_deref(), Some("order-7"));
    assert!(log.attributes.iter().any(|a| a.key == "user.id"));
    runs_of_checks(&obs, &seen);
}

/// A run is a span if it fails or is slow, as with our own subscriber; what it does in spans of its own is not recorded here.
fn runs_of_checks(obs: &obs::Guard, seen: &Seen) {
    let often = |check: Check| check.interval(Duration::from_millis(400)).timeout(Duration::from_millis(300));
    let slow = || {
        std::thread::sleep(Duration::from_millis(160));
        step(tenant);
    };
    obs.add_health_check(often(Check::blocking("quick", || ()))).unwrap();
    obs.add_health_check(often(Check::blocking("slow", slow))).unwrap();
    obs.add_health_check(often(Check::new("fails", async || Err::<(), _>("down"))).failures(1)).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let known = |name: &str, wanted: Standing| {
        let report = obs.health(Probe::Ready);
        report.checks().iter().any(|check| check.name() == name && check.standing() == wanted)
    };
    while !(known("quick", Standing::Healthy)
        && known("slow", Standing::Healthy)
        && known("fails", Standing::Unhealthy))
    {
        assert!(Instant::now() < deadline, "{:?}", obs.health(Probe::Ready));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(["quick", "slow", "fails"].iter().all(|name| obs.remove_health_check(name)));
    obs.flush(Duration::from_secs(10)).unwrap();
    let of = |name: &str| {
        seen.spans_of("health_check", |span| span.attribute("check") == Some(&name.to_owned().into()))
    };
    assert!(of("quick").is_empty());
    assert!(!of("slow").is_empty() && of("slow").iter().all(|span| span.outcome == Some(obs::Outcome::Ok)));
    assert!(!of("fails").is_empty());
    assert_eq!(of("fails")[0].status, Status::Error("down".into()));
}
