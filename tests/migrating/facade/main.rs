//! Who keeps the `metrics` facade: its macros as they were, in a process that calls `obs::init()`.

#![allow(clippy::unwrap_used)] // a test fails by panicking

#[path = "../trial/facade/shown.rs"]
mod shown;

use metrics::{Unit, counter, describe_counter, gauge, histogram};

/// Updates what `trial/facade.rs` updates by `obs::metrics!`.
fn update() {
    describe_counter!("visits_total", "Visits.");
    counter!("visits_total").increment(2);
    counter!("views_total", "region" => "eu").increment(1);
    let customer = String::from("acme");
    counter!("bought_total", "customer" => customer).increment(3);
    gauge!("carts").set(3.0);
    gauge!("carts").increment(1.0);
    gauge!("carts").decrement(2.0);
    histogram!("visit_seconds").record(0.2);
    let views = counter!("views_total", "region" => "us");
    views.increment(1);
    views.increment(1);
}

#[test]
fn its_numbers_are_in_our_scrape() {
    let obs = obs::builder().admin_off().log("off").init().unwrap();
    update();
    counter!("bytes_read_total").absolute(42);
    metrics::describe_histogram!("reply", Unit::Milliseconds, "Time to reply.");
    histogram!("reply").record(80.0);
    counter!("cache.hits").increment(1);
    let text = obs.metrics_text();
    let own = [
        "bytes_read_total 42",
        "reply_bucket{le=\"75\"} 0",
        "reply_bucket{le=\"100\"} 1",
        "cache_hits_total 1",
    ];
    for line in shown::SHOWN.iter().chain(&own) {
        assert!(text.lines().any(|l| l == *line), "{line}\nin\n{text}");
    }
}
