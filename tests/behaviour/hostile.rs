//! Code of the user's that runs for the telemetry's sake never changes what the function returns.

use std::fmt::{self, Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use expect_test::expect;
use obs::Outcome;
use obs::testing::{capture, capture_with_layer};
use tracing::span::Id;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, layer};

use crate::block_on;

/// Does what its name says when it is shown.
#[derive(Clone, Copy)]
enum Hostile {
    Panics,
    Fails,
    Calls,
    Logs,
    Recurses,
}

impl Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("begun")?;
        match self {
            Hostile::Panics => panic!("while shown"),
            Hostile::Fails => return Err(fmt::Error),
            Hostile::Calls => {
                helper();
            }
            Hostile::Logs => tracing::info!("while shown"),
            Hostile::Recurses => {
                shown(*self);
            }
        }
        Ok(())
    }
}

impl Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl std::error::Error for Hostile {}

#[obs::traced]
fn helper() -> u8 {
    1
}

#[obs::observed(fields(before = 1, %value, by_debug = ?value, after = 2))]
fn shown(value: Hostile) -> u8 {
    3
}

#[obs::observed(fields(%value))]
async fn shown_later(value: Hostile) -> u8 {
    3
}

#[obs::observed(fields(%value))]
fn shown_in_time(value: Hostile) -> impl Future<Output = u8> {
    async { 3 }
}

const ALL: [Hostile; 5] = [Hostile::Panics, Hostile::Fails, Hostile::Calls, Hostile::Logs, Hostile::Recurses];

#[test]
fn a_field_that_misbehaves_leaves_the_call_as_it_was() {
    for value in ALL {
        capture(|t| {
            assert_eq!(shown(value), 3);
            assert_eq!(block_on(shown_later(value)), 3);
            assert_eq!(block_on(shown_in_time(value)), 3);
            for function in ["shown_later", "shown_in_time"] {
                assert_eq!(t.calls(function, Outcome::Ok), 1);
            }
            assert!(t.calls("shown", Outcome::Ok) >= 1);
            assert!(t.spans().iter().all(|s| s.outcome == Some(Outcome::Ok)));
            assert_eq!(t.in_flight("shown"), 0);
        });
    }
}

#[test]
fn a_mark_stands_for_a_value_that_cannot_be_shown() {
    capture(|t| {
        shown(Hostile::Panics);
        shown(Hostile::Fails);
        expect![[r#"
            shown ok before=1 value=begun{panicked} by_debug=begun{panicked} after=2
            shown ok before=1 value=begun{failed} by_debug=begun{failed} after=2
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn a_field_whose_expression_panics_leaves_the_span_without_fields() {
    #[obs::observed(fields(first = list[0], second = 2))]
    fn first(list: &[u8]) -> usize {
        list.len()
    }
    capture(|t| {
        assert_eq!(first(&[]), 0);
        assert_eq!(t.tree(), "first ok\n");
    });
}

#[obs::observed]
fn fails() -> Result<(), Hostile> {
    tracing::warn!(error = &Hostile::Panics as &(dyn std::error::Error + 'static), "failing");
    Err(Hostile::Panics)
}

#[test]
fn an_error_that_panics_when_shown_is_returned_all_the_same() {
    capture(|t| {
        assert!(matches!(fails(), Err(Hostile::Panics)));
        assert_eq!(t.calls("fails", Outcome::Error), 1);
        assert_eq!(t.logs()[0].attributes[0].value.to_string(), "begun{panicked}");
    });
}

obs::metrics! {
    /// Calls, by a label that panics.
    static LABELLED: Counter = "hostile_labelled_total" { odd: bool, outcome: obs::Outcome };
}

#[obs::counted]
#[obs::counted(metric = LABELLED, odd = label(n))]
fn labelled(n: u8) -> u8 {
    n
}

#[obs::counted(metric = LABELLED, odd = recursive_label(n))]
fn recursive_label(n: u8) -> bool {
    n % 2 == 1
}

fn label(n: u8) -> bool {
    assert!(n < 10, "no label");
    n % 2 == 1
}

#[test]
fn a_label_that_panics_is_a_call_that_the_metric_misses() {
    capture(|t| {
        assert_eq!((labelled(1), labelled(10)), (1, 10));
        assert_eq!(t.counter(&LABELLED, LABELLED { odd: true }), 1);
        assert_eq!(t.counter(&LABELLED, LABELLED { odd: false }), 0);
        assert_eq!(t.calls("labelled", Outcome::Ok), 2);
    });
}

#[test]
fn a_label_that_panics_leaves_the_span_its_outcome() {
    #[obs::traced]
    #[obs::counted(metric = LABELLED, odd = label(n))]
    fn halved(n: u8) -> Result<u8, String> {
        if n == 10 { Ok(n / 2) } else { Err("odd".to_owned()) }
    }
    #[obs::traced]
    #[obs::counted(metric = LABELLED, odd = label(n))]
    async fn doubled(n: u8) -> u8 {
        n * 2
    }
    capture(|t| {
        assert_eq!(halved(10), Ok(5));
        assert!(halved(11).is_err());
        assert_eq!(block_on(doubled(10)), 20);
        expect![[r#"
            halved ok
            halved error error.type=alloc::string::String
            doubled ok
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn a_label_that_calls_its_own_function_comes_to_an_end() {
    capture(|_| assert!(recursive_label(3)));
}

/// Panics where a span called `refused` is entered.
struct Refuses;

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Refuses {
    fn on_enter(&self, id: &Id, context: layer::Context<'_, S>) {
        if context.metadata(id).is_some_and(|metadata| metadata.name() == "refused") {
            resume_unwind(Box::new("refused"));
        }
    }
}

#[obs::traced]
fn refused() {}

#[test]
fn a_span_that_a_layer_panics_at_is_not_entered() {
    capture_with_layer(Refuses, |t| {
        let span = tracing::info_span!("refused");
        assert!(catch_unwind(AssertUnwindSafe(|| span.in_scope(|| ()))).is_err());
        assert!(catch_unwind(refused).is_err());
        assert!(tracing::Span::current().is_none());
        tracing::info_span!("alone").in_scope(|| ());
        drop(span);
        assert_eq!(t.tree(), "refused\nrefused\nalone\n");
    });
}
