//! Every span meets exactly one fate, whatever the collector does.

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;

use super::collector::wait_until;
use super::spans::Spans;
use super::*;
use crate::export::delivery::{Form, Item, Queue};
use crate::export::testing::spans;

#[test]
fn spans_are_delivered_in_batches_over_one_connection() {
    let collector = Collector::start([]);
    let pipeline = Pipeline::new(with(local(&collector), |s| Settings {
        batch: 100,
        max_batch: 100,
        max_in_flight: 1,
        ..s
    }));
    let account = pipeline.deliver(250);
    assert_eq!((account.accepted, account.exported), (250, 250));
    let arrived: Vec<_> = collector.arrived.try_iter().collect();
    let sizes: Vec<_> = arrived.iter().map(|a| a.spans().len()).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 250);
    assert!(sizes.iter().all(|s| *s <= 100), "{sizes:?}");
    assert!(arrived.iter().all(|a| a.connection == 0));
    assert_eq!(pipeline.notices.try_iter().count(), 0);
}

#[test]
fn several_requests_run_at_the_same_time() {
    let all = Arc::new(tokio::sync::Barrier::new(8));
    let collector = Collector::start(vec![Reply::Together(all); 8]);
    let pipeline = Pipeline::new(with(local(&collector), |s| Settings { batch: 1, max_batch: 1, ..s }));
    assert_eq!(pipeline.deliver(8).exported, 8);
}

#[test]
fn a_flush_waits_for_what_was_there_and_not_for_as_much_of_anything() {
    let collector = Collector::start([Reply::Hang]);
    let timeout = Duration::from_millis(500);
    let pipeline =
        Pipeline::new(with(local(&collector), |s| Settings { batch: 2, max_batch: 2, timeout, ..s }));
    let (worker, account) = (&pipeline.worker, pipeline.ledger.account(Signal::Traces, NAME, LIKELY));
    pipeline.put(1);
    std::thread::scope(|threads| {
        let lost =
            threads.spawn(move || worker.flush(SOON).map(|()| account.snapshot().dropped(Reason::Timeout)));
        collector.next(); // the flush sends the one that hangs
        pipeline.put(2);
        wait_until(|| pipeline.account().exported == 2);
        assert_eq!(lost.join().unwrap(), Ok(1));
    });
}

#[test]
fn a_batch_leaves_when_it_is_full_or_old_enough() {
    let collector = Collector::start([]);
    let full = Pipeline::new(with(local(&collector), |s| Settings { batch: 10, max_batch: 10, ..s }));
    full.put(25);
    assert_eq!((collector.next().spans().len(), collector.next().spans().len()), (10, 10));
    wait_until(|| full.account().exported == 20);
    assert_eq!(full.account().queued, 5);
    let old = Pipeline::new(with(local(&collector), |s| Settings {
        schedule_delay: Duration::from_millis(20),
        ..s
    }));
    old.put(1);
    assert_eq!(collector.next().spans().len(), 1);
}

#[test]
fn busy_answers_and_resets_are_retried() {
    let replies = [Reply::status(503), Reply::Reset, Reply::status(429), Reply::status(504)];
    let collector = Collector::start(replies);
    let account = Pipeline::new(local(&collector)).deliver(3);
    assert_eq!((account.exported, account.dropped_total()), (3, 0));
    assert_eq!(collector.arrived.try_iter().count(), 5);
}

#[test]
fn a_partial_success_is_split_and_reported() {
    let partial_success =
        Some(ExportTracePartialSuccess { rejected_spans: 2, error_message: "too\nold".to_owned() });
    let body = ExportTraceServiceResponse { partial_success }.encode_to_vec();
    let collector = Collector::start([Reply::With(200, Vec::new(), body)]);
    let pipeline = Pipeline::new(local(&collector));
    let account = pipeline.deliver(5);
    assert_eq!((account.exported, account.rejected), (3, 2));
    let (severity, line) = pipeline.notices.try_recv().unwrap();
    assert_eq!(severity, Severity::Warn);
    assert!(line.ends_with("it rejected them: too\\nold"), "{line}");
}

#[test]
fn final_answers_are_not_retried() {
    let elsewhere = vec![("location", "/other".to_owned())];
    let html = vec![("content-type", "text/html".to_owned())];
    let giant = vec![0; 4 * 1024 * 1024 + 1];
    let cases = [
        (Reply::status(400), Reason::Refused),
        (Reply::status(500), Reason::Refused),
        (Reply::With(307, elsewhere, Vec::new()), Reason::Redirect),
        (Reply::With(200, html, b"<html>welcome</html>".to_vec()), Reason::ResponseInvalid),
        (Reply::With(200, Vec::new(), giant), Reason::ResponseInvalid),
    ];
    for (reply, reason) in cases {
        let collector = Collector::start([reply]);
        let pipeline = Pipeline::new(local(&collector));
        let account = pipeline.deliver(2);
        assert_eq!((account.dropped(reason), account.dropped_total()), (2, 2), "{reason}");
        assert_eq!(collector.arrived.try_iter().count(), 1, "{reason}");
        assert_eq!(pipeline.deliver(1).exported, 1, "{reason}: the next one arrives");
    }
}

#[test]
fn a_full_queue_drops_the_newest() {
    let collector = Collector::start([Reply::Hang]);
    let timeout = Duration::from_secs(1);
    let pipeline = Pipeline::new(with(local(&collector), |s| Settings {
        timeout,
        max_queue_items: 3,
        batch: 1,
        max_batch: 1,
        max_in_flight: 1,
        ..s
    }));
    pipeline.put(1);
    collector.next();
    for name in ["kept", "kept", "kept", "late", "late"] {
        pipeline.sink.put(Record::Span(span(name)));
    }
    let account = pipeline.deliver(0);
    assert_eq!((account.accepted, account.exported), (6, 3));
    assert_eq!((account.dropped(Reason::QueueItems), account.dropped(Reason::Timeout)), (2, 1));
    let arrived: Vec<_> = collector.arrived.try_iter().flat_map(|a| a.spans()).collect();
    assert!(arrived.iter().all(|s| s.name == "kept"), "{arrived:?}");
}

/// Returns what a span takes in a queue.
fn size_of_one() -> usize {
    let record = Record::Span(span("work"));
    Item { origin: Spans.origin(&record).unwrap(), bytes: Spans.write(&record, Vec::new()) }.size()
}

#[test]
fn bytes_are_bounded_too() {
    let collector = Collector::start([]);
    let size = size_of_one();
    let bytes = Pipeline::new(with(local(&collector), |s| Settings { max_queue_bytes: 3 * size, ..s }));
    bytes.put(5);
    wait_until(|| bytes.account().accepted == 5);
    let account = bytes.deliver(0);
    assert_eq!((account.exported, account.dropped(Reason::QueueBytes)), (3, 2));
    let small = Pipeline::new(with(local(&collector), |s| Settings { max_batch_bytes: size - 1, ..s }));
    assert_eq!(small.deliver(2).dropped(Reason::TooLarge), 2);
}

#[test]
fn accounts_hold_under_a_collector_that_does_everything() {
    let collector = Collector::start((0..40).map(Reply::of_everything));
    let timeout = Duration::from_millis(30);
    let pipeline = Pipeline::new(with(local(&collector), |s| Settings {
        batch: 16,
        max_batch: 16,
        timeout,
        max_queue_items: 64,
        ..s
    }));
    std::thread::scope(|threads| {
        for _ in 0..4 {
            let sink = Arc::clone(&pipeline.sink);
            threads.spawn(move || (0..500).for_each(|_| sink.put(Record::Span(span("work")))));
        }
    });
    pipeline.worker.shutdown(SOON).unwrap();
    balanced(&pipeline.ledger, 0);
    assert_eq!(pipeline.account().accepted, 2_000);
}

#[test]
fn a_connection_that_the_collector_closed_is_replaced() {
    let close = vec![("connection", "close".to_owned())];
    let collector = Collector::start([Reply::With(200, close, Vec::new())]);
    let pipeline = Pipeline::new(local(&collector));
    assert_eq!(pipeline.deliver(1).exported, 1);
    assert_eq!(pipeline.deliver(1).exported, 2);
    let connections: Vec<_> = collector.arrived.try_iter().map(|a| a.connection).collect();
    assert_eq!(connections, [0, 1]);
}

#[test]
fn spans_leave_while_others_of_their_burst_are_taken_over() {
    let collector = Collector::start([]);
    let pipeline = Pipeline::new(with(local(&collector), |s| Settings {
        batch: 256,
        max_batch: 256,
        max_queue_items: 512,
        ..s
    }));
    pipeline.sink.put_spans(&mut spans(2_048));
    assert_eq!(pipeline.deliver(0).exported, 2_048);
}

#[tokio::test]
async fn who_waits_for_a_batch_is_woken_when_it_is_full() {
    let account = Arc::<Ledger>::default().account(Signal::Traces, NAME, LIKELY);
    let queue =
        Queue::new(&with(config("unused"), |s| Settings { batch: 3, max_batch: 3, ..s }).settings, account);
    let waiting = Arc::clone(&queue);
    let due = tokio::spawn(async move { waiting.due().await });
    for _ in 0..3 {
        tokio::task::yield_now().await; // it finds what there is, and waits
        assert!(!due.is_finished());
        let record = Record::Span(span("work"));
        let pushed = queue.push(Spans.origin(&record).unwrap(), &Spans, |out| Spans.write(&record, out));
        pushed.unwrap();
    }
    tokio::time::timeout(SOON, due).await.unwrap().unwrap();
    assert_eq!(queue.take().unwrap().len(), 3);
}

#[test]
fn requests_have_no_more_bytes_than_they_may() {
    let collector = Collector::start([]);
    let size = size_of_one();
    let pipeline = Pipeline::new(with(local(&collector), |s| Settings { max_batch_bytes: 3 * size, ..s }));
    pipeline.put(8);
    assert_eq!(collector.next().spans().len(), 3, "they are due when they are full");
    assert_eq!(pipeline.deliver(0).exported, 8);
    let mut sizes: Vec<_> = collector.arrived.try_iter().map(|a| a.spans().len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [2, 3]);
}

#[test]
fn bytes_that_were_sent_make_room_for_others() {
    let collector = Collector::start([]);
    let pipeline = Pipeline::new(with(local(&collector), |s| Settings {
        max_queue_bytes: 4 * 1024,
        batch: 5,
        max_batch: 5,
        ..s
    }));
    for round in 1..=50 {
        assert_eq!(pipeline.deliver(5).exported, round * 5, "far more than the bound in all, never at once");
    }
}
