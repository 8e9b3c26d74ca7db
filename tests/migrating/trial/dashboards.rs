//! What dashboards ask for: the names of `autometrics` and ours, of one function that does the same under both.

use std::collections::BTreeSet;
use std::pin::pin;
use std::task::{Context, Waker};

use crate::autometrics::shown;
use crate::process::guard;

mod theirs {
    #[autometrics::autometrics(track_concurrency)]
    pub(super) fn deliver(well: bool) -> Result<(), String> {
        if well { Ok(()) } else { Err("not in".to_owned()) }
    }

    #[autometrics::autometrics(track_concurrency)]
    pub(super) fn stumble() {
        panic!("as told");
    }

    #[autometrics::autometrics]
    pub(super) async fn linger() {
        std::future::pending().await
    }
}

mod ours {
    #[obs::observed]
    pub(super) fn deliver(well: bool) -> Result<(), String> {
        if well { Ok(()) } else { Err("not in".to_owned()) }
    }

    #[obs::observed]
    pub(super) fn stumble() {
        panic!("as told");
    }

    #[obs::observed]
    pub(super) async fn linger() {
        std::future::pending().await
    }
}

/// Polls a future once, and drops it.
fn drop_begun(future: impl Future<Output = ()>) {
    assert!(pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// Returns the series of the function `deliver`: their text without the value.
fn series<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let is = |l: &&str| l.strip_prefix(name).is_some_and(|l| l.starts_with('{')) && l.contains("\"deliver\"");
    text.lines().filter(is).map(|l| l.rsplit_once(' ').unwrap().0).collect()
}

fn labels(text: &str, name: &str) -> BTreeSet<String> {
    let series = series(text, name);
    let labels = series.first().unwrap_or_else(|| panic!("{name} in\n{text}")).split_once('{').unwrap().1;
    labels.split("\",").filter_map(|l| l.split_once('=')).map(|(key, _)| key.to_owned()).collect()
}

#[test]
fn metrics_and_labels_have_these_names() {
    let obs = guard();
    for well in [true, false] {
        assert_eq!(theirs::deliver(well), ours::deliver(well));
    }
    for stumble in [theirs::stumble, ours::stumble] {
        assert!(std::panic::catch_unwind(stumble).is_err());
    }
    drop_begun(theirs::linger());
    drop_begun(ours::linger());
    let (left, right) = (shown(), obs.metrics_text());
    let set = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|n| (*n).to_owned()).collect() };

    let calls = [
        "function",
        "module",
        "service_name",
        "caller_function",
        "caller_module",
        "result",
        "ok",
        "error",
        "objective_name",
        "objective_percentile",
    ];
    assert_eq!(labels(&left, "function_calls_total"), set(&calls));
    assert_eq!(labels(&right, "function_calls_total"), set(&["module", "function", "outcome"]));
    assert!(series(&left, "function_calls_total").iter().any(|s| s.contains(r#"result="error""#)));
    assert!(series(&left, "function_calls_total").iter().any(|s| s.contains(r#"result="ok""#)));
    assert!(series(&right, "function_calls_total").iter().any(|s| s.contains(r#"outcome="error""#)));
    assert!(series(&right, "function_calls_total").iter().any(|s| s.contains(r#"outcome="ok""#)));
    let ended = |function: &str, outcome: &str| {
        let has =
            |l: &str| l.starts_with("function_calls_total{") && l.contains(function) && l.contains(outcome);
        right.lines().any(|l| has(l) && l.ends_with(" 1"))
    };
    assert!(
        ended("\"stumble\"", r#"outcome="panicked""#) && ended("\"linger\"", r#"outcome="cancelled""#),
        "{right}"
    );
    let counts = |l: &str| l.contains("\"stumble\"") || l.contains("\"linger\"");
    assert!(!left.lines().any(|l| l.starts_with("function_calls_total{") && counts(l)), "{left}");
    let at_work = |l: &&str| l.contains("_calls_") && l.contains("\"stumble\"") && !l.contains("_total{");
    let at_work = |text: &str| text.lines().find(at_work).unwrap().rsplit(' ').next().unwrap().to_owned();
    assert_eq!((at_work(&left), at_work(&right)), ("1".to_owned(), "0".to_owned()));

    for of in ["bucket", "sum", "count"] {
        assert!(!series(&left, &format!("function_calls_duration_seconds_{of}")).is_empty(), "{left}");
        assert!(!series(&right, &format!("function_duration_seconds_{of}")).is_empty(), "{right}");
    }
    assert_eq!(labels(&right, "function_duration_seconds_sum"), set(&["module", "function", "outcome"]));
    let bounds = |text: &str, name: &str| -> BTreeSet<String> {
        let bound = |s: &str| s.rsplit_once("le=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        series(text, name).into_iter().map(bound).collect()
    };
    let (theirs, ours) = ("function_calls_duration_seconds_bucket", "function_duration_seconds_bucket");
    assert_eq!(bounds(&left, theirs), bounds(&right, ours));
    assert_eq!(labels(&left, "function_calls_concurrent"), set(&["module", "function", "service_name"]));
    assert_eq!(labels(&right, "function_calls_in_flight"), set(&["module", "function"]));
    let build = |text: &str| text.lines().find(|l| l.starts_with("build_info{")).unwrap().to_owned();
    let (left, right) = (build(&left), build(&right));
    assert!(["version=", "commit=", "branch="].iter().all(|label| left.contains(label)), "{left}");
    assert!(["version=", "rustc="].iter().all(|label| right.contains(label)), "{right}");
}
