#![allow(clippy::unwrap_used)] // a test fails by panicking

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
        retry_exhausted refused redirect response_invalid shutdown forked panicked";
    assert_eq!(names.join(" "), documented);
}
