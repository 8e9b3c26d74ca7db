//! What one span may hold.

use tracing::{field, info, info_span};
use tracing_core::dispatcher::with_default;

use super::{engine_with, recorded};
use crate::engine::limits::Limits;
use crate::engine::port;
use crate::record::{Status, Value};

#[test]
fn what_goes_beyond_the_limits_is_counted() {
    let limits = Limits { attributes: 2, value_length: 5, events: 2, links: 1, event_attributes: 1 };
    let (recorded, dispatch) = engine_with(limits);
    with_default(&dispatch, || {
        let span = info_span!("span", a = "äöü", b = ?"123456", c = 3, d = field::Empty);
        span.record("d", 4);
        span.in_scope(|| (0..5).for_each(|number| info!(number, more = true, "said")));
        for _ in 0..3 {
            span.follows_from(span.id());
        }
    });
    let span = recorded.span("span");
    assert_eq!(span.attribute("a"), Some(&Value::Str("äö".into())));
    assert_eq!(span.attribute("b"), Some(&Value::Str("\"1234".into())));
    assert_eq!((span.attributes.len(), span.dropped_attributes), (2, 2));
    assert_eq!((span.events.len(), span.dropped_events), (2, 3));
    assert_eq!((span.links.len(), span.dropped_links), (1, 2));
    // `level` is ours, and comes on top.
    assert_eq!((span.events[0].attributes.len(), span.events[0].dropped_attributes), (2, 1));
}

#[test]
fn a_field_that_is_recorded_over_and_over_takes_no_more_room() {
    let recorded = recorded(|| {
        let span = info_span!("span", last = field::Empty, long = field::Empty);
        for number in 0..100_000 {
            span.record("last", number);
            span.record("long", "a text of some length, again and again");
        }
    });
    let span = recorded.span("span");
    assert_eq!(span.attribute("last"), Some(&Value::Int(99_999)));
    assert_eq!(span.attributes.len(), 2);
}

#[test]
fn long_values_and_many_fields_survive() {
    let long = "ä".repeat(10_000);
    let recorded = recorded(|| {
        info_span!("span", first = 1, long = long.as_str(), shown = %long, last = 2.5)
            .in_scope(|| info!(%long, "said"));
    });
    let span = recorded.span("span");
    let text = Value::Str(long.into());
    assert_eq!((span.attribute("long"), span.attribute("shown")), (Some(&text), Some(&text)));
    assert_eq!(
        (span.attribute("first"), span.attribute("last")),
        (Some(&Value::Int(1)), Some(&Value::Double(2.5)))
    );
    assert_eq!(span.events[0].attributes[0].value, text);
}

#[test]
fn values_that_are_too_long_for_a_record_are_cut_and_counted() {
    let long = "ä".repeat(1 << 20);
    let recorded = recorded(|| {
        let span = info_span!("span", long = long.as_str(), shown = %long, last = 1, late = field::Empty);
        span.record("late", long.as_str());
        span.in_scope(|| info!(%long, "said"));
    });
    let span = recorded.span("span");
    let Some(Value::Str(kept)) = span.attribute("long") else { unreachable!("{:?}", span.attributes) };
    assert!(kept.len() > 10_000 && kept.chars().all(|c| c == 'ä'));
    assert_eq!(span.attribute("last"), Some(&Value::Int(1)));
    assert_eq!((span.attributes.len(), span.dropped_attributes, span.events.len()), (3, 1, 1));
}

#[test]
fn an_error_that_has_much_to_say_is_cut() {
    let recorded = recorded(|| {
        let span = info_span!("span");
        port::describe(&span, &"ä".repeat(1 << 20));
    });
    let Status::Error(why) = &recorded.span("span").status else { panic!("{}", recorded.tree()) };
    assert!(why.len() > 10_000 && why.chars().all(|c| c == 'ä'));
}

#[test]
fn numbers_beyond_64_bits_become_texts() {
    let recorded = recorded(|| {
        info_span!("span", a = u64::MAX, b = i128::MIN, c = -1_i128, d = u128::MAX, e = 7_u128, f = false)
            .in_scope(|| ());
    });
    assert_eq!(
        recorded.tree(),
        format!("span a={} b={} c=-1 d={} e=7 f=false\n", u64::MAX, i128::MIN, u128::MAX)
    );
}
