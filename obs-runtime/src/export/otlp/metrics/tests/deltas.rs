//! Deltas: nothing is lost and nothing is sent twice, whatever becomes of a request.

use super::*;
use crate::export::otlp::tests::collector::nobody;

fn delta(config: OtlpConfig) -> Pipeline {
    Pipeline::new(config, Temporality::Delta, NEVER)
}

#[test]
fn each_value_is_what_came_since_the_one_before() {
    let collector = Collector::start([]);
    let pipeline = delta(local(&collector));
    let mut until = 1_000;
    for (total, change) in [(3, 3.0), (10, 7.0), (11, 1.0)] {
        pipeline.shelf.put(orders(total));
        pipeline.push();
        let got = sums(&collector.next());
        let [(_, start, end, value)] = &got[..] else { panic!("{got:?}") };
        assert_eq!((*start, *value), (until, change), "intervals follow each other");
        assert!(end > start);
        until = *end;
    }
    assert_eq!(pipeline.push().accepted, 3, "nothing new is nothing to send");
    assert!(collector.arrived.try_recv().is_err());
}

#[test]
fn what_a_failed_request_held_comes_with_the_next() {
    for reply in [Reply::status(503), Reply::status(400), Reply::status(307), Reply::Reset] {
        // Three attempts of those that are repeated.
        let collector = Collector::start(vec![reply; 3]);
        let pipeline = delta(local(&collector));
        pipeline.shelf.put(orders(5));
        let mut failed = pipeline.push();
        while failed.exported == 0 && failed.accepted < 4 {
            assert_eq!(failed.dropped_total(), failed.accepted);
            let next = orders(5 + failed.accepted);
            pipeline.shelf.put(next);
            failed = pipeline.push();
        }
        let last = collector.arrived.try_iter().last().unwrap();
        let got = sums(&last);
        let [(_, start, _, value)] = &got[..] else { panic!("{got:?}") };
        assert_eq!((*start, *value as u64), (1_000, 4 + failed.accepted), "all since the start");
    }
}

#[test]
fn an_outage_costs_no_count_and_doubles_none() {
    let address = nobody();
    let pipeline = delta(config(&address));
    for total in [4, 9] {
        pipeline.shelf.put(orders(total));
        pipeline.push();
    }
    assert_eq!(pipeline.account().dropped(Reason::RetryExhausted), 2);
    let collector = Collector::start_on(&address, []);
    for total in [20, 21] {
        pipeline.shelf.put(orders(total));
        pipeline.push();
    }
    let values: Vec<f64> = collector.arrived.try_iter().flat_map(|a| sums(&a)).map(|s| s.3).collect();
    assert_eq!(values, [20.0, 1.0]);
    let notices: Vec<_> = pipeline.notices.try_iter().collect();
    let [(Severity::Warn, begun), (Severity::Info, over)] = &notices[..] else { panic!("{notices:?}") };
    assert!(begun.starts_with("lost 1 data point on the way to "), "{begun}");
    assert!(begun.ends_with("; what they counted goes out with the next"), "{begun}");
    assert!(over.starts_with("data points reach "), "{over}");
}

#[test]
fn an_answer_without_sense_counts_as_received_for_it_may_be_so() {
    let html = vec![("content-type", "text/html".to_owned())];
    let collector = Collector::start([Reply::With(200, html, b"<html>".to_vec())]);
    let pipeline = delta(local(&collector));
    assert_eq!(pipeline.push().dropped(Reason::ResponseInvalid), 1);
    pipeline.shelf.put(orders(3));
    pipeline.push();
    let values: Vec<f64> = collector.arrived.try_iter().flat_map(|a| sums(&a)).map(|s| s.3).collect();
    assert_eq!(values, [1.0, 2.0]);
}

#[test]
fn only_the_requests_that_failed_come_again() {
    let many = |scale: u64| {
        move |visitor: &mut dyn MetricVisitor| {
            family(visitor, "many_total", "", MetricKind::Counter);
            for series in 0..100_u64 {
                visitor.point(&[("n", &series.to_string())], Point::Counter(scale * (series + 1)));
            }
        }
    };
    let collector = Collector::start([Reply::status(200), Reply::status(400)]);
    let one_at_a_time =
        with(local(&collector), |s| Settings { max_batch_bytes: 2_000, max_in_flight: 1, ..s });
    let pipeline = delta(one_at_a_time);
    pipeline.shelf.put(many(1));
    let first = pipeline.push();
    assert!(first.dropped(Reason::Refused) > 0 && first.exported > 0, "{first:?}");
    pipeline.shelf.put(many(3));
    pipeline.push();
    let arrived: Vec<_> = collector.arrived.try_iter().collect();
    assert!(arrived.len() > 4, "{}", arrived.len());
    let received = arrived.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, arrived)| arrived);
    let sum: f64 = received.flat_map(sums).map(|s| s.3).sum();
    assert_eq!(sum, 3.0 * 5_050.0);
}

#[test]
fn low_memory_leaves_what_others_count_as_it_is() {
    let collector = Collector::start([]);
    let pipeline = Pipeline::new(local(&collector), Temporality::LowMemory, NEVER);
    for (total, cpu) in [(2, 1.0), (5, 1.5)] {
        pipeline.shelf.put(move |visitor: &mut dyn MetricVisitor| {
            orders(total)(visitor);
            family(visitor, "process_cpu_seconds_total", "seconds", MetricKind::Counter);
            visitor.point(&[], Point::Total(cpu));
        });
        pipeline.push();
    }
    let values: Vec<f64> = collector.arrived.try_iter().flat_map(|a| sums(&a)).map(|s| s.3).collect();
    assert_eq!(values, [2.0, 1.0, 3.0, 1.5]);
}

/// Metrics are turned off and on while the program runs: what is off is not shown, and goes on where it was.
#[test]
fn a_series_that_was_not_shown_for_a_while_is_not_sent_twice() {
    let collector = Collector::start([]);
    let pipeline = delta(local(&collector));
    pipeline.shelf.put(orders(5));
    pipeline.push();
    pipeline.shelf.put(|_: &mut dyn MetricVisitor| {});
    pipeline.push();
    pipeline.shelf.put(orders(7));
    pipeline.push();
    let values: Vec<f64> = collector.arrived.try_iter().flat_map(|a| sums(&a)).map(|s| s.3).collect();
    assert_eq!(values, [5.0, 2.0]);
}

#[test]
fn a_new_process_begins_anew() {
    let collector = Collector::start([]);
    for _ in 0..2 {
        let pipeline = delta(local(&collector));
        pipeline.shelf.put(orders(2));
        pipeline.push();
    }
    let starts: Vec<_> = collector.arrived.try_iter().flat_map(|a| sums(&a)).map(|s| (s.1, s.3)).collect();
    assert_eq!(starts, [(1_000, 2.0), (1_000, 2.0)], "since its own start, which the test sets to the same");
}

#[test]
fn exemplars_of_a_delta_are_of_its_interval() {
    use crate::context::{SpanContext, SpanId, TraceId};
    let show = |count: u64, time_unix_nanos: u64| {
        move |visitor: &mut dyn MetricVisitor| {
            family(visitor, "t_seconds", "seconds", MetricKind::Histogram);
            let context = SpanContext {
                trace_id: TraceId::new(1).unwrap(),
                span_id: SpanId::new(2).unwrap(),
                flags: 1,
                tracestate: None,
            };
            let exemplars = [Some(crate::record::Exemplar {
                context: Some(context),
                correlation_id: None,
                value: 0.5,
                time_unix_nanos,
            })];
            let (bounds, buckets, sum) = (&[][..], &[count][..], 0.5);
            let exponential = None;
            let point = Point::Histogram { bounds, buckets, sum, exemplars: &exemplars, exponential };
            visitor.point(&[], point);
        }
    };
    let collector = Collector::start([]);
    let pipeline = delta(local(&collector));
    let old = clock::unix_nanos();
    for (count, time, seen) in [(1, old, 1), (2, old, 0), (3, u64::MAX, 1)] {
        pipeline.shelf.put(show(count, time));
        pipeline.push();
        let got = metrics(&collector.next());
        let Some(Data::Histogram(histogram)) = &got.first().unwrap().data else { panic!("{got:?}") };
        assert_eq!(histogram.data_points.first().unwrap().exemplars.len(), seen, "{count}");
    }
}

#[test]
fn a_round_begins_when_the_one_before_has_met_its_fate() {
    // Two that wait together would both be answered, and both have the same count.
    let both = Arc::new(tokio::sync::Barrier::new(2));
    let collector = Collector::start(vec![Reply::Together(both); 2]);
    let pipeline = delta(with(local(&collector), |s| Settings { timeout: Duration::from_millis(200), ..s }));
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| pipeline.worker.flush(SOON).unwrap());
        }
    });
    assert_eq!(pipeline.push().exported, 1, "the count is received once");
}
