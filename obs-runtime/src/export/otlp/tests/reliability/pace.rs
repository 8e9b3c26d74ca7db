//! R2, R3, R4, R7, R23: a destination that comes back, one that is slow, one that hangs beside another that is well, and one
//! whose name nobody finds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;
use crate::export::Worker;
use crate::export::testing::span;
use crate::record::Record;

/// R3, a hundred times as fast: the first export at most 35 s after the destination is back, where connecting is tried
/// every 5 s; and at most ten times as late here.
#[test]
fn the_first_export_comes_soon_after_the_destination_is_back() {
    let collector = FaultyCollector::start().unwrap();
    collector.down();
    let millis = Duration::from_millis;
    let config = with(to(&collector), |settings| Settings {
        reconnect_delay: millis(50),
        schedule_delay: millis(50),
        ..settings
    });
    let pipeline = Pipeline::new(config);
    pipeline.put(1);
    super::super::collector::wait_until(|| pipeline.account().dropped(Reason::RetryExhausted) == 1);
    pipeline.put(1);
    collector.up().unwrap();
    let back = Instant::now();
    assert!(collector.wait_until(|received| received.items(Signal::Traces) > 0, SOON));
    assert!(back.elapsed() < millis(3_500), "{:?}", back.elapsed());
}

/// R2, where a proxy stands before a destination that is away: it takes connections, and resets them. Twenty-five times as
/// fast: as many attempts as requests may run at a time, which are under way before the first is reset, and then at most one
/// every 200 ms.
#[test]
fn a_proxy_without_a_backend_is_tried_as_rarely_as_nobody() {
    const DELAY: Duration = Duration::from_millis(200);
    let collector = FaultyCollector::start().unwrap();
    collector.turn_away(true);
    let pipeline = Pipeline::new(with(to(&collector), |settings| Settings {
        reconnect_delay: DELAY,
        schedule_delay: Duration::from_millis(1),
        batch: 1,
        max_batch: 1,
        ..settings
    }));
    let began = Instant::now();
    while began.elapsed() < DELAY * 10 {
        pipeline.put(1);
        std::thread::park_timeout(Duration::from_millis(5)); // the pace
    }
    let attempts = collector.connections().len();
    assert!((2..=8 + 12).contains(&attempts), "{attempts} in {:?}", began.elapsed());
    collector.turn_away(false);
    assert!(collector.wait_until(|received| received.items(Signal::Traces) > 0, SOON));
}

/// R4: 50 000 spans a second at 200 ms a reply are 10 000 spans for which there is no answer yet. So they are at a tenth
/// of the rate and ten times the delay, which a build without optimisations keeps up with.
#[test]
fn a_slow_destination_loses_nothing() {
    const RATE: u32 = 5_000;
    let collector = FaultyCollector::start().unwrap();
    collector.slow(Duration::from_secs(2));
    let schedule_delay = Duration::from_millis(500);
    let defaults = OtlpConfig::new(to(&collector).endpoint);
    let pipeline = Pipeline::new(with(defaults, |settings| Settings { schedule_delay, ..settings }));
    let began = Instant::now();
    let all = RATE * 8;
    let mut made = 0;
    while made < all {
        let due = (began.elapsed().as_secs_f64() * f64::from(RATE)) as u32;
        (made..due.min(all)).for_each(|_| pipeline.sink.put(Record::Span(span("work"))));
        made = made.max(due);
        std::thread::park_timeout(Duration::from_millis(5)); // the pace, and not a guess
    }
    pipeline.worker.flush(SOON * 2).unwrap();
    let account = pipeline.account();
    assert_eq!((account.dropped_total(), account.exported), (0, u64::from(all)), "{account:?}");
}

/// R7.
#[test]
fn a_destination_that_hangs_changes_nothing_for_another() {
    let (hung, well) = (FaultyCollector::start().unwrap(), FaultyCollector::start().unwrap());
    hung.answer(Fault::Hang);
    let ledger = Arc::new(Ledger::default());
    let make = |name, collector| {
        let schedule_delay = Duration::from_millis(20);
        let max_queue_items = 2_048;
        let config = OtlpConfig { name, ..to(collector) };
        let config = with(config, |settings| Settings { schedule_delay, max_queue_items, ..settings });
        Arc::new(otlp_spans(config, &ledger, &(Arc::new(|_, _| {}) as Notices)).unwrap()) as Arc<dyn Exporter>
    };
    let exporters = vec![make("hung", &hung), make("well", &well)];
    let account = |name| ledger.account(Signal::Traces, name, &[]).snapshot();
    let worker = Worker::start(exporters, Arc::clone(&ledger)).unwrap();
    let sink = worker.sink();
    let mut all = 0;
    while account("hung").dropped(Reason::QueueItems) == 0 {
        (0..100).for_each(|_| sink.put(Record::Span(span("work"))));
        all += 100;
        assert!(well.wait_until(|received| received.items(Signal::Traces) == all, SOON), "{all}");
    }
    super::super::collector::wait_until(|| account("well").exported == all);
    assert_eq!(account("well").dropped_total(), 0, "{:?}", account("well"));
    assert_eq!(hung.items(Signal::Traces), 0);
    worker.shutdown(Duration::from_millis(50)).unwrap_err();
}

/// R23. Names are looked up on threads for what blocks; here all of those are taken by what does not end, so that the
/// look-up waits as it would for a resolver that hangs.
#[test]
fn a_resolver_that_hangs_is_waited_for_by_nobody() {
    const THREADS: usize = 512; // tokio's default for a runtime
    let collector = FaultyCollector::start().unwrap();
    let millis = Duration::from_millis;
    let endpoint = format!("http://localhost:{}/v1/traces", collector.address().port());
    let config = OtlpConfig { endpoint, ..to(&collector) };
    let pipeline = Pipeline::new(with(config, |settings| Settings { timeout: millis(300), ..settings }));
    let (hang, hangs) = std::sync::mpsc::channel::<()>();
    let hangs = Arc::new(std::sync::Mutex::new(hangs));
    for _ in 0..THREADS {
        let hangs = Arc::clone(&hangs);
        pipeline.worker.handle().spawn_blocking(move || drop(hangs.lock().map(|hangs| hangs.recv())));
    }
    let began = Instant::now();
    pipeline.put(3);
    assert!(began.elapsed() < millis(1_000), "{:?}", began.elapsed());
    pipeline.worker.flush(millis(50)).unwrap_err();
    pipeline.worker.flush(SOON).unwrap(); // until the deadline of the batch
    let account = pipeline.account();
    assert_eq!((account.dropped(Reason::Timeout), account.queued), (3, 0), "{account:?}");
    pipeline.put(2);
    let began = Instant::now();
    pipeline.worker.shutdown(millis(50)).unwrap_err();
    drop(pipeline.worker);
    assert!(began.elapsed() < millis(1_500), "{:?}", began.elapsed());
    let account = pipeline.ledger.account(Signal::Traces, NAME, &[]).snapshot();
    assert_eq!((account.dropped(Reason::Shutdown), account.queued), (2, 0), "{account:?}");
    assert!(collector.connections().is_empty());
    drop(hang);
}
