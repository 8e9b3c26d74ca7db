//! Labels whose values are only met at run time, several of them.

use super::super::sparse::Sparse;
use super::super::{conventions, overflow};
use super::*;
use crate::context::Witness;
use crate::record::MetricKind;
use crate::service::Service;
use crate::testing;

const FAMILY: Family<'static> =
    Family { name: "requests_seconds", help: "Requests.", unit: "seconds", kind: MetricKind::Histogram };

fn observe<const N: usize>(sparse: &Sparse<N>, slot: usize) {
    sparse.observe(Service::PROCESS, slot, 0.5, None::<fn() -> Option<Witness>>);
}

fn shown<const N: usize>(sparse: &Sparse<N>) -> Vec<String> {
    let mut drawing = Drawing::default();
    sparse.show(&Services(vec!["the-process".to_owned()]), &mut drawing);
    drawing.lines
}

#[test]
fn a_combination_has_one_series_and_absent_labels_are_left_away() {
    static TIMES: Sparse<2> = Sparse::new(FAMILY, ["route", "error"], &[1.0]);
    for (route, error) in [(Some("/a"), None), (None, Some("/a")), (Some("/a"), None), (None, None)] {
        observe(&TIMES, TIMES.slot([route, error]));
    }
    let expected = [
        "histogram requests_seconds [seconds] Requests.",
        "requests_seconds{route=/a} [2, 0] sum 1",
        "requests_seconds{error=/a} [1, 0] sum 0.5",
        "requests_seconds{} [1, 0] sum 0.5",
    ];
    assert_eq!(shown(&TIMES), expected);
}

/// R20, for routes that a program makes up as it runs.
#[test]
fn combinations_and_texts_that_are_too_many_share_a_series() {
    static TIMES: Sparse<3> = Sparse::new(FAMILY, ["route", "status", "error"], &[1.0]);
    static TEXTS: Sparse<1> = Sparse::new(FAMILY, ["route"], &[1.0]);
    let (memory, _restore) = testing::record();
    for n in 0..40_000 {
        let (route, status) = ((n % 200).to_string(), (n / 200).to_string());
        observe(&TIMES, TIMES.slot([Some(&route), Some(&status), None]));
        observe(&TEXTS, TEXTS.slot([Some(&n.to_string())]));
    }
    for (lines, others) in [(shown(&TIMES), 39_000), (shown(&TEXTS), 39_000)] {
        assert_eq!(lines.len(), 1 + 1_000 + 1);
        let sum = f64::from(others) / 2.0;
        let overflow = format!("requests_seconds{{otel_metric_overflow=true}} [{others}, 0] sum {sum}");
        assert_eq!(lines.last(), Some(&overflow));
    }
    assert_eq!(memory.logs().len(), 2, "one warning each");
    let mut counts = Drawing::default();
    overflow::show(&[], TEXTS.dictionaries().into_iter(), &mut counts);
    let count = "obs_metric_overflow_total{metric=requests_seconds,label=all labels together} 39000";
    assert_eq!(counts.lines.last().map(String::as_str), Some(count));
}

#[test]
fn what_comes_too_late_for_a_family_of_our_own_is_counted() {
    let counted: Vec<&str> = conventions::dictionaries().map(|dictionary| dictionary.named().0).collect();
    assert!(conventions::names().all(|name| counted.contains(&name)), "{counted:?}");
    static NONE: Sparse<1> = Sparse::new(FAMILY, ["route"], &[1.0]);
    let mut counts = Drawing::default();
    overflow::show(&[], NONE.dictionaries().into_iter(), &mut counts);
    assert!(counts.lines.is_empty(), "{:?}", counts.lines);
}
