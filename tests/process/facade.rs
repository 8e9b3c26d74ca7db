//! The `metrics` facade in a process that calls `obs::init()`: what other crates count is in our scrape.

#![allow(clippy::unwrap_used, missing_docs)] // a test fails by panicking, and its name says what holds

use metrics::{counter, gauge, histogram};

obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "facade_orders_total";
}

#[test]
fn what_other_crates_count_is_in_our_scrape() {
    counter!("too_early").increment(1); // nobody is there yet
    let guard = obs::builder().admin_off().log("off").init().unwrap();
    counter!("third.party.requests", "code" => "200").increment(3);
    gauge!("third_party_level").set(1.5);
    histogram!("third_party_seconds").record(0.2);
    ORDERS.add(2);
    counter!("facade_orders_total").increment(40);
    counter!("obs_dropped_total").increment(40);
    gauge!("process_open_fds").set(40);
    counter!("function_calls").increment(40);
    gauge!("function_duration_seconds_count").set(40);

    let text = guard.metrics_text();
    let has = |line: &str| assert!(text.lines().any(|l| l == line), "{line}\nin\n{text}");
    has("third_party_requests_total{code=\"200\"} 3");
    has("third_party_level 1.5");
    has("third_party_seconds_bucket{le=\"0.25\"} 1");
    has("facade_orders_total 2");
    has("obs_facade_refused_total{reason=\"name_taken\"} 5");
    let mut families: Vec<&str> = text.lines().filter(|l| l.starts_with("# TYPE ")).collect();
    let all = families.len();
    families.sort_unstable();
    families.dedup();
    assert_eq!(families.len(), all, "{text}");
    assert!(!text.contains("too_early"));
}
