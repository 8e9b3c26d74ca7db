//! A destination that is away, hangs or wants to be left alone.

use std::time::Instant;

use super::collector::nobody;
use super::*;
use crate::export::{Secrets, SpoolPlace};

#[test]
fn a_hanging_collector_costs_the_batch_at_the_deadline() {
    let collector = Collector::start([Reply::Hang]);
    let pipeline =
        Pipeline::new(with(local(&collector), |s| Settings { timeout: Duration::from_millis(50), ..s }));
    let account = pipeline.deliver(2);
    assert_eq!((account.dropped(Reason::Timeout), account.dropped_total()), (2, 2));
}

#[test]
fn a_shutdown_does_not_wait_for_a_collector_that_hangs() {
    let collector = Collector::start(vec![Reply::Hang; 4]);
    let pipeline = Pipeline::new(with(local(&collector), |s| Settings { batch: 2, max_batch: 2, ..s }));
    pipeline.put(2);
    collector.next();
    pipeline.put(5);
    let began = Instant::now();
    let error = pipeline.worker.shutdown(Duration::from_millis(50)).unwrap_err();
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
    assert_eq!(error.to_string(), "telemetry was not flushed in time; outstanding: 7 spans at otlp");
    balanced(&pipeline.ledger, 0);
    assert_eq!(pipeline.account().dropped(Reason::Shutdown), 7);
}

#[test]
fn nobody_listening_costs_the_spans_and_one_line_each_way() {
    let address = nobody();
    let pipeline = Pipeline::new(config(&address));
    let account = pipeline.deliver(3);
    assert_eq!((account.exported, account.dropped(Reason::RetryExhausted)), (0, 3));
    pipeline.deliver(4);
    let _collector = Collector::start_on(&address, []);
    assert_eq!(pipeline.deliver(2).exported, 2);
    let notices: Vec<_> = pipeline.notices.try_iter().collect();
    let [(Severity::Warn, begun), (Severity::Info, over)] = &notices[..] else { panic!("{notices:?}") };
    let url = format!("http://{address}/v1/traces");
    assert!(begun.starts_with(&format!("lost 3 spans on the way to {url}: no connection: ")));
    assert!(over.starts_with(&format!("spans reach {url} again; 7 were lost in ")), "{over}");
}

#[test]
fn connecting_is_tried_at_the_given_pace_and_a_flush_tries_at_once() {
    let address = nobody();
    let pipeline = Pipeline::new(with(config(&address), |s| Settings {
        reconnect_delay: Duration::from_secs(3_600),
        ..s
    }));
    assert_eq!(pipeline.deliver(1).dropped(Reason::RetryExhausted), 1);
    pipeline.put(1);
    pipeline.worker.flush(SOON).unwrap();
    assert_eq!(pipeline.account().dropped(Reason::RetryExhausted), 2);
    let _collector = Collector::start_on(&address, []);
    assert_eq!(pipeline.deliver(1).exported, 1);
}

#[test]
fn retry_after_is_honoured_and_not_shortened() {
    let later = vec![("retry-after", "1".to_owned())];
    let collector = Collector::start([Reply::With(429, later, Vec::new())]);
    let pipeline = Pipeline::new(local(&collector));
    let began = Instant::now();
    assert_eq!(pipeline.deliver(3).exported, 3);
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn a_retry_after_beyond_the_deadline_gives_the_batch_up_and_silences_the_next() {
    let later = vec![("retry-after", "60".to_owned())];
    let collector = Collector::start([Reply::With(503, later, Vec::new())]);
    let pipeline = Pipeline::new(local(&collector));
    assert_eq!(pipeline.deliver(3).dropped(Reason::RetryExhausted), 3);
    pipeline.put(2);
    pipeline.worker.flush(Duration::from_millis(50)).unwrap_err();
    assert_eq!(pipeline.account().queued, 2);
    assert_eq!(collector.arrived.try_iter().count(), 1);
}

#[test]
fn attempts_end() {
    let collector = Collector::start(vec![Reply::status(503); 5]);
    let account = Pipeline::new(local(&collector)).deliver(3);
    assert_eq!((account.exported, account.dropped(Reason::RetryExhausted)), (0, 3));
    assert_eq!(collector.arrived.try_iter().count(), 5);
}

#[test]
fn what_is_outstanding_is_told_with_how_the_last_attempt_failed() {
    let address = nobody();
    let long = Duration::from_secs(3_600);
    let config = with(config(&address), |s| Settings { reconnect_delay: long, timeout: long * 2, ..s });
    let pipeline = Pipeline::new(config);
    pipeline.put(2);
    let began = Instant::now();
    let error = loop {
        // The first flush is worth an attempt to connect, and may be over before that has failed.
        let error = pipeline.worker.flush(Duration::from_millis(50)).unwrap_err();
        if error.outstanding().iter().any(|o| o.trouble.is_some()) {
            break error.to_string();
        }
        assert!(began.elapsed() < SOON, "{error}");
    };
    let begins = "telemetry was not flushed in time; outstanding: 2 spans at otlp";
    let why = format!("{begins} (http://{address}/v1/traces: no connection: ");
    assert!(error.starts_with(&why), "{error}");
    pipeline.worker.shutdown(Duration::from_millis(50)).unwrap_err();
    balanced(&pipeline.ledger, 0);
}

#[test]
fn what_was_lost_since_the_last_line_is_told_at_the_end() {
    let collector = Collector::start(vec![Reply::Hang; 4]);
    let pipeline = Pipeline::new(with(local(&collector), |s| Settings {
        max_queue_items: 1,
        batch: 1,
        max_batch: 1,
        max_in_flight: 1,
        ..s
    }));
    pipeline.put(1);
    collector.next();
    pipeline.put(10);
    collector::wait_until(|| pipeline.account().dropped(Reason::QueueItems) == 9);
    pipeline.worker.shutdown(Duration::from_millis(50)).unwrap_err();
    let lines: Vec<_> = pipeline.notices.try_iter().map(|(_, line)| line).collect();
    let [first, last] = &lines[..] else { panic!("{lines:?}") };
    assert!(
        first.starts_with("lost 1 span on the way to http://") && first.ends_with("the queue is full"),
        "{first}"
    );
    assert!(last.starts_with("lost another 8 spans on the way to http://"), "{last}");
}

#[test]
fn a_secret_that_the_destination_says_back_is_told_to_nobody() {
    let kind = vec![("content-type", "text/plain".to_owned())];
    let said = b"invalid token hunter2secret, as in Bearer hunter2secret".to_vec();
    let collector = Collector::start([Reply::With(401, kind, said)]);
    let secrets = Secrets::of(["Bearer hunter2secret"].into_iter());
    let pipeline = Pipeline::new(with(local(&collector), |s| Settings { secrets, ..s }));
    assert_eq!(pipeline.deliver(1).dropped(Reason::Refused), 1);
    let (_, line) = pipeline.notices.try_recv().unwrap();
    assert!(line.ends_with("it answered 401: invalid token ***, as in ***"), "{line}");
}

#[test]
fn a_spool_that_cannot_be_used_costs_nothing_that_memory_would_keep() {
    let address = nobody();
    let folder = std::path::PathBuf::from("/proc/there-is-no-such-folder");
    let spool = Some(SpoolPlace { folder, max_bytes: 1 << 20 });
    let retry =
        Retry { initial: Duration::from_millis(1), max: Duration::from_millis(4), attempts: u32::MAX };
    let pipeline = Pipeline::new(with(config(&address), |s| Settings { spool, retry, ..s }));
    let (_, told) = pipeline.notices.recv_timeout(SOON).unwrap();
    assert!(told.contains("nothing is spooled"), "{told}");
    pipeline.put(2);
    pipeline.worker.flush(Duration::from_millis(100)).unwrap_err();
    let _collector = Collector::start_on(&address, []);
    pipeline.worker.flush(SOON).unwrap();
    assert_eq!(pipeline.account().exported, 2, "{:?}", pipeline.account());
}
