//! What macros of the `metrics` crate leave in a scrape.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use std::sync::Arc;
use std::thread;

use ::metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
    with_local_recorder,
};

use super::store::Store;
use super::*;
use crate::export::{Format, rendered};
use crate::testing;

/// A recorder whose program declares `orders_total`.
fn facade() -> Facade {
    Facade(Arc::new(Store::new(|name| matches!(base(name), "orders"))))
}

fn shown(facade: &Facade, format: Format) -> String {
    rendered(&[Arc::clone(&facade.0) as Arc<dyn MetricSource>], format)
}

/// What is shown, without the facade's own accounts where nothing happened.
fn lines(facade: &Facade) -> Vec<String> {
    let text = shown(facade, Format::Text);
    text.lines()
        .filter(|l| !l.contains("obs_facade_") && !l.ends_with(show::NO_HELP))
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn has(facade: &Facade, line: &str) {
    let text = shown(facade, Format::Text);
    assert!(text.lines().any(|l| l == line), "{line}\nin\n{text}");
}

#[test]
fn counters_gauges_and_histograms_are_shown_with_help_and_unit() {
    let facade = facade();
    with_local_recorder(&facade, || {
        describe_counter!("http.client-requests", "Requests made.");
        describe_gauge!("pool_size", Unit::Count, "Connections.");
        describe_histogram!("wait_seconds", Unit::Seconds, "Time in the queue.");
        counter!("http.client-requests", "peer.name" => "stock").increment(2);
        counter!("http.client-requests", "peer.name" => "stock").increment(1);
        counter!("at_zero_total").increment(0);
        counter!("absolute_total").absolute(7);
        counter!("absolute_total").absolute(5);
        gauge!("pool_size").set(5);
        gauge!("pool_size").increment(2.5);
        gauge!("pool_size").decrement(1.0);
        let wait = histogram!("wait_seconds");
        [0.005, 0.006, 20.0, f64::NAN].into_iter().for_each(|value| wait.record(value));
        wait.record_many(0.3, 4);
    });
    let expected = [
        "# TYPE absolute_total counter",
        "absolute_total 7",
        "# TYPE at_zero_total counter",
        "at_zero_total 0",
        "# HELP http_client_requests_total Requests made.",
        "# TYPE http_client_requests_total counter",
        "http_client_requests_total{peer_name=\"stock\"} 3",
        "# HELP pool_size Connections.",
        "# TYPE pool_size gauge",
        "pool_size 6.5",
        "# HELP wait_seconds Time in the queue.",
        "# TYPE wait_seconds histogram",
    ];
    let lines = lines(&facade);
    assert_eq!(lines.get(..expected.len()).unwrap(), expected, "{lines:#?}");
    has(&facade, "wait_seconds_bucket{le=\"0.005\"} 1");
    has(&facade, "wait_seconds_bucket{le=\"0.01\"} 2");
    has(&facade, "wait_seconds_bucket{le=\"0.5\"} 6");
    has(&facade, "wait_seconds_bucket{le=\"10\"} 6");
    has(&facade, "wait_seconds_count 7");
    let open = shown(&facade, Format::OpenMetrics);
    assert!(open.contains("# UNIT wait_seconds seconds\n"), "{open}");
    assert!(!open.contains("# UNIT pool_size"), "a unit that the name does not end in is none: {open}");
}

#[test]
fn names_and_labels_fit_the_grammar() {
    let facade = facade();
    with_local_recorder(&facade, || {
        counter!("9 lives \u{e9}\"\n", "le" => "1", "__meta" => "2", "a b" => "line\nbreak", "a.b" => "twice").increment(1);
        counter!("same", "b" => "2", "a" => "1").increment(1);
        counter!("same_total", "a" => "1", "b" => "2").increment(1);
        gauge!("").set(1);
        gauge!("ns:own").set(1);
    });
    has(&facade, "same_total{a=\"1\",b=\"2\"} 2");
    has(&facade, "_9_lives_____total{a_b=\"line\\nbreak\",exported_le=\"1\",exported_meta=\"2\"} 1");
    has(&facade, "_ 1");
    has(&facade, "ns:own 1");
}

#[test]
fn histograms_have_buckets_that_fit_their_unit() {
    let facade = facade();
    with_local_recorder(&facade, || {
        describe_histogram!("lag", Unit::Milliseconds, "Lag.");
        ["lag", "body_bytes", "batch"].into_iter().for_each(|name| histogram!(name).record(3000.0));
    });
    has(&facade, "lag_bucket{le=\"5000\"} 1");
    has(&facade, "body_bytes_bucket{le=\"4096\"} 1");
    has(&facade, "batch_bucket{le=\"2500\"} 0");
    has(&facade, "batch_bucket{le=\"5000\"} 1");
}

#[test]
fn a_name_that_is_taken_is_no_second_family() {
    let (memory, _restore) = testing::record();
    let facade = facade();
    with_local_recorder(&facade, || {
        for _ in 0..3 {
            counter!("orders").increment(1);
        }
        counter!("jobs").increment(1);
        gauge!("jobs").set(9);
        gauge!("jobs_total").set(9);
    });
    assert_eq!(lines(&facade), ["# TYPE jobs_total counter", "jobs_total 1"]);
    has(&facade, "obs_facade_refused_total{reason=\"name_taken\"} 3");
    has(&facade, "obs_facade_refused_total{reason=\"other_kind\"} 2");
    let logs = memory.logs();
    let said: Vec<_> = logs.iter().map(|log| log.attributes.first().unwrap().value.to_string()).collect();
    assert_eq!(said, ["orders", "jobs"], "one warning each: {logs:?}");
}

/// R20, for names and labels that others make up.
#[test]
fn hostile_labels_share_a_series_and_give_one_warning() {
    let (memory, _restore) = testing::record();
    let facade = facade();
    with_local_recorder(&facade, || {
        for n in 0..20_000 {
            let value = format!("{n}-{}", "x".repeat(1_000));
            counter!("hostile", "user" => value.clone()).increment(1);
            histogram!("hostile_seconds", "user" => value).record(0.1);
        }
        let labels: Vec<_> = (0..40).map(|n| (format!("l{n}"), "x")).collect();
        counter!("wide", &labels).increment(1);
    });
    has(&facade, "hostile_total{otel_metric_overflow=\"true\"} 19000");
    has(&facade, "hostile_seconds_count{otel_metric_overflow=\"true\"} 19000");
    has(&facade, "wide_total{otel_metric_overflow=\"true\"} 1");
    has(&facade, "obs_facade_overflow_total{metric=\"hostile_total\"} 19000");
    let text = shown(&facade, Format::Text);
    assert_eq!(text.lines().filter(|l| l.starts_with("hostile_total{")).count(), 1_001);
    assert!(text.lines().all(|l| l.len() < 200), "values are cut");
    assert_eq!(memory.logs().len(), 3, "one warning a metric");
}

#[test]
fn families_and_all_series_together_are_bounded() {
    let (_memory, _restore) = testing::record();
    let facade = facade();
    with_local_recorder(&facade, || {
        for n in 0..3_000 {
            describe_counter!(format!("family_{n}"), "Help.");
            for label in 0..20 {
                counter!(format!("family_{n}"), "n" => label.to_string()).increment(1);
            }
        }
    });
    let text = shown(&facade, Format::Text);
    assert_eq!(text.lines().filter(|l| l.starts_with("# TYPE family_")).count(), 1_000);
    let own = |l: &&str| l.starts_with("family_") && !l.contains("overflow");
    assert_eq!(text.lines().filter(own).count(), limits::SERIES);
    has(&facade, &format!("obs_facade_refused_total{{reason=\"too_many_families\"}} {}", 2_000 * 20));
}

#[test]
fn no_update_of_any_thread_is_lost() {
    let facade = facade();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                with_local_recorder(&facade, || {
                    for n in 0..10_000_u32 {
                        counter!("shared", "n" => (n % 7).to_string()).increment(1);
                        gauge!("level").increment(1);
                        histogram!("values").record(f64::from(n % 3));
                    }
                });
            });
        }
    });
    has(&facade, "level 40000");
    has(&facade, "values_count 40000");
    let text = shown(&facade, Format::Text);
    let counts = text.lines().filter_map(|l| l.strip_prefix("shared_total{")?.split(' ').nth(1));
    assert_eq!(counts.map(|n| n.parse::<u64>().unwrap()).sum::<u64>(), 40_000);
}

#[test]
fn what_would_be_taken_for_a_part_of_a_histogram_is_refused() {
    let facade = facade();
    with_local_recorder(&facade, || {
        histogram!("wait_seconds").record(1.0);
        gauge!("wait_seconds_count").set(1.0);
        counter!("wait_seconds_sum").increment(1);
        gauge!("load_bucket").set(1.0);
        histogram!("load").record(1.0);
        gauge!("stock_count").set(3.0);
    });
    let families: Vec<String> = lines(&facade).into_iter().filter(|l| l.starts_with("# TYPE ")).collect();
    assert_eq!(
        families,
        ["# TYPE load_bucket gauge", "# TYPE stock_count gauge", "# TYPE wait_seconds histogram"]
    );
    has(&facade, "obs_facade_refused_total{reason=\"other_kind\"} 3");
}
