//! R25: a collector that means harm costs a request and a connection, and is counted.

use std::time::{Duration, Instant};

use super::*;
use crate::testing::RetryAfter;

#[test]
fn hostile_answers_are_given_up_counted_and_never_followed() {
    let cases = [
        (Fault::Garbage, Reason::ResponseInvalid),
        (Fault::Gigantic, Reason::ResponseInvalid),
        (Fault::GzipBomb, Reason::ResponseInvalid),
        (Fault::Truncated, Reason::ResponseInvalid),
        (Fault::Redirect, Reason::Redirect),
        (Fault::Drip, Reason::Timeout),
        (Fault::Hang, Reason::Timeout),
    ];
    for (fault, reason) in cases {
        let collector = FaultyCollector::start().unwrap();
        collector.script([fault]);
        let timeout = if reason == Reason::Timeout { Duration::from_millis(300) } else { SOON };
        let pipeline = Pipeline::new(with(to(&collector), |settings| Settings { timeout, ..settings }));
        let account = pipeline.deliver(2);
        assert_eq!((account.dropped(reason), account.dropped_total()), (2, 2), "{fault:?}: {account:?}");
        assert_eq!(pipeline.deliver(1).exported, 1, "{fault:?}: the next one arrives");
        let paths: Vec<_> = collector.requests().into_iter().map(|r| r.path).collect();
        assert_eq!(paths, ["/v1/traces"; 2], "{fault:?}");
        let reused = matches!(fault, Fault::Garbage | Fault::Redirect);
        assert_eq!(collector.connections().len(), if reused { 1 } else { 2 }, "{fault:?}");
    }
}

#[test]
fn a_gibibyte_is_not_read_to_its_end() {
    let collector = FaultyCollector::start().unwrap();
    collector.script([Fault::Gigantic]);
    let pipeline = Pipeline::new(with(to(&collector), |settings| Settings { timeout: SOON, ..settings }));
    let began = Instant::now();
    assert_eq!(pipeline.deliver(1).dropped(Reason::ResponseInvalid), 1);
    // 4 MiB of it take milliseconds, all of it takes this build many seconds.
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn a_date_far_in_the_future_silences_the_exporter_for_a_bounded_time_and_costs_what_does_not_fit() {
    let collector = FaultyCollector::start().unwrap();
    collector.script([Fault::Unavailable { retry_after: Some(RetryAfter::Date(86_400)) }]);
    let pipeline =
        Pipeline::new(with(to(&collector), |settings| Settings { max_queue_items: 3, ..settings }));
    assert_eq!(pipeline.deliver(1).dropped(Reason::RetryExhausted), 1);
    pipeline.put(5);
    pipeline.worker.shutdown(Duration::from_millis(50)).unwrap_err();
    crate::export::testing::balanced(&pipeline.ledger, 0);
    let account = pipeline.account();
    assert_eq!((account.dropped(Reason::QueueItems), account.dropped(Reason::Shutdown)), (2, 3));
    assert_eq!(collector.requests().len(), 1);
}
