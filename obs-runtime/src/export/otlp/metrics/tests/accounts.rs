//! Every data point meets exactly one fate, whatever the collector does; and when they are pushed.

use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceResponse,
};

use super::*;
use crate::export::otlp::tests::collector::{nobody, wait_until};

fn many(series: usize) -> impl Fn(&mut dyn MetricVisitor) + Send {
    move |visitor| {
        family(visitor, "many_total", "", MetricKind::Counter);
        for at in 0..series {
            visitor.point(&[("n", &at.to_string())], Point::Counter(at as u64));
        }
    }
}

#[test]
fn metrics_are_pushed_on_an_interval() {
    let collector = Collector::start([]);
    let pipeline = Pipeline::new(local(&collector), Temporality::Cumulative, Duration::from_millis(5));
    let first = sums(&collector.next());
    let second = sums(&collector.next());
    assert_eq!((first.len(), second.len()), (1, 1));
    assert!(first.first().unwrap().2 < second.first().unwrap().2, "each at its time");
    drop(pipeline);
}

#[test]
fn a_shutdown_pushes_once_more() {
    let collector = Collector::start([]);
    let pipeline = Pipeline::new(local(&collector), Temporality::Cumulative, NEVER);
    pipeline.shelf.put(orders(12));
    pipeline.worker.shutdown(SOON).unwrap();
    assert_eq!(sums(&collector.next()).first().unwrap().3, 12.0);
    balanced(&pipeline.ledger, 0);
    assert_eq!(pipeline.account().exported, 1);
}

#[test]
fn a_shutdown_does_not_wait_for_a_collector_that_hangs() {
    let collector = Collector::start(vec![Reply::Hang; 4]);
    let pipeline = Pipeline::new(local(&collector), Temporality::Cumulative, NEVER);
    let error = pipeline.worker.shutdown(Duration::from_millis(200)).unwrap_err();
    assert_eq!(error.to_string(), "telemetry was not flushed in time; outstanding: 1 data point at otlp");
    balanced(&pipeline.ledger, 0);
    assert_eq!(pipeline.account().dropped(Reason::Shutdown), 1);
}

#[test]
fn requests_are_no_larger_than_they_may_be() {
    let collector = Collector::start([]);
    let none = crate::export::Compression::None;
    let config = with(local(&collector), |s| Settings { max_batch_bytes: 3_000, compression: none, ..s });
    let pipeline = Pipeline::new(config, Temporality::Cumulative, NEVER);
    pipeline.shelf.put(many(500));
    assert_eq!(pipeline.push().exported, 500);
    let arrived: Vec<_> = collector.arrived.try_iter().collect();
    assert!(arrived.iter().all(|a| a.body.len() <= 3_000), "they are small enough");
    assert!(arrived.len() <= 20, "and not too small: {}", arrived.len());
    let mut values: Vec<u64> = arrived.iter().flat_map(sums).map(|s| s.3 as u64).collect();
    values.sort_unstable();
    assert!(values.into_iter().eq(0..500), "each series came once");
}

#[test]
fn a_point_that_no_request_can_hold_is_lost_and_counted() {
    let collector = Collector::start([]);
    let config = with(local(&collector), |s| Settings { max_batch_bytes: 1_000, ..s });
    let pipeline = Pipeline::new(config, Temporality::Delta, NEVER);
    pipeline.shelf.put(|visitor: &mut dyn MetricVisitor| {
        orders(1)(visitor);
        visitor.point(&[("region", &"x".repeat(2_000))], Point::Counter(1));
    });
    let account = pipeline.push();
    assert_eq!((account.exported, account.dropped(Reason::TooLarge)), (1, 1));
}

#[test]
fn what_waits_is_bounded_in_bytes() {
    let collector = Collector::start([]);
    let none = crate::export::Compression::None;
    let (max_batch_bytes, max_queue_bytes) = (3_000, 6_000);
    let config =
        with(local(&collector), |s| Settings { max_batch_bytes, max_queue_bytes, compression: none, ..s });
    let pipeline = Pipeline::new(config, Temporality::Delta, NEVER);
    pipeline.shelf.put(many(2_000));
    let account = pipeline.push();
    let lost = account.dropped(Reason::QueueBytes);
    assert_eq!(account.exported + lost, 1_999, "a series at zero has nothing to send: {account:?}");
    let mut rounds = 0;
    while pipeline.account().exported < 1_999 {
        rounds += 1;
        assert!(rounds < 200, "what did not fit comes later: {:?}", pipeline.account());
        pipeline.push();
    }
    let sum: f64 = collector.arrived.try_iter().flat_map(|a| sums(&a)).map(|s| s.3).sum();
    assert_eq!(sum, 1_999.0 * 2_000.0 / 2.0);
}

#[test]
fn a_partial_success_is_split_and_reported() {
    let partial_success =
        Some(ExportMetricsPartialSuccess { rejected_data_points: 2, error_message: "too old".to_owned() });
    let body = ExportMetricsServiceResponse { partial_success }.encode_to_vec();
    let json = br#"{"partialSuccess":{"rejectedDataPoints":"3"}}"#.to_vec();
    let kind = vec![("content-type", "application/json".to_owned())];
    let collector = Collector::start([Reply::With(200, Vec::new(), body), Reply::With(200, kind, json)]);
    let pipeline = Pipeline::new(local(&collector), Temporality::Cumulative, NEVER);
    pipeline.shelf.put(many(5));
    let account = pipeline.push();
    assert_eq!((account.exported, account.rejected), (3, 2));
    let (_, line) = pipeline.notices.try_recv().unwrap();
    assert!(line.contains("it rejected them: too old"), "{line}");
    let account = pipeline.push();
    assert_eq!((account.exported, account.rejected), (5, 5));
}

#[test]
fn retry_after_is_honoured() {
    let later = vec![("retry-after", "1".to_owned())];
    let collector = Collector::start([Reply::With(429, later, Vec::new())]);
    let pipeline = Pipeline::new(local(&collector), Temporality::Cumulative, NEVER);
    let began = std::time::Instant::now();
    assert_eq!(pipeline.push().exported, 1);
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn accounts_hold_under_a_collector_that_does_everything() {
    let collector = Collector::start((0..80).map(Reply::of_everything));
    let timeout = Duration::from_millis(30);
    let config = with(local(&collector), |s| Settings { timeout, max_batch_bytes: 2_000, ..s });
    let pipeline = Pipeline::new(config, Temporality::Cumulative, Duration::from_millis(3));
    pipeline.shelf.put(many(300));
    wait_until(|| pipeline.account().accepted >= 3_000);
    pipeline.worker.shutdown(SOON).unwrap();
    balanced(&pipeline.ledger, 0);
    let account = pipeline.account();
    assert!(account.exported > 0 && account.dropped_total() > 0, "{account:?}");
}

#[test]
fn a_source_that_panics_costs_its_rest_and_nothing_twice() {
    let collector = Collector::start([]);
    let pipeline = Pipeline::new(local(&collector), Temporality::Delta, NEVER);
    pipeline.shelf.put(|visitor: &mut dyn MetricVisitor| {
        orders(5)(visitor);
        panic!("on purpose");
    });
    assert_eq!(pipeline.push().exported, 1);
    pipeline.shelf.put(orders(6));
    pipeline.push();
    let values: Vec<f64> = collector.arrived.try_iter().flat_map(|a| sums(&a)).map(|s| s.3).collect();
    assert_eq!(values, [5.0, 1.0]);
}

#[test]
fn a_flush_hurries_what_waits_for_a_collector_and_what_it_pushes_itself() {
    let address = nobody();
    let config = with(config(&address), |s| Settings { reconnect_delay: NEVER, ..s });
    let pipeline = Pipeline::new(config, Temporality::Delta, Duration::from_millis(1));
    // The first has failed, and what comes next waits for an hour to connect.
    wait_until(|| pipeline.account().dropped_total() == 1 && pipeline.account().queued == 1);
    let collector = Collector::start_on(&address, []);
    pipeline.worker.flush(SOON).unwrap();
    assert_eq!(sums(&collector.next()).first().unwrap().3, 1.0);
    let away = Pipeline::new(
        with(self::config(&nobody()), |s| Settings { reconnect_delay: NEVER, ..s }),
        Temporality::Cumulative,
        NEVER,
    );
    for round in 1..=2 {
        assert_eq!(away.push().dropped(Reason::RetryExhausted), round, "each flush tries at once");
    }
}
