//! Several subscribers at once.

use tracing::{Span, debug_span, info, info_span};
use tracing_core::dispatcher::with_default;
use tracing_core::{Dispatch, LevelFilter, Subscriber};

use super::engine;
use crate::engine::limits::Limits;
use crate::engine::sampler::SamplerSettings;
use crate::engine::subscriber::Wanted;
use crate::testing::Recorded;

#[test]
fn subscribers_do_not_see_each_other_s_spans() {
    let ((one, first), (two, second)) = (engine(), engine());
    with_default(&first, || {
        let outer = info_span!("outer");
        outer.in_scope(|| {
            with_default(&second, || {
                assert!(Span::current().is_none());
                info_span!("nested").in_scope(|| {
                    info!("to the second");
                    with_default(&first, || {
                        assert_eq!(Span::current().id(), outer.id());
                        info_span!("back").in_scope(|| ());
                    });
                });
                outer.in_scope(|| info_span!("in the first's span").in_scope(|| ()));
            });
            assert_eq!(Span::current().id(), outer.id());
        });
    });
    assert_eq!(one.tree(), "outer\n`- back\n");
    assert_eq!(two.tree(), "nested\n* to the second level=INFO\nin the first's span\n");
}

#[test]
fn a_span_ends_where_it_began_also_under_another_subscriber() {
    let ((one, first), (two, second)) = (engine(), engine());
    let span = with_default(&first, || info_span!("of the first"));
    with_default(&second, || drop(span));
    assert_eq!((one.tree(), two.tree()), ("of the first\n".to_owned(), String::new()));
}

#[test]
fn a_scope_ends_with_its_guard() {
    let (recorded, dispatch) = engine();
    info_span!("before").in_scope(|| ());
    with_default(&dispatch, || info_span!("inside").in_scope(|| ()));
    info_span!("after").in_scope(|| ());
    assert_eq!(recorded.tree(), "inside\n");
}

#[test]
fn a_level_that_is_not_wanted_is_not_recorded_and_said_to_tracing() {
    let level = LevelFilter::INFO;
    let wanted = Wanted::down_to(level);
    let (recorded, engine) = Recorded::new(Limits::default(), SamplerSettings::default(), wanted);
    assert_eq!(engine.max_level_hint(), Some(level));
    with_default(&Dispatch::new(engine), || {
        info_span!("wanted")
            .in_scope(|| debug_span!("unwanted").in_scope(|| info_span!("below").in_scope(|| ())));
    });
    let spans = recorded.spans();
    assert_eq!(spans.iter().map(|s| s.name.as_ref()).collect::<Vec<_>>(), ["below", "wanted"]);
    assert_eq!(spans[0].parent, Some(spans[1].context.span_id));
}
