//! Which span is whose parent, and what arrives on which.

use expect_test::expect;
use tracing::{Instrument, Span, debug_span, error, field, info, info_span, trace};
use tracing_core::dispatcher::with_default;

use super::{Runs, engine, recorded};

#[test]
fn spans_are_left_in_any_order() {
    let recorded = recorded(|| {
        let (a, b) = (info_span!("a"), info_span!("b"));
        let (in_a, in_b) = (a.enter(), b.enter());
        info_span!("in b").in_scope(|| ());
        drop(in_a);
        assert_eq!(Span::current().id(), b.id());
        info_span!("still in b").in_scope(|| ());
        drop(in_b);
        assert!(Span::current().is_none());
        info_span!("in none").in_scope(|| ());
    });
    expect![[r#"
        a
        b
        |- in b
        `- still in b
        in none
    "#]]
    .assert_eq(&recorded.tree());
}

#[test]
fn a_span_that_is_entered_twice_is_left_twice() {
    let recorded = recorded(|| {
        let (a, b) = (info_span!("a"), info_span!("b"));
        let _a = a.enter();
        let in_b = b.enter();
        let again = a.enter();
        info_span!("in a again").in_scope(|| ());
        drop(again);
        assert_eq!(Span::current().id(), b.id());
        drop(in_b);
        assert_eq!(Span::current().id(), a.id());
    });
    assert_eq!(recorded.span("in a again").parent, Some(recorded.span("a").context.span_id));
}

#[test]
fn a_debug_that_panics_costs_its_field_only() {
    let recorded = recorded(|| {
        let value = Runs(|| panic!("on purpose"));
        info_span!("span", before = 1, value = ?value, after = 2).in_scope(|| info!(value = ?value, "said"));
    });
    expect![[r#"
        span before=1 value={panicked} after=2
        * said value={panicked} level=INFO
    "#]]
    .assert_eq(&recorded.tree());
}

#[test]
fn an_instrumented_future_is_in_its_span_on_every_poll() {
    async fn twice(name: &'static str) {
        info!(name, "first");
        tokio::task::yield_now().await;
        info!(name, "second");
    }
    let recorded = recorded(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let one = twice("one").instrument(info_span!("one"));
            let two = twice("two").instrument(info_span!("two"));
            tokio::join!(one, two, async { info_span!("beside").in_scope(|| ()) });
        });
    });
    expect![[r#"
        one
        * first name=one level=INFO
        * second name=one level=INFO
        two
        * first name=two level=INFO
        * second name=two level=INFO
        beside
    "#]]
    .assert_eq(&recorded.tree());
}

#[test]
fn the_current_span_is_known_and_can_be_used() {
    let recorded = recorded(|| {
        assert!(Span::current().is_none());
        info_span!("span", late = field::Empty).in_scope(|| {
            let current = Span::current();
            assert_eq!(current.metadata().unwrap().name(), "span");
            current.record("late", true);
            info_span!(parent: &current, "child").in_scope(|| ());
        });
    });
    assert_eq!(recorded.tree(), "span late=true\n`- child\n");
}

#[test]
fn a_span_links_to_those_it_follows_from() {
    let recorded = recorded(|| {
        let (cause, effect) = (info_span!("cause"), info_span!("effect"));
        effect.follows_from(&cause);
        effect.follows_from(cause.id());
    });
    let (cause, effect) = (recorded.span("cause"), recorded.span("effect"));
    assert_eq!(effect.links.iter().map(|l| &l.context).collect::<Vec<_>>(), [&cause.context; 2]);
    assert!(effect.parent.is_none() && cause.links.is_empty());
}

#[test]
fn what_is_recorded_late_replaces_what_was_there_and_speaks_to_the_exporter() {
    let recorded = recorded(|| {
        let span = info_span!(
            "span",
            a = 1,
            b = field::Empty,
            otel.name = field::Empty,
            otel.status_code = field::Empty
        );
        span.record("b", "x".repeat(200).as_str());
        span.record("a", 2);
        span.record("b", 1.5);
        span.record("otel.name", "renamed");
        span.record("otel.status_code", "ERROR");
        span.in_scope(|| info!("inside"));
    });
    assert_eq!(recorded.tree(), "renamed a=2 b=1.5\n* inside level=INFO\n");
    assert_eq!(recorded.logs()[0].span.as_deref(), Some("renamed"));
    assert!(matches!(recorded.spans()[0].status, crate::record::Status::Error(_)));
}

#[test]
fn parents_are_taken_as_given() {
    let recorded = recorded(|| {
        let root = info_span!("root");
        let child = info_span!(parent: &root, "child");
        info_span!("other").in_scope(|| {
            info_span!(parent: &root, "of root").in_scope(|| info_span!("below").in_scope(|| ()));
            info_span!(parent: child.id(), "of child").in_scope(|| ());
            info_span!(parent: None, "of none").in_scope(|| ());
        });
    });
    expect![[r#"
        root
        |- child
        |  `- of child
        `- of root
           `- below
        other
        of none
    "#]]
    .assert_eq(&recorded.tree());
    let (root, none) = (recorded.span("root"), recorded.span("of none"));
    assert_ne!(root.context.trace_id, none.context.trace_id);
    assert!(none.parent.is_none());
}

#[test]
fn a_parent_may_end_before_its_children() {
    let recorded = recorded(|| {
        let parent = info_span!("parent");
        let child = info_span!(parent: &parent, "child");
        drop(parent);
        child.in_scope(|| info!("still here"));
    });
    expect![[r#"
        parent
        `- child
           * still here level=INFO
    "#]]
    .assert_eq(&recorded.tree());
}

#[test]
fn events_and_errors_arrive_on_the_span_they_name_or_happen_in() {
    let recorded = recorded(|| {
        let (a, b) = (info_span!("a"), debug_span!("b"));
        a.in_scope(|| {
            error!(code = 7, "in a");
            info!(parent: &b, "to b");
            trace!(parent: None, "to nobody");
            b.in_scope(|| info!(parent: a.id(), "to a"));
        });
        info!("outside");
    });
    expect![[r#"
        a
        * in a code=7 level=ERROR
        * to a level=INFO
        b
        * to b level=INFO
    "#]]
    .assert_eq(&recorded.tree());
    let spans: Vec<_> = recorded.logs().iter().map(|l| l.span.clone()).collect();
    assert_eq!(
        spans.iter().map(|s| s.as_deref()).collect::<Vec<_>>(),
        [Some("a"), Some("b"), None, Some("a"), None]
    );
}

#[test]
fn ids_differ_and_children_stay_in_their_trace() {
    let (recorded, dispatch) = engine();
    with_default(&dispatch, || {
        for _ in 0..100 {
            info_span!("root").in_scope(|| info_span!("child").in_scope(|| ()));
        }
    });
    let spans = recorded.spans();
    let (children, roots): (Vec<_>, Vec<_>) = spans.iter().partition(|s| s.name == "child");
    let mut ids: Vec<_> = spans.iter().map(|s| s.context.span_id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), roots.len()), (200, 100));
    for (child, root) in children.iter().zip(roots) {
        assert_eq!(
            (child.parent, child.context.trace_id),
            (Some(root.context.span_id), root.context.trace_id)
        );
        assert!(
            child.start_unix_nanos >= root.start_unix_nanos
                && child.end_unix_nanos() <= root.end_unix_nanos()
        );
    }
}
