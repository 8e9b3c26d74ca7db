//! Spans of calls under another span: what they take over, and what they do not.

use std::collections::HashMap;

use obs::SpanContext;
use obs::record::Status;
use obs::testing::capture;

#[obs::traced]
fn child() -> HashMap<String, String> {
    let mut headers = HashMap::new();
    obs::inject(&mut headers);
    headers
}

#[obs::traced(fields(number))]
fn child_with_a_field(number: u64) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    obs::inject(&mut headers);
    headers.extend([("number".to_owned(), number.to_string())]);
    headers
}

#[obs::traced(fields("otel.name" = name, "otel.status_code" = status))]
fn named(name: &str, status: &str) {
    tracing::info!("inside");
}

#[obs::traced(link = cause)]
fn linked(cause: &SpanContext) {}

#[obs::traced]
fn parent<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[test]
fn a_child_of_a_child_hands_the_tracestate_on() {
    let headers = HashMap::from([
        ("traceparent".to_owned(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        ("tracestate".to_owned(), "vendor=1,other=2".to_owned()),
    ]);
    capture(|_| {
        let caller = obs::extract(&headers);
        let handed = obs::continue_from(&caller, || parent(|| [child(), child_with_a_field(1)]));
        for handed in handed {
            assert_eq!(handed["tracestate"], "vendor=1,other=2");
            assert!(handed["traceparent"].starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
        }
    });
}

#[test]
fn a_call_that_continues_a_caller_is_no_child_of_the_span_around_it() {
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let headers = HashMap::from([("traceparent".to_owned(), format!("00-{id}-00f067aa0ba902b7-01"))]);
    capture(|_| {
        let caller = obs::extract(&headers);
        let (continued, after) = parent(|| (obs::continue_from(&caller, child), child()));
        assert!(continued["traceparent"].contains(id));
        assert!(!after["traceparent"].contains(id));
    });
}

#[test]
fn a_child_hands_on_the_share_that_its_trace_was_sampled_by() {
    #[obs::traced(sample = 0.75)]
    fn sampled() -> [HashMap<String, String>; 3] {
        let mut own = HashMap::new();
        obs::inject(&mut own);
        [own, child(), child_with_a_field(1)]
    }
    capture(|_| {
        let told = (0..1000).map(|_| sampled()).find(|told| told[0]["traceparent"].ends_with("-03"));
        let told = told.expect("three in four are sampled");
        assert_eq!(told[0]["tracestate"], "ot=th:4");
        assert_eq!(told[1]["tracestate"], "ot=th:4");
        assert_eq!(told[2]["tracestate"], "ot=th:4");
    });
}

#[test]
fn a_call_whose_span_is_kept_still_says_how_it_ended() {
    #[obs::traced]
    fn kept(fails: bool) -> Result<tracing::Span, tracing::Span> {
        let span = tracing::Span::current();
        if fails { Err(span) } else { Ok(span) }
    }
    capture(|t| {
        let spans = parent(|| [kept(false), kept(true)]);
        assert_eq!(t.tree(), "parent ok\n");
        drop(spans);
        assert_eq!(t.tree(), "parent ok\n|- kept ok\n`- kept error error.type=tracing::span::Span\n");
    });
}

#[test]
fn the_fields_that_speak_to_us_do_so_in_a_child_too() {
    capture(|t| {
        parent(|| named("another name", "error"));
        parent(|| named("fine", "ok"));
        let spans: Vec<_> = t.spans().iter().map(|span| span.name.clone()).collect();
        assert_eq!(spans, ["another name", "parent", "fine", "parent"]);
        let logs: Vec<_> = t.logs().iter().filter_map(|log| log.span.clone()).collect();
        assert_eq!(logs, ["another name", "fine"], "known while the span is open");
        let status = |name| t.spans().iter().find(|span| span.name == name).map(|span| span.status.clone());
        assert!(matches!(status("another name"), Some(Status::Error(_))));
        assert_eq!(status("fine"), Some(Status::Ok));
    });
}

#[test]
fn a_child_may_be_linked() {
    capture(|t| {
        parent(|| ());
        let cause = t.spans()[0].context.clone();
        parent(|| linked(&cause));
        let spans = t.spans();
        let linked = spans.iter().find(|span| span.name == "linked").unwrap();
        assert_eq!(linked.links.len(), 1);
        assert_eq!(linked.links[0].context, cause);
        assert_eq!(linked.parent, spans.last().map(|parent| parent.context.span_id));
    });
}

#[test]
fn a_call_under_a_span_that_was_closed_meanwhile_is_recorded() {
    struct Closes(std::cell::Cell<Option<tracing::span::EnteredSpan>>);
    impl std::fmt::Debug for Closes {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            drop(self.0.take());
            f.write_str("closed")
        }
    }
    #[obs::traced(fields(?value))]
    fn closing(value: &Closes) {}

    capture(|t| {
        for _ in 0..100 {
            closing(&Closes(std::cell::Cell::new(Some(tracing::info_span!("above").entered()))));
        }
        let spans = t.spans();
        assert_eq!(spans.iter().filter(|span| span.name == "closing").count(), 100);
        assert_eq!(spans.iter().filter(|span| span.name == "above").count(), 100);
        child();
        assert_eq!(t.spans().last().and_then(|span| span.parent), None);
    });
}

#[test]
fn a_call_that_outlives_its_subscriber_ends_there() {
    #[obs::traced]
    async fn waits() {
        std::future::pending().await
    }
    let mut future = Box::pin(waits());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    capture(|first| {
        assert!(future.as_mut().poll(&mut context).is_pending());
        capture(|second| {
            parent(|| drop(future));
            assert_eq!(second.tree(), "parent ok\n");
        });
        assert_eq!(first.tree(), "waits cancelled\n");
    });
}
