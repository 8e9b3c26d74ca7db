#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::time::Duration;

use super::*;
use crate::export::prometheus::{Format, rendered};
use crate::record::MetricSource;

#[test]
fn a_record_is_queued_until_it_meets_its_fate() {
    let ledger = Ledger::default();
    let account = ledger.account(Signal::Traces, "otlp", &[Reason::Timeout]);
    account.accepted(10);
    account.exported(4);
    account.rejected(1);
    account.dropped(Reason::Refused, 2);
    let read = ledger.snapshot().pop().unwrap();
    assert_eq!((read.accepted, read.exported, read.rejected, read.queued), (10, 4, 1, 3));
    assert_eq!((read.dropped(Reason::Refused), read.dropped_total()), (2, 2));
    assert!(Arc::ptr_eq(&account, &ledger.account(Signal::Traces, "otlp", &[])));
}

#[test]
fn what_is_spooled_is_neither_queued_nor_lost() {
    let ledger = Arc::new(Ledger::default());
    let account = ledger.account(Signal::Traces, "otlp", &[]);
    ledger.account(Signal::Traces, "engine", &[]);
    let shown = |ledger: &Arc<Ledger>| {
        let text = rendered(&[Arc::clone(ledger) as Arc<dyn MetricSource>], Format::Text);
        let spool = |line: &&str| line.starts_with("obs_spool") || line.starts_with("obs_recovered");
        text.lines().filter(spool).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(shown(&ledger), <[String; 0]>::default(), "nobody spools");
    account.spools();
    account.recovered(7);
    account.spooled(7);
    account.accepted(10);
    account.spooled(4);
    account.spool_bytes(99);
    account.unspooled(3);
    account.exported(2);
    let read = account.snapshot();
    assert_eq!((read.accepted, read.recovered, read.spooled, read.queued), (10, 7, 8, 7));
    assert_eq!(
        shown(&ledger),
        [
            r#"obs_spooled_items{signal="traces",exporter="otlp"} 8"#,
            r#"obs_spool_bytes{signal="traces",exporter="otlp"} 99"#,
            r#"obs_recovered_total{signal="traces",exporter="otlp"} 7"#,
        ]
    );
}

#[test]
fn likely_reasons_are_shown_at_zero_and_others_once_they_happen() {
    let ledger = Arc::new(Ledger::default());
    ledger.account(Signal::Traces, "otlp", &[Reason::Timeout]).dropped(Reason::Refused, 2);
    let text = rendered(&[ledger as Arc<dyn MetricSource>], Format::Text);
    let drops: Vec<_> = text.lines().filter(|l| l.starts_with("obs_dropped_total")).collect();
    assert_eq!(
        drops,
        [
            r#"obs_dropped_total{signal="traces",exporter="otlp",reason="timeout"} 0"#,
            r#"obs_dropped_total{signal="traces",exporter="otlp",reason="refused"} 2"#,
        ]
    );
    assert!(text.contains("obs_queue_items{signal=\"traces\",exporter=\"otlp\"} 0\n"));
}

#[test]
fn values_that_were_cut_are_shown_from_the_start() {
    let ledger = Arc::new(Ledger::default());
    let shown = |ledger: &Arc<Ledger>| {
        let text = rendered(&[Arc::clone(ledger) as Arc<dyn MetricSource>], Format::Text);
        text.lines().find(|l| l.starts_with("obs_values_truncated_total")).map(str::to_owned)
    };
    assert_eq!(shown(&ledger).as_deref(), Some("obs_values_truncated_total 0"));
    ledger.truncated(2);
    ledger.truncated(1);
    assert_eq!(shown(&ledger).as_deref(), Some("obs_values_truncated_total 3"));
}

#[test]
fn the_reasons_are_the_documented_ones() {
    let names: Vec<_> = Reason::ALL.iter().map(|r| r.as_str()).collect();
    let documented = "ring_full tail_bytes tail_spans tail_age queue_items queue_bytes too_large timeout \
        retry_exhausted refused redirect response_invalid spool_full spool_corrupt shutdown forked panicked";
    assert_eq!(names.join(" "), documented);
}

/// The lines of the exposition that begin so.
fn lines(ledger: &Arc<Ledger>, begin: &str) -> Vec<String> {
    let text = rendered(&[Arc::clone(ledger) as Arc<dyn MetricSource>], Format::Text);
    text.lines().filter(|line| line.starts_with(begin)).map(str::to_owned).collect()
}

#[test]
fn exporters_are_shown_under_opentelemetry_s_names() {
    let ledger = Arc::new(Ledger::default());
    let account = ledger.account(Signal::Traces, "otlp", &[]);
    let server = Some(("collector".to_owned(), 4318));
    let component =
        Component::new(Arc::clone(&account), "otlp_http", ("a".to_owned(), server), 2_048, || Waiting {
            items: 3,
            filled: 0.5,
        });
    ledger.watch(&component);
    ledger.watch(&Component::new(
        ledger.account(Signal::Traces, "spare", &[]),
        "otlp_http",
        ("b".to_owned(), None),
        8,
        Waiting::default,
    ));
    account.accepted(20);
    account.exported(7);
    account.rejected(2);
    account.dropped(Reason::Timeout, 1);
    account.dropped(Reason::QueueItems, 4);
    let of = |number| {
        format!(
            "otel_component_name=\"otlp_http_span_exporter/{number}\",otel_component_type=\"otlp_http_span_exporter\""
        )
    };
    let there = format!("{},server_address=\"collector\",server_port=\"4318\"", of(0));
    let exported = "otel_sdk_exporter_span_exported_total";
    assert_eq!(
        lines(&ledger, exported),
        [
            format!("{exported}{{{there}}} 7"),
            format!("{exported}{{{there},error_type=\"rejected\"}} 2"),
            format!("{exported}{{{there},error_type=\"timeout\"}} 1"),
            format!("{exported}{{{}}} 0", of(1)),
        ]
    );
    // Of 20, 14 have a fate and 3 wait.
    let running = lines(&ledger, "otel_sdk_exporter_span_inflight");
    assert_eq!(running.first(), Some(&format!("otel_sdk_exporter_span_inflight{{{there}}} 3")));
    let processor =
        "otel_component_name=\"batching_span_processor/0\",otel_component_type=\"batching_span_processor\"";
    let waiting = lines(&ledger, "otel_sdk_processor_span_queue_");
    assert!(waiting.contains(&format!("otel_sdk_processor_span_queue_size{{{processor}}} 3")), "{waiting:?}");
    assert!(
        waiting.contains(&format!("otel_sdk_processor_span_queue_capacity{{{processor}}} 2048")),
        "{waiting:?}"
    );
    let processed = lines(&ledger, "otel_sdk_processor_span_processed_total");
    assert!(
        processed.contains(&format!("otel_sdk_processor_span_processed_total{{{processor}}} 13")),
        "{processed:?}"
    );
    let full = format!("otel_sdk_processor_span_processed_total{{{processor},error_type=\"queue_full\"}} 4");
    assert!(processed.contains(&full), "{processed:?}");
}

#[test]
fn exports_and_collections_are_timed() {
    let ledger = Arc::new(Ledger::default());
    let component = Component::new(
        ledger.account(Signal::Metrics, "otlp", &[]),
        "otlp_grpc",
        ("c".to_owned(), None),
        8,
        Waiting::default,
    );
    ledger.watch(&component);
    component.took(Duration::from_millis(20), None);
    component.took(Duration::from_secs(60), Some(Reason::RetryExhausted));
    component.collected(Duration::from_millis(5));
    let exports = lines(&ledger, "otel_sdk_exporter_operation_duration_seconds");
    let has =
        |lines: &[String], what: &[&str]| lines.iter().any(|l| what.iter().all(|part| l.contains(part)));
    assert!(has(&exports, &["_count{", "otlp_grpc_metric_exporter/0", "} 1"]), "{exports:?}");
    assert!(has(&exports, &["_sum{", "error_type=\"retry_exhausted\"", "} 60"]), "{exports:?}");
    let collections = lines(&ledger, "otel_sdk_metric_reader_collection_duration_seconds");
    assert!(
        has(&collections, &["_bucket{", "periodic_metric_reader/0", "le=\"0.005\"", "} 1"]),
        "{collections:?}"
    );
}
