//! The label `error_type`.

use std::rc::Rc;
use std::sync::Arc;

use super::super::conflicts::among;
use super::super::ending::Endings;
use super::*;
use crate::context::Witness;
use crate::outcome::{Finished, Outcome};
use crate::service::Service;
use crate::verdict::ErrorType;

struct OrderError(&'static str);

impl ErrorType for OrderError {
    fn error_type(&self) -> &'static str {
        self.0
    }
}

impl ErrorNames for OrderError {
    const NAMES: &'static [&'static str] = &["OutOfStock", "payment"];
}

/// `{ outcome: Outcome, error_type: ErrorTypeOf<OrderError> }`
struct ByEnding;

impl LabelSet for ByEnding {
    const KEYS: &'static [&'static str] = &[];
    const VALUES: &'static [LabelValues] = &[];
    const OUTCOME: bool = true;
    const ERROR_NAMES: Option<&'static [&'static str]> = Some(<ErrorTypeOf<OrderError> as ErrorLabel>::NAMES);

    fn index(self) -> usize {
        0
    }
}

impl Judged for ByEnding {}
impl ErrorTyped for ByEnding {}
impl Seconds for ByEnding {}

/// `{ retried: bool, error_type: ErrorTypeOf<Box<OrderError>> }`
struct RetriedError(bool);

impl LabelSet for RetriedError {
    const KEYS: &'static [&'static str] = &["retried"];
    const VALUES: &'static [LabelValues] = &[LabelValues::Fixed(bool::VALUES)];
    const OUTCOME: bool = false;
    const ERROR_NAMES: Option<&'static [&'static str]> =
        Some(<ErrorTypeOf<Box<OrderError>> as ErrorLabel>::NAMES);

    fn index(self) -> usize {
        self.0.index()
    }
}

impl Plain for RetriedError {}
impl ErrorTyped for RetriedError {}

fn finished(outcome: Outcome, error_type: Option<&'static str>) -> Finished<fn() -> Option<Witness>> {
    Finished { outcome, error_type, seconds: 0.1, exemplar: None, service: Service::current() }
}

#[test]
fn the_number_of_series_knows_the_names_the_absence_and_the_others() {
    assert_eq!(ByEnding::SERIES, 4);
    assert_eq!(RetriedError::SERIES, 8);
    assert_eq!(RetriedOutcome::SERIES, 2, "`outcome` is left out, as everywhere");
}

#[test]
fn names_that_would_make_two_series_of_the_same_labels_are_no_labels() {
    for names in [&[][..], &["a"], &["a", "ab", "b"], &["other", "_other"]] {
        assert!(are_labels(names), "{names:?}");
    }
    for names in [&[""][..], &["a", "a"], &["b", "a", "c", "a"], &["a", "_OTHER"]] {
        assert!(!are_labels(names), "{names:?}");
    }
}

#[test]
fn endings_are_numbered_in_the_order_in_which_they_are_shown() {
    let endings = Endings::of::<ByEnding>();
    assert_eq!(endings.all().count(), endings.count());
    for (number, ending) in endings.all().enumerate() {
        assert_eq!(endings.all().position(|own| own == ending), Some(number));
    }
    let labels = |outcome, name| -> Vec<(&str, &str)> {
        endings.all().nth(endings.number(outcome, name)).unwrap().labels().collect()
    };
    assert_eq!(labels(Outcome::Ok, None), [("outcome", "ok")]);
    assert_eq!(labels(Outcome::Error, Some("payment")), [("outcome", "error"), ("error_type", "payment")]);
    assert_eq!(labels(Outcome::Error, None), [("outcome", "error"), ("error_type", "_OTHER")]);
    assert_eq!(
        labels(Outcome::Panicked, Some("payment")),
        [("outcome", "panicked"), ("error_type", "_OTHER")],
        "only an error that is returned has a name"
    );
    assert_eq!(labels(Outcome::Cancelled, None), [("outcome", "cancelled"), ("error_type", "_OTHER")]);
}

#[test]
fn a_counter_is_at_zero_without_an_error_and_errors_appear_when_they_occur() {
    static CALLS: Counter<ByEnding> = Counter::new(declared("ended_total", &[], 1));
    let catalog = [Entry::Metric(&CALLS)];
    assert_eq!(drawn(&catalog), ["counter ended_total [] Help.", "ended_total{outcome=ok} 0"]);
    for (outcome, name) in [
        (Outcome::Error, Some("payment")),
        (Outcome::Error, Some("_OTHER")),
        (Outcome::Error, Some("")),
        (Outcome::Error, Some("shop::AnotherError")),
        (Outcome::Panicked, Some("panic")),
        (Outcome::Cancelled, None),
    ] {
        counted(&CALLS, ByEnding).finish(&finished(outcome, name));
    }
    let expected = [
        "counter ended_total [] Help.",
        "ended_total{outcome=ok} 0",
        "ended_total{outcome=error,error_type=payment} 1",
        "ended_total{outcome=error,error_type=_OTHER} 3",
        "ended_total{outcome=panicked,error_type=_OTHER} 1",
        "ended_total{outcome=cancelled,error_type=_OTHER} 1",
    ];
    assert_eq!(drawn(&catalog), expected);
}

#[test]
fn a_histogram_tells_errors_apart() {
    static TIMES: Histogram<ByEnding> = Histogram::new(declared("ended_seconds", &[0.5], 1));
    for name in ["OutOfStock", "payment", "OutOfStock"] {
        timed(&TIMES, ByEnding).finish(&finished(Outcome::Error, Some(name)));
    }
    timed(&TIMES, ByEnding).finish(&finished(Outcome::Ok, None));
    let expected = [
        "histogram ended_seconds [] Help.",
        "ended_seconds{outcome=ok} [1, 0] sum 0.1",
        "ended_seconds{outcome=error,error_type=OutOfStock} [2, 0] sum 0.2",
        "ended_seconds{outcome=error,error_type=payment} [1, 0] sum 0.1",
    ];
    assert_eq!(drawn(&[Entry::Metric(&TIMES)]), expected);
}

#[test]
fn by_hand_the_error_is_said_before_or_after_the_outcome_or_not_at_all() {
    static CALLS: Counter<ByEnding> = Counter::new(declared("hand_total", &[], 1));
    static TRIES: Counter<RetriedError> = Counter::new(declared("hand_tries_total", &[], 2));
    static TIMES: Histogram<ByEnding> = Histogram::new(declared("hand_seconds", &[0.5], 3));
    let error = OrderError("payment");
    CALLS.with(ByEnding).outcome(Outcome::Error).error_type(&error).inc();
    CALLS.with(ByEnding).error_type(&Box::new(error)).outcome(Outcome::Error).inc();
    CALLS.with(ByEnding).outcome(Outcome::Ok).inc();
    TIMES.with(ByEnding).outcome(Outcome::Error).error_type(&Arc::new(OrderError("OutOfStock"))).observe(1.0);
    TRIES.with(RetriedError(true)).inc();
    let other: &dyn ErrorType = &Rc::new(OrderError("unheard of"));
    let series = TRIES.with(RetriedError(true)).error_type(other);
    series.inc(); // kept
    series.add(2);
    let expected = [
        "histogram hand_seconds [] Help.",
        "hand_seconds{outcome=error,error_type=OutOfStock} [0, 1] sum 1",
        "counter hand_total [] Help.",
        "hand_total{outcome=ok} 1",
        "hand_total{outcome=error,error_type=payment} 2",
        "counter hand_tries_total [] Help.",
        "hand_tries_total{retried=false} 0",
        "hand_tries_total{retried=true} 1",
        "hand_tries_total{retried=true,error_type=_OTHER} 3",
    ];
    assert_eq!(drawn(&[Entry::Metric(&CALLS), Entry::Metric(&TRIES), Entry::Metric(&TIMES)]), expected);
}

#[test]
fn descriptors_of_one_name_may_have_other_errors_but_not_none() {
    struct ByOther;
    impl LabelSet for ByOther {
        const KEYS: &'static [&'static str] = &[];
        const VALUES: &'static [LabelValues] = &[];
        const OUTCOME: bool = true;
        const ERROR_NAMES: Option<&'static [&'static str]> = Some(&["payment", "Closed"]);

        fn index(self) -> usize {
            0
        }
    }
    struct ByOutcome;
    impl LabelSet for ByOutcome {
        const KEYS: &'static [&'static str] = &[];
        const VALUES: &'static [LabelValues] = &[];
        const OUTCOME: bool = true;

        fn index(self) -> usize {
            0
        }
    }

    static FIRST: Counter<ByEnding> = Counter::new(declared("errors_total", &[], 1));
    static SECOND: Counter<ByOther> = Counter::new(declared("errors_total", &[], 2));
    static THIRD: Counter<ByOutcome> = Counter::new(declared("errors_total", &[], 3));
    counted(&FIRST, ByEnding).finish(&finished(Outcome::Error, Some("payment")));
    for name in ["payment", "Closed", "OutOfStock"] {
        counted(&SECOND, ByOther).finish(&finished(Outcome::Error, Some(name)));
    }
    let both = [Entry::Metric(&FIRST), Entry::Metric(&SECOND)];
    let expected = [
        "counter errors_total [] Help.",
        "errors_total{outcome=ok} 0",
        "errors_total{outcome=error,error_type=payment} 2",
        "errors_total{outcome=error,error_type=_OTHER} 1",
        "errors_total{outcome=error,error_type=Closed} 1",
    ];
    assert_eq!(drawn(&both), expected);
    assert_eq!(among(&both), Vec::<String>::new());
    assert_eq!(
        among(&[Entry::Metric(&SECOND), Entry::Metric(&THIRD)]),
        [
            "the metric name `errors_total` has two meanings: counter by outcome, error_type at tests.rs:2 and counter by \
             outcome at tests.rs:3; rename one"
        ]
    );
}
