//! Ids that name no open span: ended, of another subscriber, made up, given back too often.

use tracing::{Span, info, info_span};
use tracing_core::dispatcher::with_default;
use tracing_core::span::Id;
use tracing_core::{Dispatch, Event, Metadata, field::ValueSet, span::Attributes, span::Record};

use super::{engine, recorded};

/// Does everything that can be done with an id.
fn use_up(dispatch: &Dispatch, id: &Id, metadata: &'static Metadata<'static>) {
    let fields = metadata.fields();
    let field = fields.field("x").unwrap();
    let values = [(&field, Some(&1_i64 as &dyn tracing_core::field::Value))];
    let values: ValueSet<'_> = fields.value_set(&values);
    dispatch.record(id, &Record::new(&values));
    dispatch.record_follows_from(id, id);
    dispatch.enter(id);
    assert!(!dispatch.current_span().id().is_some_and(|current| current == id));
    dispatch.exit(id);
    assert_eq!(&dispatch.clone_span(id), id);
    assert!(!dispatch.try_close(id.clone()));
    assert!(!dispatch.try_close(id.clone()));
}

#[test]
fn stale_and_foreign_and_made_up_ids_do_nothing() {
    let (recorded, dispatch) = engine();
    let (other_recorded, other) = engine();
    let foreign = with_default(&other, || info_span!("foreign", x = 0));
    with_default(&dispatch, || {
        let ended = info_span!("ended", x = 0);
        let (stale, metadata) = (ended.id().unwrap(), ended.metadata().unwrap());
        drop(ended);
        let reused = info_span!("reused", x = 0);
        for id in [
            stale.clone(),
            foreign.id().unwrap(),
            Id::from_u64(u64::MAX),
            Id::from_u64(1),
            Id::from_u64(77 << 20),
        ] {
            use_up(&dispatch, &id, metadata);
            let none = metadata.fields().value_set(&[]);
            let child = dispatch.new_span(&Attributes::child_of(id.clone(), metadata, &none));
            assert!(dispatch.try_close(child));
            Event::child_of(id, metadata, &none);
        }
        reused.follows_from(&stale);
        reused.in_scope(|| info!("alive"));
    });
    let reused = recorded.span("reused");
    assert_eq!((reused.attributes.len(), reused.events.len(), reused.links.len()), (1, 1, 0));
    assert_eq!(recorded.spans().iter().filter(|s| s.parent.is_some()).count(), 0);
    assert_eq!(recorded.spans().len(), 2 + 5);
    drop(foreign);
    assert_eq!(other_recorded.tree(), "foreign x=0\n");
}

#[test]
fn a_span_that_was_closed_while_it_is_entered_is_no_parent() {
    let (recorded, dispatch) = engine();
    with_default(&dispatch, || {
        let outer = info_span!("outer");
        let _outer = outer.enter();
        let span = info_span!("closed");
        let id = span.id().unwrap();
        dispatch.enter(&id);
        drop(span);
        assert_eq!(Span::current().id(), outer.id());
        info_span!("inside").in_scope(|| ());
        dispatch.exit(&id);
        assert_eq!(Span::current().id(), outer.id());
    });
    assert_eq!(recorded.tree(), "outer\n|- closed\n`- inside\n");
}

#[test]
fn a_handle_that_was_copied_keeps_the_span_open() {
    let recorded = recorded(|| {
        let span = info_span!("span");
        let copies: Vec<Span> = (0..10).map(|_| span.clone()).collect();
        drop(span);
        copies[9].in_scope(|| info!("open"));
        drop(copies);
        info!("closed");
    });
    assert_eq!(recorded.tree(), "span\n* open level=INFO\n");
}
