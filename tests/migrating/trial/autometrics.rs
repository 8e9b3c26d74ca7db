//! `#[autometrics]` and `#[obs::observed]`: the same calls of the same functions, and what each counts.

mod ours;
mod theirs;

use obs::Outcome;
use obs::testing::capture;

use crate::block_on;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Failure {
    NotFound,
    Broken,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Returns what their registry shows.
pub(crate) fn shown() -> String {
    prometheus::TextEncoder::new().encode_to_string(&prometheus::gather()).unwrap()
}

/// Returns how many calls of a function they counted: `ok`, `error`, and of those whose value says nothing.
fn counted(function: &str) -> [u64; 3] {
    let text = shown();
    let series = |result: &str| {
        let has = |l: &&str| {
            l.starts_with("function_calls_total{")
                && l.contains(&format!("function=\"{function}\""))
                && l.contains("::theirs\"")
                && l.contains(&format!("result=\"{result}\""))
        };
        text.lines().filter(has).map(|l| l.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    };
    ["ok", "error", ""].map(series)
}

#[test]
fn calls_are_counted_the_same() {
    theirs::plain();
    let _results = [theirs::place(1), theirs::place(2), theirs::place(0)];
    block_on(theirs::fetch());
    assert_eq!(counted("plain"), [0, 0, 1]);
    assert_eq!(counted("place"), [2, 1, 0]);
    assert_eq!(counted("fetch"), [0, 0, 1]);
    capture(|t| {
        ours::plain();
        let _results = [ours::place(1), ours::place(2), ours::place(0)];
        block_on(ours::fetch());
        let counted = |function| [Outcome::Ok, Outcome::Error].map(|outcome| t.calls(function, outcome));
        assert_eq!(counted("plain"), [1, 0]); // `ok`, where they have no label
        assert_eq!(counted("place"), [2, 1]);
        assert_eq!(counted("fetch"), [1, 0]);
        assert_eq!(t.durations("place", Outcome::Ok).count + t.durations("place", Outcome::Error).count, 3);
        assert_eq!(t.in_flight("place"), 0);
        assert_eq!(t.spans().len(), 5);
    });
}

#[test]
fn without_spans_it_is_counted_and_timed() {
    capture(|t| {
        ours::quiet();
        assert_eq!((t.calls("quiet", Outcome::Ok), t.durations("quiet", Outcome::Ok).count), (1, 1));
        assert!(t.spans().is_empty());
    });
}

#[test]
fn values_are_judged_the_same() {
    let _values = [theirs::find(1), theirs::find(0), theirs::search(1), theirs::search(0)];
    assert_eq!((counted("find"), counted("search")), ([1, 1, 0], [1, 1, 0]));
    capture(|t| {
        let _values = [ours::find(1), ours::find(0), ours::search(1), ours::search(0)];
        for function in ["find", "search"] {
            assert_eq!([Outcome::Ok, Outcome::Error].map(|o| t.calls(function, o)), [1, 1], "{function}");
        }
    });
}

#[test]
fn an_error_that_is_none_is_said_at_the_function() {
    let _results =
        [theirs::serve(Some(theirs::Failure::NotFound)), theirs::serve(Some(theirs::Failure::Broken))];
    assert_eq!(counted("serve"), [1, 1, 0]);
    capture(|t| {
        let _results = [Failure::NotFound, Failure::Broken].map(|failure| ours::serve(Some(failure)));
        assert_eq!([Outcome::Ok, Outcome::Error].map(|o| t.calls("serve", o)), [1, 1]);
    });
}

#[test]
fn calls_at_work_are_gauged() {
    theirs::wait(|| assert!(shown().contains("function_calls_concurrent{function=\"wait\"")));
    capture(|t| {
        ours::wait(|| assert_eq!(t.in_flight("wait"), 1));
        assert_eq!(t.in_flight("wait"), 0);
    });
}

#[test]
fn a_block_is_annotated_once() {
    theirs::Shop.open();
    theirs::Shop.count();
    theirs::Stall.open();
    assert_eq!(counted("Stall::open"), [0, 0, 1]);
    assert_eq!((counted("Shop::open"), counted("Shop::count")), ([0, 0, 1], [0; 3]));
    capture(|t| {
        ours::Shop.open();
        ours::Shop.count();
        ours::Stall.open();
        assert_eq!(t.calls("Stall::open", Outcome::Ok), 1);
        assert_eq!((t.calls("Shop::open", Outcome::Ok), t.calls("Shop::count", Outcome::Ok)), (1, 0));
    });
}

#[test]
fn an_error_has_a_name() {
    theirs::pay();
    let theirs = shown();
    let named =
        |l: &str| l.contains("function=\"pay\"") && l.contains("error=\"declined\"") && l.ends_with(" 1");
    assert!(theirs.lines().any(named), "{theirs}");
    capture(|t| {
        ours::pay().unwrap_err();
        let declined = [("outcome", "error"), ("error_type", "declined")];
        assert_eq!(t.counter_named("payments_total", &declined), 1);
    });
}

#[test]
fn what_an_objective_watches_has_a_label() {
    theirs::answer();
    let theirs = shown();
    let watched = |l: &str| l.contains("function=\"answer\"") && l.contains("objective_name=\"api\"");
    assert!(theirs.lines().any(watched), "{theirs}");
    capture(|t| {
        ours::answer();
        assert_eq!(t.counter_named("api_calls_total", &[("objective", "api"), ("outcome", "ok")]), 1);
        assert_eq!(t.histogram_named("api_duration_seconds", &[("objective", "api")]).count, 1);
    });
}
