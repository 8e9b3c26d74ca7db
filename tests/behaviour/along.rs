//! Baggage, correlation id and fields go where the span goes.

use std::collections::{HashMap, HashSet};
use std::task::{Context as TaskContext, Waker};

use obs::Context;
use obs::testing::capture;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

type Headers = HashMap<String, String>;

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn injected() -> Headers {
    let mut headers = Headers::new();
    obs::inject(&mut headers);
    headers
}

fn tenant() -> Option<String> {
    obs::baggage().get("tenant").map(|value| value.into_owned())
}

fn correlation() -> Option<String> {
    obs::correlation_id().map(|id| id.to_string())
}

/// Runs `work` in a span that continues from the headers.
fn request<R>(headers: &Headers, work: impl FnOnce() -> R) -> R {
    let caller = obs::extract(headers);
    obs::continue_from(&caller, || tracing::info_span!("request")).in_scope(work)
}

#[obs::traced]
fn step<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[test]
fn what_a_request_brought_is_there_in_every_span_below_and_travels_on() {
    capture(|t| {
        let came = headers(&[
            ("traceparent", PARENT),
            ("tracestate", "vendor=1"),
            ("baggage", "tenant=acme,note=gr%C3%BCn;ttl=1"),
            ("x-correlation-id", "order-7"),
            ("x-request-id", "r-1"),
        ]);
        let went = request(&came, || {
            step(|| {
                assert_eq!(tenant().as_deref(), Some("acme"));
                assert_eq!(obs::baggage().get("note").as_deref(), Some("grün"));
                assert_eq!(correlation().as_deref(), Some("order-7"));
                injected()
            })
        });
        let step = t.spans().into_iter().find(|span| span.name == "step").unwrap();
        let parent = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", step.context.span_id);
        assert_eq!(went["traceparent"], parent);
        for name in ["tracestate", "baggage", "x-correlation-id", "x-request-id"] {
            assert_eq!(went[name], came[name], "{name}");
        }
        assert_eq!(
            t.spans().iter().filter(|s| s.context.tracestate.as_deref() == Some("vendor=1")).count(),
            2
        );
    });
}

#[test]
fn how_random_a_trace_s_id_is_travels_on() {
    capture(|_| {
        for flags in ["01", "03"] {
            let came = headers(&[("traceparent", &format!("{}{flags}", PARENT.trim_end_matches("01")))]);
            let went = request(&came, injected);
            assert!(went["traceparent"].ends_with(&format!("-{flags}")), "{went:?}");
        }
        assert!(step(injected)["traceparent"].ends_with("-03"), "ids made here are random");
    });
}

#[test]
fn outside_of_everything_headers_stay_as_they_are() {
    let mut other = headers(&[("traceparent", PARENT), ("baggage", "tenant=acme")]);
    let before = other.clone();
    obs::inject(&mut other);
    assert_eq!(other, before);
}

#[test]
fn it_outlives_the_request_in_what_was_spawned_and_in_spans_that_stay() {
    capture(|_| {
        let came = headers(&[("traceparent", PARENT), ("baggage", "tenant=acme")]);
        let (thread, stays, carried) = request(&came, || {
            let (go, wait) = std::sync::mpsc::channel::<()>();
            let thread = obs::spawn_thread(move || {
                wait.recv().ok();
                step(tenant)
            });
            ((go, thread), tracing::info_span!("stays"), obs::carry(tenant))
        });
        let _others = (0..100).map(|_| request(&Headers::new(), tenant)).collect::<Vec<_>>();
        drop(thread.0);
        assert_eq!(thread.1.join().unwrap().as_deref(), Some("acme"));
        assert_eq!(stays.in_scope(|| step(tenant)).as_deref(), Some("acme"));
        assert_eq!(std::thread::spawn(carried).join().unwrap().as_deref(), Some("acme"));
        assert_eq!(tenant(), None);
    });
}

#[obs::test]
async fn it_goes_into_tasks_and_sets_of_them() {
    let work = async {
        assert_eq!(obs::spawn(async { step(tenant) }).await.unwrap().as_deref(), Some("acme"));
        assert_eq!(obs::spawn_blocking(tenant).await.unwrap().as_deref(), Some("acme"));
        let mut set = tokio::task::JoinSet::new();
        set.spawn(obs::carry_future(async { tenant() }));
        assert_eq!(set.join_all().await, [Some("acme".to_owned())]);
        tokio::task::yield_now().await;
        tenant()
    };
    let work: obs::Carried<_> = Context::current().with_baggage("tenant", "acme").scope(work);
    assert_eq!(tokio::spawn(work).await.unwrap().as_deref(), Some("acme"));
    assert_eq!(tenant(), None);
}

#[test]
fn an_inner_scope_changes_it_for_what_is_inside() {
    capture(|_| {
        Context::current().with_baggage("tenant", "acme").with_correlation_id("c-1").in_scope(|| {
            let inner = Context::current().with_baggage("tenant", "other").with_baggage("tier", "gold");
            inner.in_scope(|| {
                assert_eq!((tenant().as_deref(), correlation().as_deref()), (Some("other"), Some("c-1")));
                assert_eq!(step(|| injected()["baggage"].clone()), "tenant=other,tier=gold");
            });
            assert_eq!(tenant().as_deref(), Some("acme"));
        });
    });
}

#[test]
fn it_needs_no_span_and_a_new_trace_keeps_it() {
    #[obs::traced(root)]
    fn job() -> (Option<String>, Headers) {
        (tenant(), injected())
    }
    capture(|t| {
        Context::current().with_baggage("tenant", "acme").in_scope(|| {
            assert_eq!(tenant().as_deref(), Some("acme"));
            assert_eq!(injected(), headers(&[("baggage", "tenant=acme")]));
            assert_eq!(step(tenant).as_deref(), Some("acme"));
        });
        let came =
            headers(&[("traceparent", PARENT), ("tracestate", "vendor=1"), ("baggage", "tenant=acme")]);
        let (tenant, went) = request(&came, job);
        assert_eq!(
            (tenant.as_deref(), went.get("tracestate")),
            (Some("acme"), None),
            "another trace's state"
        );
        let job = t.spans().into_iter().find(|span| span.name == "job").unwrap();
        assert_eq!((job.parent, &job.context.tracestate), (None, &None));
    });
}

#[test]
fn an_entry_has_a_correlation_id_whoever_gave_it() {
    capture(|_| {
        let id = |pairs: &[(&str, &str)]| request(&headers(pairs), || step(correlation)).unwrap();
        let both = [("x-correlation-id", "c-1"), ("x-request-id", "r-1")];
        assert_eq!(id(&both), "c-1");
        assert_eq!(id(&both[1..]), "r-1");
        assert_eq!(id(&[("traceparent", PARENT)]), "4bf92f3577b34da6a3ce929d0e0e4736");
        let broken = request(&headers(&[("x-correlation-id", "two words")]), || {
            (correlation(), obs::current().map(|context| context.trace_id.to_string()))
        });
        assert_eq!(broken.0, broken.1);
        assert_eq!(step(correlation), None, "no entry");
    });
}

#[test]
fn log_records_have_the_correlation_id() {
    capture(|t| {
        let came = headers(&[("traceparent", PARENT), ("x-correlation-id", "order-7")]);
        request(&came, || step(|| tracing::info!("inside")));
        let log = &t.logs()[0];
        assert_eq!(log.correlation_id.as_deref(), Some("order-7"));
        assert_eq!(log.context.as_ref().unwrap().trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    });
}

#[test]
fn a_line_s_own_field_is_nearer_than_the_context_s() {
    capture(|t| {
        obs::with_context_fields([("cart", 7)], || tracing::info!(cart = 8, "paid"));
        let fields: Vec<_> =
            t.logs()[0].attributes.iter().map(|a| format!("{}={}", a.key, a.value)).collect();
        assert_eq!(fields, ["cart=8"]);
    });
}

#[test]
fn a_line_in_a_scope_names_the_span_around_it() {
    capture(|t| {
        let span = tracing::info_span!("request", "otel.name" = "GET /orders/{id}");
        span.in_scope(|| obs::with_context_fields([("user.id", 7)], || tracing::info!("inside")));
        assert_eq!(t.logs()[0].span.as_deref(), Some("GET /orders/{id}"));
    });
}

#[test]
fn fields_are_on_every_span_and_log_record_inside_and_stay_in_the_process() {
    capture(|t| {
        let went = obs::with_context_fields([("user.id", 7)], || {
            tracing::info!("outside of spans");
            step(|| {
                tracing::info!(own = true, "inside");
                obs::with_context_fields([("user.id", "eight")], || {
                    tracing::info!("deeper");
                    step(injected)
                })
            })
        });
        assert_eq!(went.keys().collect::<Vec<_>>(), ["traceparent"]);
        assert_eq!(
            t.tree(),
            "step ok user.id=7\n* inside own=true level=INFO\n* deeper level=INFO\n`- step ok user.id=eight\n"
        );
        let fields = |log: &obs::record::LogRecord| {
            log.attributes.iter().map(|a| format!("{}={}", a.key, a.value)).collect::<Vec<_>>()
        };
        let logs = t.logs();
        assert_eq!(fields(&logs[0]), ["user.id=7"]);
        assert_eq!((&logs[0].context, &logs[0].span), (&None, &None));
        assert_eq!(fields(&logs[1]), ["own=true", "user.id=7"]);
        assert_eq!(fields(&logs[2]), ["user.id=eight"]);
    });
}

#[test]
fn what_is_told_in_a_scope_is_told_to_the_span_around_it() {
    capture(|t| {
        let span = tracing::info_span!("work", size = tracing::field::Empty);
        let context = || Context::current().with_field("user.id", 7);
        let late = span.in_scope(|| {
            context().in_scope(|| {
                context().in_scope(|| {
                    tracing::Span::current().record("size", 3);
                });
                tracing::info!("inside");
            });
            context().scope(async { tracing::info!("late") })
        });
        drop(span);
        let mut late = std::pin::pin!(late);
        assert!(late.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_ready());
        assert_eq!(t.tree(), "work size=3\n* inside level=INFO\n");
        let traces: HashSet<_> =
            t.logs().iter().map(|log| log.context.as_ref().map(|context| context.trace_id)).collect();
        assert_eq!((t.logs().len(), traces.len()), (2, 1), "it had ended, and its trace is known");
    });
}

#[derive(obs::Envelope)]
struct Message {
    #[envelope(headers)]
    headers: Headers,
}

#[obs::traced(consumer, envelope = message, destination = "jobs")]
fn handle(message: Message) -> (Option<String>, Option<String>) {
    (tenant(), correlation())
}

#[obs::traced(producer, envelope = message, destination = "jobs")]
fn send(mut message: Message) -> Headers {
    message.headers.remove("none");
    message.headers
}

#[test]
fn a_message_that_is_sent_outside_of_everything_stays_as_it_is() {
    let came = headers(&[("traceparent", PARENT), ("x-own", "kept")]);
    assert_eq!(send(Message { headers: came.clone() }), came);
}

#[test]
fn a_call_of_any_kind_that_sends_names_the_conversation() {
    #[obs::traced(producer, destination = "jobs", fields(size))]
    fn send_sized(size: u64) {}
    #[obs::traced(producer, destination = "jobs", fields(size = size + 1))]
    fn send_more(size: u64) {}
    capture(|t| {
        request(&headers(&[("x-correlation-id", "c-1")]), || {
            send_sized(1);
            send_more(1);
        });
        let named = |span: &obs::record::SpanRecord| {
            span.attribute("messaging.message.conversation_id").map(ToString::to_string)
        };
        let mut sent: Vec<_> = t.spans().iter().map(|span| (span.name.to_string(), named(span))).collect();
        sent.sort();
        let id = || Some("c-1".to_owned());
        let expected = [("request", None), ("send_more", id()), ("send_sized", id())];
        assert_eq!(sent, expected.map(|(name, id)| (name.to_owned(), id)));
    });
}

#[test]
fn a_message_brings_it_and_takes_it_along() {
    capture(|t| {
        let came =
            headers(&[("traceparent", PARENT), ("baggage", "tenant=acme"), ("x-correlation-id", "c-1")]);
        let went = request(&came, || send(Message { headers: headers(&[("x-own", "kept")]) }));
        assert_eq!((went["baggage"].as_str(), went["x-own"].as_str()), ("tenant=acme", "kept"));
        assert_eq!(handle(Message { headers: went }), (Some("acme".to_owned()), Some("c-1".to_owned())));
        let spans = t.spans();
        let conversation = |name| {
            let span = spans.iter().find(|span| span.name == name).unwrap();
            span.attribute("messaging.message.conversation_id").map(ToString::to_string)
        };
        assert_eq!((conversation("send"), conversation("handle")), (Some("c-1".into()), Some("c-1".into())));
        assert_eq!(conversation("request"), None, "no message");
        let other = headers(&[("baggage", "stale=1"), ("tracestate", "stale=1")]);
        let went = step(|| send(Message { headers: other }));
        assert_eq!((went.get("baggage"), went.get("tracestate")), (None, None), "of another context");
    });
}
