//! Labels whose values are only known at run time.

use std::fmt;
use std::thread;

use super::*;
use crate::testing;

/// `{ <label>: Dynamic(max = $max), outcome? }`
macro_rules! dynamic_label {
    ($set:ident, $values:ident, $label:literal, $max:literal) => {
        static $values: Dictionary = Dictionary::new("metric", $label, $max);

        struct $set(DynamicLabel);

        impl LabelSet for $set {
            const KEYS: &'static [&'static str] = &[$label];
            const VALUES: &'static [LabelValues] = &[LabelValues::Dynamic { met: &$values, max: $max }];
            const OUTCOME: bool = false;

            fn index(self) -> usize {
                self.0.index()
            }
        }

        impl Plain for $set {}
        impl Seconds for $set {}
    };
}

#[test]
fn r20_a_million_hostile_values_share_one_series_and_give_one_warning() {
    dynamic_label!(Customer, CUSTOMERS, "customer", 100);
    static ORDERS: Counter<Customer> = Counter::new(declared("hostile_total", &[], 1));
    static TIMES: Histogram<Customer> =
        Histogram::new(declared("hostile_seconds", &[0.1, 0.2, 0.3, 0.4, 0.5, 1.0, 2.0, 5.0], 1));

    let (memory, _restore) = testing::record();
    for n in 0..1_000_000 {
        let value = format!("{n}-{}", "x".repeat(if n < 200 { 10_000 } else { 10 }));
        ORDERS.with(Customer(CUSTOMERS.number(&value))).inc();
        TIMES.with(Customer(CUSTOMERS.number(&value))).observe(0.25);
    }

    let shown = drawn(&[Entry::Metric(&ORDERS)]);
    assert_eq!(shown.len(), 1 + 100 + 1);
    assert!(shown.contains(&"hostile_total{otel_metric_overflow=true} 999900".to_owned()), "{shown:?}");
    assert_eq!(drawn(&[Entry::Metric(&TIMES)]).len(), 1 + 100 + 1);
    let longest = shown.iter().map(String::len).max().unwrap();
    assert!(longest < 200, "a value is cut: {longest}");

    let logs = memory.logs();
    assert_eq!(logs.len(), 1, "one warning");
    let said =
        |key: &str| logs.first().unwrap().attributes.iter().find(|a| a.key == key).unwrap().value.to_string();
    assert_eq!((said("metric"), said("label")), ("metric".to_owned(), "customer".to_owned()));
}

#[test]
fn every_thread_finds_the_same_number_and_no_value_is_taken_in_twice() {
    dynamic_label!(Tenant, TENANTS, "tenant", 50);
    static CALLS: Counter<Tenant> = Counter::new(declared("tenants_total", &[], 1));
    thread::scope(|scope| {
        for shift in 0..4 {
            scope.spawn(move || {
                for n in 0..10_000 {
                    CALLS.with(Tenant(TENANTS.number(&format!("t{}", (n + shift * 13) % 50)))).inc();
                }
            });
        }
    });
    let mut expected: Vec<String> = (0..50).map(|n| format!("tenants_total{{tenant=t{n}}} 800")).collect();
    expected.push("counter tenants_total [] Help.".to_owned());
    let mut shown = drawn(&[Entry::Metric(&CALLS)]);
    shown.sort();
    expected.sort();
    assert_eq!(shown, expected);
}

#[test]
fn a_value_is_what_it_shows_and_a_panic_in_showing_ends_nothing() {
    dynamic_label!(Route, ROUTES, "route", 3);
    static CALLS: Counter<Route> = Counter::new(declared("routes_total", &[], 1));

    struct Long;
    impl fmt::Display for Long {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (0..100).try_for_each(|_| f.write_str("äö")) // the 128th byte is inside a character's run
        }
    }
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("as told")
        }
    }

    CALLS.with(Route(Dynamic("/orders").number(&ROUTES))).inc();
    CALLS.with(Route((&Dynamic(&7_u8)).number(&ROUTES))).inc();
    CALLS.with(Route((&Dynamic(&Long)).number(&ROUTES))).inc();
    CALLS.with(Route((&Dynamic(&Panics)).number(&ROUTES))).inc();
    let expected = [
        "counter routes_total [] Help.".to_owned(),
        "routes_total{route=/orders} 1".to_owned(),
        "routes_total{route=7} 1".to_owned(),
        format!("routes_total{{route={}}} 1", "äö".repeat(32)),
        "routes_total{otel_metric_overflow=true} 1".to_owned(),
    ];
    assert_eq!(drawn(&[Entry::Metric(&CALLS)]), expected);
}
