//! What a process has once, as it was: the recorder of `metrics`, which is ours from `init()` on, and the settings of
//! `autometrics`.

#![allow(clippy::unwrap_used)] // a test fails by panicking

#[path = "../trial/facade/shown.rs"]
mod shown;

use autometrics::autometrics;
use autometrics::settings::AutometricsSettings;
use metrics::{Level, NoopRecorder, Unit, counter, describe_counter, gauge, histogram, with_local_recorder};

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
    let kind = "read";
    counter!(format!("{kind}_total")).increment(1);
    let labels = [("region", "eu"), ("shelf", "top")];
    counter!("taken_total", &labels).increment(1);
    counter!(target: "shop", level: Level::DEBUG, "quiet_total").increment(1);
    with_local_recorder(&NoopRecorder, || counter!("never_total").increment(1));
    let text = obs.metrics_text();
    let own = [
        "bytes_read_total 42",
        "reply_bucket{le=\"75\"} 0",
        "reply_bucket{le=\"100\"} 1",
        "cache_hits_total 1",
        "read_total 1",
        "quiet_total 1",
        "taken_total{region=\"eu\",shelf=\"top\"} 1",
    ];
    for line in shown::SHOWN.iter().chain(&own) {
        assert!(text.lines().any(|l| l == *line), "{line}\nin\n{text}");
    }
    assert!(!text.contains("never_total"));
}

#[autometrics]
fn call() {}

#[test]
fn settings_are_made_once() {
    let registry = prometheus::Registry::new();
    AutometricsSettings::builder()
        .service_name("shop")
        .histogram_buckets([0.1, 0.25, 1.0])
        .repo_url("https://shop.example/code")
        .repo_provider("forge")
        .prometheus_registry(registry.clone())
        .init();
    call();
    let text = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
    let told = |start: &str, part: &str| text.lines().any(|l| l.starts_with(start) && l.contains(part));
    assert!(told("function_calls_total{", "service_name=\"shop\""), "{text}");
    assert!(told("build_info{", "repository_url=\"https://shop.example/code\""), "{text}");
    assert_eq!(text.matches("function_calls_duration_seconds_bucket{").count(), 4, "{text}");
}
