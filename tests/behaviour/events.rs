//! What is logged inside a span arrives on it, and carries its ids.

use expect_test::expect;
use obs::testing::capture;

#[obs::traced]
fn outer() {
    tracing::info!(step = 1, "begun");
    inner();
    tracing::warn!("ended");
}

#[obs::traced(level = "warn", fields(count = 2, name = %"x", list = ?[1]))]
fn inner() {
    tracing::error!(code = -1, "inside");
}

#[test]
fn events_stand_under_the_span_they_happened_in() {
    capture(|t| {
        outer();
        expect![[r#"
            outer ok
            * begun step=1 level=INFO
            * ended level=WARN
            `- inner ok count=2 name=x list=[1]
               * inside code=-1 level=ERROR
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn log_records_name_the_span() {
    capture(|t| {
        tracing::info!("outside");
        outer();
        let logs = t.logs();
        assert_eq!(logs.len(), 4);
        assert!(logs[0].context.is_none());
        let inner = t.spans().into_iter().find(|s| s.name == "inner").unwrap();
        assert_eq!(logs[2].body, "inside");
        assert_eq!(logs[2].context.as_ref(), Some(&inner.context));
        assert_eq!(logs[2].span.as_deref(), Some("inner"));
    });
}

#[test]
fn spans_made_by_hand_and_by_annotation_are_one_tree() {
    capture(|t| {
        let request = tracing::info_span!(
            "request",
            otel.kind = "client",
            otel.status_code = "ERROR",
            later = tracing::field::Empty
        );
        request.in_scope(outer);
        request.record("later", 5);
        drop(request);
        let tree = t.tree();
        assert!(tree.starts_with("request (client) later=5\n`- outer ok\n"), "{tree}");
    });
}

#[test]
fn a_span_keeps_128_events_and_counts_the_rest() {
    #[obs::traced]
    fn chatty() {
        for number in 0..130 {
            tracing::info!(number, "said");
        }
    }
    capture(|t| {
        chatty();
        assert_eq!((t.spans()[0].events.len(), t.spans()[0].dropped_events), (128, 2));
        assert_eq!(t.logs().len(), 130);
    });
}

#[test]
fn a_span_that_follows_another_links_to_it() {
    capture(|t| {
        let cause = tracing::info_span!("cause");
        let effect = tracing::info_span!(parent: None, "effect");
        effect.follows_from(&cause);
        drop((cause, effect));
        let spans = t.spans();
        assert_eq!(spans[1].links.iter().map(|l| &l.context).collect::<Vec<_>>(), [&spans[0].context]);
    });
}
