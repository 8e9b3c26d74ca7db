//! Which span is the parent of which.

use opentelemetry::Context;
use opentelemetry::trace::{
    FutureExt, Span as _, SpanContext, TraceContextExt, TraceFlags, TraceState, Tracer as _, get_active_span,
    mark_span_as_active,
};
use tracing::info_span;

use super::tracer;
use crate::testing::{block_on, capture, capture_with_layer};

fn remote(span: u64) -> SpanContext {
    SpanContext::new(7.into(), span.into(), TraceFlags::SAMPLED, true, TraceState::NONE)
}

#[test]
fn both_ways_in_turns() {
    capture(|t| {
        info_span!("a").in_scope(|| {
            tracer().in_span("b", |_| {
                info_span!("c").in_scope(|| {
                    tracer().in_span("d", |cx| {
                        assert_eq!(
                            crate::current().unwrap().span_id.get(),
                            u64::from_be_bytes(cx.span().span_context().span_id().to_bytes())
                        );
                        info_span!("e").in_scope(|| {});
                        info_span!("f").in_scope(|| {});
                    });
                    info_span!("g").in_scope(|| {});
                });
                tracer().in_span("h", |_| {});
            });
            info_span!("i").in_scope(|| {});
        });
        assert_eq!(
            t.tree(),
            "a\n|- b\n|  |- c\n|  |  |- d\n|  |  |  |- e\n|  |  |  `- f\n|  |  `- g\n|  `- h\n`- i\n"
        );
        assert!(crate::current().is_none() && !Context::current().has_active_span());
    });
}

#[test]
fn what_was_made_elsewhere_is_placed_by_when_it_was_entered() {
    capture(|t| {
        let (ours, theirs) = (info_span!("ours"), tracer().start("theirs"));
        let cx = Context::new().with_span(theirs);
        {
            let _attached = cx.clone().attach();
            ours.in_scope(|| {
                info_span!("below ours").in_scope(|| {});
                tracer().start("also below ours").end();
            });
            info_span!("below theirs").in_scope(|| {});
        }
        ours.in_scope(|| {
            let _attached = cx.clone().attach();
            info_span!("also below theirs").in_scope(|| {});
            tracer().start("below theirs, too").end();
        });
        drop((ours, cx));
        assert_eq!(
            t.tree(),
            "ours\n|- below ours\n`- also below ours\n\
             theirs\n|- below theirs\n|- also below theirs\n`- below theirs, too\n"
        );
    });
}

#[test]
fn a_span_that_ended_is_a_parent_for_as_long_as_its_context_is_attached() {
    capture(|t| {
        let _attached = mark_span_as_active(tracer().start("over"));
        get_active_span(|span| span.end());
        info_span!("late").in_scope(|| {});
        tracer().start("later").end();
        assert_eq!(t.tree(), "over\n|- late\n`- later\n");
        assert!(t.spans()[0].parent.is_none());
    });
}

#[test]
fn a_remote_parent_is_continued() {
    capture(|t| {
        let cx = Context::new().with_remote_span_context(remote(9));
        tracer().start_with_context("explicit", &cx).end();
        {
            let _attached = cx.attach();
            assert_eq!(crate::current().unwrap().span_id.get(), 9);
            info_span!("ours").in_scope(|| info_span!("inside").in_scope(|| {}));
            tracer().start("theirs").end();
            std::thread::scope(|s| {
                s.spawn(crate::carry(|| info_span!("elsewhere").in_scope(|| {})));
            });
        }
        let spans = t.spans();
        assert!(spans.iter().all(|s| s.context.trace_id.get() == 7 && s.context.is_sampled()));
        for span in &spans {
            let below = (span.parent.map(|p| p.get()), span.parent_is_remote);
            match &*span.name {
                "inside" => assert!(!below.1 && below.0 != Some(9)),
                name => assert_eq!(below, (Some(9), true), "{name}"),
            }
        }
        assert_eq!(spans.len(), 5);
    });
}

#[test]
fn the_senders_decision_and_state_are_followed() {
    capture(|t| {
        let state: TraceState = "vendor=1".parse().unwrap();
        let context = SpanContext::new(7.into(), 9.into(), TraceFlags::NOT_SAMPLED, true, state.clone());
        let cx = Context::new().with_remote_span_context(context);
        let mut span = tracer().start_with_context("explicit", &cx);
        assert!(!span.is_recording() && !span.span_context().is_sampled());
        span.set_attribute(opentelemetry::KeyValue::new("a", 1));
        assert_eq!(span.span_context().trace_state(), &state);
        let _attached = cx.attach();
        info_span!("ours").in_scope(|| {
            assert!(!crate::current().unwrap().is_sampled());
            assert_eq!(crate::current().unwrap().tracestate.as_deref(), Some("vendor=1"));
        });
        drop(span);
        assert_eq!(t.tree(), "");
    });
}

#[test]
fn contexts_that_are_detached_out_of_order_leave_nothing_behind() {
    capture(|t| {
        let [a, b, c] = ["a", "b", "c"].map(|name| Context::new().with_span(tracer().start(name)));
        let first = a.clone().attach();
        let second = b.clone().attach();
        drop(first);
        info_span!("below b").in_scope(|| {});
        let third = c.clone().attach();
        drop(second);
        info_span!("below c").in_scope(|| {});
        drop(third);
        info_span!("alone").in_scope(|| assert!(crate::current().is_some()));
        assert!(crate::current().is_none());
        drop((a, b, c));
        assert_eq!(t.tree(), "a\nb\n`- below b\nc\n`- below c\nalone\n");
    });
}

#[test]
fn a_context_without_a_span_begins_a_trace_where_there_is_one() {
    capture(|t| {
        let _attached = mark_span_as_active(tracer().start("outer"));
        {
            let _nothing = Context::new().attach();
            assert!(crate::current().is_none());
            info_span!("ours").in_scope(|| {});
            tracer().start("theirs").end();
        }
        tracer().start_with_context("explicit", &Context::new()).end();
        let none = Context::new().with_remote_span_context(SpanContext::NONE);
        info_span!("around").in_scope(|| tracer().start_with_context("wanted", &none).end());
        info_span!("below").in_scope(|| {});
        drop(_attached);
        assert_eq!(t.tree(), "outer\n|- around\n`- below\nours\ntheirs\nexplicit\nwanted\n");
    });
}

#[test]
fn a_value_in_a_context_changes_no_parent() {
    #[derive(Debug)]
    struct Value;
    capture(|t| {
        let attached = mark_span_as_active(tracer().start("outer"));
        info_span!("inner").in_scope(|| {
            let _value = Context::current_with_value(Value).attach();
            info_span!("ours").in_scope(|| {});
            tracer().start("theirs").end();
            tracer().start_with_context("cloned", &Context::current()).end();
        });
        drop(attached);
        assert_eq!(t.tree(), "outer\n`- inner\n   |- ours\n   |- theirs\n   `- cloned\n");
    });
}

#[test]
fn a_context_goes_along_with_futures_and_over_threads() {
    block_on(async |t| {
        let cx = Context::new().with_span(tracer().start("request"));
        let work = async {
            info_span!("first").in_scope(|| {});
            tokio::task::yield_now().await;
            info_span!("second").in_scope(|| {});
            tracer().start("third").end();
        };
        let other = async {
            tokio::task::yield_now().await;
            info_span!("apart").in_scope(|| {});
        };
        tokio::join!(work.with_context(cx.clone()), other);
        let dispatch = tracing_core::dispatcher::get_default(Clone::clone);
        let moved = cx.clone();
        std::thread::spawn(move || {
            tracing_core::dispatcher::with_default(&dispatch, || {
                let _attached = moved.attach();
                info_span!("fourth").in_scope(|| {});
            });
        })
        .join()
        .unwrap();
        drop(cx);
        assert_eq!(t.tree(), "request\n|- first\n|- second\n|- third\n`- fourth\napart\n");
    });
}

#[test]
fn our_span_can_be_put_into_a_context() {
    capture(|t| {
        let cx = info_span!("ours", otel.name = tracing::field::Empty).in_scope(|| {
            let cx = super::super::context();
            cx.span().set_attribute(opentelemetry::KeyValue::new("added", true));
            cx.span().add_event("told", vec![]);
            cx.span().update_name("renamed");
            cx.span().set_status(opentelemetry::trace::Status::error("why"));
            cx.span().end();
            assert!(cx.span().is_recording());
            cx
        });
        assert!(!cx.span().is_recording(), "it ended");
        cx.span().set_attribute(opentelemetry::KeyValue::new("late", true));
        {
            let _attached = cx.attach();
            tracer().start("theirs").end();
            info_span!("ours as well").in_scope(|| {});
        }
        assert_eq!(t.tree(), "renamed \"why\" added=true\n* told\n|- theirs\n`- ours as well\n");
    });
}

#[test]
fn layers_of_others_see_one_tree() {
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::Context as Cx;
    use tracing_subscriber::registry::LookupSpan;

    #[derive(Clone, Default)]
    struct Parents(Arc<Mutex<Vec<String>>>);

    impl<S: tracing_core::Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Parents {
        fn on_new_span(
            &self,
            _: &tracing_core::span::Attributes<'_>,
            id: &tracing_core::span::Id,
            cx: Cx<'_, S>,
        ) {
            let span = cx.span(id).unwrap();
            let above = span.parent().map(|parent| parent.name());
            self.0.lock().unwrap().push(format!("{} below {}", span.name(), above.unwrap_or("nothing")));
        }
    }

    let parents = Parents::default();
    capture_with_layer(parents.clone(), |t| {
        info_span!("a").in_scope(|| {
            tracer().in_span("b", |_| info_span!("c").in_scope(|| {}));
            let _attached = Context::new().with_remote_span_context(remote(9)).attach();
            info_span!("d").in_scope(|| {});
        });
        let _attached = mark_span_as_active(tracer().start("e"));
        get_active_span(|span| span.end());
        info_span!("f").in_scope(|| {});
        assert_eq!(t.tree(), "a\n`- b\n   `- c\nd\ne\n`- f\n");
    });
    assert_eq!(
        *parents.0.lock().unwrap(),
        [
            "a below nothing",
            "span below a",
            "c below span",
            "d below nothing",
            "span below nothing",
            "f below nothing"
        ]
    );
}

#[test]
fn without_a_subscriber_the_parents_context_is_passed_on() {
    let cx = Context::new().with_remote_span_context(remote(9));
    let none = tracing::subscriber::NoSubscriber::new();
    tracing::subscriber::with_default(none, || {
        let mut span = tracer().start_with_context("nobody wants it", &cx);
        assert!(!span.is_recording());
        assert_eq!(span.span_context(), cx.span().span_context());
        span.set_status(opentelemetry::trace::Status::Ok);
        span.end();
        assert!(!tracer().start("alone").span_context().is_valid());
    });
}

#[test]
fn what_is_suppressed_is_not_recorded() {
    capture(|t| {
        let attached = mark_span_as_active(tracer().start("outer"));
        {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            let mut span = tracer().start("suppressed");
            span.set_attribute(opentelemetry::KeyValue::new("lost", true));
            assert!(!span.is_recording() && span.span_context().is_valid());
            let _inside = mark_span_as_active(span);
            info_span!("inside").in_scope(|| {});
        }
        drop(attached);
        assert_eq!(t.tree(), "outer\n`- inside\n");
    });
}
