//! Which declarations cannot live together.

use super::super::conflicts::among;
use super::*;

#[test]
fn what_differs_is_said_with_both_places() {
    static A: Counter<ByRegion> = Counter::new(declared("a_total", &[], 1));
    static SAME: Counter<ByRegion> = Counter::new(declared("a_total", &[], 2));
    static LABELS: Counter<RetriedOutcome> = Counter::new(declared("a_total", &[], 3));
    static KIND: Gauge<ByRegion> = Gauge::new(declared("a_total", &[], 4));
    static B: Histogram<None_> = Histogram::new(declared("b_seconds", &[1.0], 5));
    static BOUNDS: Histogram<None_> = Histogram::new(declared("b_seconds", &[2.0], 6));
    static SHARED: Counter<None_> = Counter::new(declared("function_calls_total", &[], 7));
    assert_eq!(among(&[Entry::Metric(&SAME), Entry::Metric(&A)]), Vec::<String>::new());
    let all = [
        Entry::Metric(&SHARED),
        Entry::Metric(&BOUNDS),
        Entry::Metric(&KIND),
        Entry::Metric(&LABELS),
        Entry::Metric(&A),
        Entry::Metric(&B),
    ];
    let expected = [
        "the metric name `a_total` has two meanings: counter by region at tests.rs:1 and counter by retried, outcome \
         at tests.rs:3; rename one",
        "the metric name `a_total` has two meanings: counter by region at tests.rs:1 and gauge by region at \
         tests.rs:4; rename one",
        "the metric name `b_seconds` has two meanings: histogram with the buckets [1.0] at tests.rs:5 and histogram \
         with the buckets [2.0] at tests.rs:6; rename one",
        "the metric name `function_calls_total` belongs to the annotated functions; rename the counter at tests.rs:7",
    ];
    assert_eq!(among(&all), expected);
}

#[test]
fn what_every_program_shows_cannot_be_declared() {
    static FDS: Gauge<None_> = Gauge::new(declared("process_open_fds", &[], 1));
    static SENT: Counter<None_> = Counter::new(declared("messaging_client_sent_messages_total", &[], 2));
    let expected = [
        "the metric name `process_open_fds` belongs to obs itself; rename the gauge at tests.rs:1",
        "the metric name `messaging_client_sent_messages_total` belongs to obs itself; rename the counter at tests.rs:2",
    ];
    assert_eq!(among(&[Entry::Metric(&SENT), Entry::Metric(&FDS)]), expected);
}
