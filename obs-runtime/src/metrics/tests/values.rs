//! What one thread's updates become.

use super::*;
use crate::outcome::Outcome;
use crate::service::service;

#[test]
fn counters_exist_at_zero_for_what_is_expected_and_later_for_the_rest() {
    static PLAIN: Counter<ByRegion> = Counter::new(declared("plain_total", &[], 1));
    static SPLIT: Counter<RetriedOutcome> = Counter::new(declared("split_total", &[], 2));
    let catalog = [Entry::Metric(&SPLIT), Entry::Metric(&PLAIN)];
    let at_start = [
        "counter plain_total [] Help.",
        "plain_total{region=eu} 0",
        "plain_total{region=us} 0",
        "counter split_total [] Help.",
        "split_total{retried=false,outcome=ok} 0",
        "split_total{retried=false,outcome=error} 0",
        "split_total{retried=true,outcome=ok} 0",
        "split_total{retried=true,outcome=error} 0",
    ];
    assert_eq!(drawn(&catalog), at_start);
    PLAIN.with(ByRegion(Region::Us)).add(3);
    SPLIT.with(RetriedOutcome(true)).outcome(Outcome::Cancelled).inc();
    SPLIT.with(RetriedOutcome(false)).outcome(Outcome::Error).inc();
    let later = [
        "counter plain_total [] Help.",
        "plain_total{region=eu} 0",
        "plain_total{region=us} 3",
        "counter split_total [] Help.",
        "split_total{retried=false,outcome=ok} 0",
        "split_total{retried=false,outcome=error} 1",
        "split_total{retried=true,outcome=ok} 0",
        "split_total{retried=true,outcome=error} 0",
        "split_total{retried=true,outcome=cancelled} 1",
    ];
    assert_eq!(drawn(&catalog), later);
}

#[test]
fn a_value_on_a_bound_belongs_below_it() {
    static SIZES: Histogram<None_> = Histogram::new(declared("sizes_bytes", &[1.0, 2.0], 1));
    let catalog = [Entry::Metric(&SIZES)];
    assert_eq!(drawn(&catalog), Vec::<String>::new());
    SIZES.observe(1.0);
    SIZES.observe(1.0_f64.next_down());
    assert_eq!(drawn(&catalog).pop().unwrap(), "sizes_bytes{} [2, 0, 0] sum 2");
    SIZES.observe(1.0_f64.next_up());
    SIZES.observe(2.0);
    SIZES.observe(f64::INFINITY);
    SIZES.observe(f64::NAN);
    assert_eq!(drawn(&catalog).pop().unwrap(), "sizes_bytes{} [2, 2, 1] sum inf");
}

#[test]
fn histograms_appear_series_by_series() {
    static TIMES: Histogram<RetriedOutcome> = Histogram::new(declared("times_seconds", &[0.5], 1));
    let series = TIMES.with(RetriedOutcome(true));
    series.outcome(Outcome::Panicked).observe(0.25);
    series.outcome(Outcome::Panicked).observe(0.75);
    let expected =
        ["histogram times_seconds [] Help.", "times_seconds{retried=true,outcome=panicked} [1, 1] sum 1"];
    assert_eq!(drawn(&[Entry::Metric(&TIMES)]), expected);
}

#[test]
fn a_gauge_appears_when_it_is_set() {
    static DEPTH: Gauge<ByRegion> = Gauge::new(declared("depth", &[], 1));
    let catalog = [Entry::Metric(&DEPTH)];
    assert_eq!(drawn(&catalog), Vec::<String>::new());
    DEPTH.with(ByRegion(Region::Eu)).set(2.5);
    DEPTH.with(ByRegion(Region::Eu)).dec();
    let expected = ["gauge depth [] Help.", "depth{region=eu} 1.5"];
    assert_eq!(drawn(&catalog), expected);
    DEPTH.with(ByRegion(Region::Us)).set(f64::NAN);
    assert_eq!(drawn(&catalog).pop().unwrap(), "depth{region=us} NaN");
}

#[test]
fn services_are_kept_apart_and_zeros_stay_where_the_metric_is_used() {
    static JOBS: Counter<None_> = Counter::new(declared("jobs_total", &[], 1));
    static UNUSED: Counter<None_> = Counter::new(declared("unused_total", &[], 2));
    static SPLIT: Counter<RetriedOutcome> = Counter::new(declared("zeros_total", &[], 3));
    let (api, worker) = (service("metrics-api"), service("metrics-worker"));
    api.in_scope(|| JOBS.add(2));
    worker.in_scope(|| JOBS.add(5));
    api.in_scope(|| SPLIT.with(RetriedOutcome(false)).outcome(Outcome::Ok).inc());
    let catalog = [Entry::Metric(&JOBS), Entry::Metric(&UNUSED), Entry::Metric(&SPLIT)];
    let mut expected = vec![
        "counter jobs_total [] Help.",
        "jobs_total{service_name=metrics-api} 2",
        "jobs_total{service_name=metrics-worker} 5",
        "counter unused_total [] Help.",
        "unused_total{} 0",
        "counter zeros_total [] Help.",
        "zeros_total{service_name=metrics-api,retried=false,outcome=ok} 1",
        "zeros_total{service_name=metrics-api,retried=false,outcome=error} 0",
        "zeros_total{service_name=metrics-api,retried=true,outcome=ok} 0",
        "zeros_total{service_name=metrics-api,retried=true,outcome=error} 0",
    ];
    let mut shown = drawn_by_service(&catalog);
    expected.sort_unstable();
    shown.sort_unstable(); // the order of the services is that of their naming, which other tests take part in
    assert_eq!(shown, expected);
    JOBS.inc();
    assert!(drawn_by_service(&catalog).contains(&"jobs_total{} 1".to_owned()));
}

#[test]
fn two_descriptors_of_one_name_are_summed_by_their_labels() {
    #[derive(Clone, Copy)]
    struct Wider(usize);
    impl LabelSet for Wider {
        const KEYS: &'static [&'static str] = &["region"];
        const VALUES: &'static [LabelValues] = &[LabelValues::Fixed(&["us", "asia", "eu"])];
        const OUTCOME: bool = false;

        fn index(self) -> usize {
            self.0
        }
    }
    impl Plain for Wider {}

    static OLD: Counter<ByRegion> = Counter::new(declared("twice_total", &[], 1));
    static NEW: Counter<Wider> = Counter::new(declared("twice_total", &[], 2));
    OLD.with(ByRegion(Region::Eu)).add(1);
    NEW.with(Wider(2)).add(10);
    NEW.with(Wider(1)).add(100);
    let expected = [
        "counter twice_total [] Help.",
        "twice_total{region=eu} 11",
        "twice_total{region=us} 0",
        "twice_total{region=asia} 100",
    ];
    assert_eq!(drawn(&[Entry::Metric(&OLD), Entry::Metric(&NEW)]), expected);
}
