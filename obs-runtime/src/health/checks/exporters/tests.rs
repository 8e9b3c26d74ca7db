//! Figures of exporters, run by run.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use super::*;
use crate::health::checks::tests::{Watch, detail, said};
use crate::health::{Standing, States};
use crate::record::Value;

fn otlp() -> Delivery {
    let (items, filled) = (["log record", "log records"], Some(0.5));
    Delivery { signal: "traces", exporter: "otlp", items, filled, lost: Vec::new(), trouble: None }
}

const TOLERANT: Exporters = Exporters { unhealthy_on_loss: false };

fn judged(exporters: &Exporters, delivery: Delivery, before: &mut Before) -> String {
    exporters.judge(&[otlp(), Delivery { signal: "logs", ..delivery }], before).to_string()
}

#[test]
fn a_loss_is_told_once_with_how_much_where_and_why() {
    let mut before = Before::default();
    let mut at = |lost: &[(&'static str, u64)]| {
        judged(&TOLERANT, Delivery { lost: lost.to_vec(), ..otlp() }, &mut before)
    };
    assert_eq!(at(&[]), "healthy");
    assert_eq!(at(&[("timeout", 1)]), "degraded: otlp lost 1 log record (timeout)");
    assert_eq!(at(&[("timeout", 1)]), "healthy");
    let both = "degraded: otlp lost 6 log records (timeout); otlp lost 2 log records (rejected)";
    assert_eq!(at(&[("timeout", 7), ("rejected", 2)]), both);
    assert_eq!(at(&[("timeout", 7), ("rejected", 2)]), "healthy");
    let strict = Exporters { unhealthy_on_loss: true };
    let lost = Delivery { lost: vec![("queue_items", 3)], ..otlp() };
    assert_eq!(
        judged(&strict, lost, &mut Before::default()),
        "unhealthy: otlp lost 3 log records (queue_items)"
    );
    let full = Delivery { filled: Some(0.9), ..otlp() };
    assert!(judged(&strict, full, &mut Before::default()).starts_with("degraded"), "that is no loss");
}

#[test]
fn a_full_queue_and_trouble_are_told_for_as_long_as_they_last() {
    let mut before = Before::default();
    let mut at = |delivery: Delivery| judged(&TOLERANT, delivery, &mut before);
    assert_eq!(at(Delivery { filled: Some(0.8), ..otlp() }), "healthy");
    let full = || Delivery { filled: Some(0.81), ..otlp() };
    for _ in 0..2 {
        assert_eq!(at(full()), "degraded: the queue of otlp for logs is filled by 81.0 %");
    }
    let trouble = Some("http://c:4318: no connection".to_owned());
    let reason = "degraded: otlp does not get rid of logs: http://c:4318: no connection";
    for _ in 0..2 {
        assert_eq!(at(Delivery { trouble: trouble.clone(), filled: None, ..otlp() }), reason);
    }
    assert_eq!(at(otlp()), "healthy");
}

#[test]
fn it_asks_whoever_knows() {
    let states = States::default();
    let watch = Watch::new(exporters("telemetry").timeout(std::time::Duration::from_secs(5)), &states);
    let report = watch.until(|report| said(report).1.contains("Deliveries"));
    assert_eq!(report.standing, Standing::Unknown, "nobody tells");
    states.provide(Deliveries(Box::new(|| vec![Delivery { lost: vec![("timeout", 4)], ..otlp() }])));
    let report = watch.until(|report| report.took.is_some());
    assert_eq!(said(&report), (Standing::Degraded, "otlp lost 4 log records (timeout)"));
    assert_eq!(detail(&report, "otlp.traces.lost"), Some(Value::Int(4)));
    assert_eq!(detail(&report, "otlp.traces.queue_ratio"), Some(Value::Double(0.5)));
}
