//! `#[tracing::instrument]` and `#[obs::traced]`: the same functions under both, and what each leaves.

mod ours;
mod theirs;

use expect_test::{Expect, expect};
use obs::Outcome;
use obs::record::{SpanKind, SpanRecord};
use obs::testing::capture;
use tracing::{Instrument, Level, Span, info, info_span};

use crate::block_on;

#[derive(Debug)]
struct Order {
    id: u64,
}

#[derive(Debug)]
struct Declined;

impl std::fmt::Display for Declined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("card declined")
    }
}

#[async_trait::async_trait]
trait Counter {
    async fn count(&self) -> u64;
}

fn level() -> Level {
    *Span::current().metadata().unwrap().level()
}

/// Draws the spans that both can make: without the outcome, and without the kind of an error.
fn drawn(work: impl FnOnce()) -> String {
    capture(|t| {
        work();
        let spans = t.spans();
        let parent = |span: &SpanRecord| {
            let parent = spans.iter().find(|s| Some(s.context.span_id) == span.parent);
            parent.map_or(String::new(), |s| format!("{} > ", s.name))
        };
        spans.iter().map(|s| format!("{}{}", parent(s), line(s))).collect()
    })
}

fn line(span: &SpanRecord) -> String {
    let mut text = span.name.to_string();
    if span.scope == "billing" {
        text += " target=billing";
    }
    if span.kind != SpanKind::Internal {
        text += &format!(" {:?}", span.kind);
    }
    for field in span.attributes.iter().filter(|a| a.key != "error.type") {
        text += &format!(" {}={}", field.key, field.value);
    }
    for event in &span.events {
        text += " *";
        for field in &event.attributes {
            text += &format!(" {}={}", field.key, field.value);
        }
    }
    if !span.links.is_empty() {
        text += &format!(" links={}", span.links.len());
    }
    text + "\n"
}

#[track_caller]
fn both(theirs: impl FnOnce(), ours: impl FnOnce(), left: Expect) {
    let (theirs, ours) = (drawn(theirs), drawn(ours));
    left.assert_eq(&theirs);
    assert_eq!(ours, theirs);
}

#[test]
fn name_target_and_level_are_the_same() {
    let left = expect![[r#"
        plain
        charge card
        charge card
        named target=billing
        coarse
        fine
    "#]];
    both(
        || {
            theirs::plain();
            theirs::charge();
            theirs::charge_in_short();
            theirs::named();
            assert_eq!((theirs::coarse(), theirs::fine()), (Level::DEBUG, Level::TRACE));
        },
        || {
            ours::plain();
            ours::charge();
            ours::charge_in_short();
            ours::named();
            assert_eq!((ours::coarse(), ours::fine()), (Level::DEBUG, Level::TRACE));
        },
        left,
    );
}

#[test]
fn arguments_are_named_to_be_recorded() {
    let order = Order { id: 7 };
    let left = expect![[r#"
        look_up id=7 order=Order { id: 7 }
        log_in id=7
        place order.id=7 region=eu order=Order { id: 7 } total=3
        nothing
    "#]];
    both(
        || {
            theirs::look_up(7, &order);
            theirs::log_in(7, "hunter2");
            theirs::place(&order, "eu");
            theirs::nothing(7);
        },
        || {
            ours::look_up(7, &order);
            ours::log_in(7, "hunter2");
            ours::place(&order, "eu");
            ours::nothing(7);
        },
        left,
    );
}

#[test]
fn errors_and_values_are_the_same_events() {
    let left = expect![[r#"
        fails * error=card declined level=ERROR
        fails_in_debug * error=Declined level=WARN
        returns * return=7 level=INFO
        shows * return=7 level=INFO
        shows * error=card declined level=ERROR
    "#]];
    both(
        || {
            let _results = (theirs::fails(), theirs::fails_in_debug(), theirs::returns());
            let _results = (theirs::shows(true), theirs::shows(false));
        },
        || {
            let _results = (ours::fails(), ours::fails_in_debug(), ours::returns());
            let _results = (ours::shows(true), ours::shows(false));
        },
        left,
    );
}

#[test]
fn parents_and_causes_are_the_same() {
    let work = |under: fn(&Span), root: fn(), caused: fn(&[Span])| {
        let (other, cause) = (info_span!("other"), info_span!("cause"));
        info_span!("here").in_scope(|| {
            under(&other);
            root();
            caused(&[cause, info_span!("second")]);
        });
    };
    let left = expect![[r#"
        other > under
        root
        here > caused links=2
        cause
        here > second
        here
        other
    "#]];
    both(
        || work(theirs::under, theirs::root, theirs::caused),
        || work(ours::under, ours::root, ours::caused),
        left,
    );
}

#[test]
fn async_functions_and_methods_are_the_same() {
    let left = expect![[r#"
        fetch > inside n=1
        fetch id=7
        count
        open
    "#]];
    both(
        || {
            assert_eq!(block_on(theirs::fetch(7)), 7);
            assert_eq!(block_on(theirs::Shop.count()), 7);
            theirs::Shop.open();
        },
        || {
            assert_eq!(block_on(ours::fetch(7)), 7);
            assert_eq!(block_on(ours::Shop.count()), 7);
            ours::Shop.open();
        },
        left,
    );
}

#[test]
fn a_block_names_its_methods() {
    capture(|t| {
        ours::Stall.open();
        ours::Stall.count();
        assert_eq!(t.tree(), "Stall::open ok\n");
    });
}

#[test]
fn the_kind_is_a_word() {
    both(
        theirs::serve,
        ours::serve,
        expect![[r#"
        serve Server
    "#]],
    );
}

#[test]
fn spans_and_events_by_hand_stay() {
    capture(|t| {
        let span = info_span!("by hand", order.id = 7);
        block_on(async { info!(stock = 3, "looking at the stock") }.instrument(span));
        ours::plain();
        expect![[r#"
            by hand order.id=7
            * looking at the stock stock=3 level=INFO
            plain ok
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn an_outcome_comes_along() {
    capture(|t| {
        ours::fails().unwrap_err();
        let span = t.spans().pop().unwrap();
        assert_eq!(span.outcome, Some(Outcome::Error));
        assert_eq!(span.attribute("error.type").unwrap().to_string(), "migrating::instrument::Declined");
    });
}
