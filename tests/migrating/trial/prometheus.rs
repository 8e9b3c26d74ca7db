//! The `prometheus` crate and `obs::metrics!`: the same updates, and what each shows.

mod ours;
mod theirs;

use obs::testing::capture;

use crate::process::{guard, has};

const SHOWN: &[&str] = &[
    "# HELP orders_total Orders.",
    "# TYPE orders_total counter",
    "orders_total 3",
    "answers_total{region=\"eu\"} 1",
    "spent_cents_total{customer=\"acme\"} 47",
    "# TYPE orders_waiting gauge",
    "orders_waiting 2",
    "jobs_waiting{region=\"us\"} 3",
    "workers 4",
    "idle_workers 5",
    "# TYPE order_duration_seconds histogram",
    "order_duration_seconds_bucket{le=\"0.25\"} 1",
    "order_duration_seconds_bucket{le=\"0.5\"} 2",
    "order_duration_seconds_bucket{le=\"+Inf\"} 2",
    "order_duration_seconds_sum 0.5",
    "order_duration_seconds_count 2",
    "order_size_bytes_bucket{le=\"100\"} 0",
    "order_size_bytes_bucket{le=\"1000\"} 1",
    "page_bytes_bucket{le=\"1\"} 0",
    "page_bytes_bucket{le=\"10\"} 1",
    "page_bytes_bucket{le=\"100\"} 1",
    "row_bytes_bucket{le=\"10\"} 0",
    "row_bytes_bucket{le=\"30\"} 1",
    "read_duration_seconds_count 3",
    "shop_web_visits_total 1",
    "shop_build_info{version=\"1.2\"} 1",
];

#[test]
fn the_same_lines_are_shown() {
    theirs::update();
    has(&theirs::shown(), SHOWN);
    let obs = guard();
    ours::update();
    has(&obs.metrics_text(), SHOWN);
    has(&obs.metrics_text(), &["answers_total{region=\"us\"} 0"]); // known before it comes
    assert!(!theirs::shown().contains("answers_total{region=\"us\"}"));
}

#[test]
fn buckets_without_a_word_are_theirs_and_a_few_more() {
    theirs::update();
    guard();
    ours::update();
    let (theirs, ours) = (theirs::shown(), guard().metrics_text());
    let bounds = |text: &str| -> Vec<String> {
        let bucket = |l: &str| {
            Some(l.strip_prefix("order_duration_seconds_bucket{le=\"")?.split_once('"')?.0.to_owned())
        };
        text.lines().filter_map(bucket).collect()
    };
    let (theirs, ours) = (bounds(&theirs), bounds(&ours));
    assert_eq!((theirs.len(), ours.len()), (12, 15));
    assert!(theirs.iter().all(|bound| ours.contains(bound)), "{theirs:?} {ours:?}");
}

#[test]
fn a_constant_label_is_that_of_the_registry_or_of_the_attribute() {
    has(&theirs::custom(), &["shop_web_visits_total{zone=\"a\"} 0"]);
    has(&theirs::constant(), &["web_orders_total{channel=\"web\"} 1"]);
    capture(|t| {
        ours::order();
        assert_eq!(t.counter_named("web_orders_total", &[("channel", "web")]), 1);
    });
}

#[test]
fn a_test_has_its_own_numbers() {
    let orders = prometheus::IntCounter::new("orders_total", "Orders.").unwrap();
    let registry = prometheus::Registry::new();
    registry.register(Box::new(orders.clone())).unwrap();
    orders.inc();
    assert_eq!(orders.get(), 1);
    capture(|t| {
        ours::count();
        assert_eq!(ours::answered(t), 1);
        assert_eq!(t.counter(&ours::ORDERS, ours::ORDERS {}), 1);
    });
}

#[test]
fn what_has_no_counterpart_does_what_is_said() {
    theirs::without_counterpart();
}
