#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::mpsc;

use super::*;
use crate::export::testing::{balanced, log, span, spans};
use crate::export::{Memory, Reason};
use crate::record::{Loss, Record};

const SOON: Duration = Duration::from_secs(10);

const FEW: Bounds = Bounds { items: 8, bytes: usize::MAX };

/// An exporter made of one function.
struct Accepting<F>(F);

impl<F: Fn(&Record) + Send + Sync + 'static> Exporter for Accepting<F> {
    fn name(&self) -> &'static str {
        "test"
    }

    fn accept(&self, record: &Record) {
        (self.0)(record);
    }
}

/// An exporter whose flush never ends.
struct Hanging;

impl Exporter for Hanging {
    fn name(&self) -> &'static str {
        "hanging"
    }

    fn accept(&self, _: &Record) {}

    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(pending())
    }
}

fn engine(ledger: &Ledger, signal: Signal) -> crate::export::AccountSnapshot {
    ledger.account(signal, "engine", &[]).snapshot()
}

#[test]
fn a_flush_waits_for_everything_put_before() {
    let (ledger, memory) = (Arc::new(Ledger::default()), Memory::default());
    let worker = Worker::start(vec![Arc::new(memory.clone())], Arc::clone(&ledger)).unwrap();
    let sink = worker.sink();
    for _ in 0..5_000 {
        sink.put(Record::Span(span("work")));
    }
    sink.put(Record::Log(log("said")));
    worker.flush(SOON).unwrap();
    assert_eq!((memory.spans().len(), memory.logs().len()), (5_000, 1));
    assert_eq!(engine(&ledger, Signal::Traces).exported, 5_000);
    balanced(&ledger, 0);
}

#[test]
fn a_flush_works_inside_every_kind_of_runtime() {
    let worker = Worker::start(vec![Arc::new(Memory::default())], Arc::default()).unwrap();
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { worker.flush(SOON) }).unwrap();
    runtime.block_on(async { worker.shutdown(SOON) }).unwrap();
    runtime.block_on(async { drop(Worker::start(Vec::new(), Arc::default()).unwrap()) });
}

#[test]
fn a_full_intake_counts_and_never_waits() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let blocked = Accepting(move |_: &Record| _ = wait.lock().unwrap().recv());
    let ledger = Arc::new(Ledger::default());
    let worker = Worker::with_intake(vec![Arc::new(blocked)], Arc::clone(&ledger), FEW).unwrap();
    let sink = worker.sink();
    for _ in 0..1_000 {
        sink.put(Record::Span(span("work")));
    }
    let read = engine(&ledger, Signal::Traces);
    assert!(read.dropped(Reason::RingFull) >= 1_000 - 8 - 256 - 1, "{read:?}");
    drop(go);
    worker.flush(SOON).unwrap();
    let read = engine(&ledger, Signal::Traces);
    assert_eq!((read.accepted, read.queued), (1_000, 0));
    assert_eq!(read.exported + read.dropped(Reason::RingFull), 1_000);
}

/// R6: what waits for the I/O thread is bounded in bytes, however few records it is.
#[test]
fn an_intake_full_of_bytes_counts_and_never_waits() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let blocked = Accepting(move |_: &Record| _ = wait.lock().unwrap().recv());
    let ledger = Arc::new(Ledger::default());
    let most = Bounds { items: 1_000, bytes: 100_000 };
    let worker = Worker::with_intake(vec![Arc::new(blocked)], Arc::clone(&ledger), most).unwrap();
    for _ in 0..100 {
        worker.sink().put(Record::Log(log(&"x".repeat(40_000))));
    }
    let read = engine(&ledger, Signal::Logs);
    assert!(read.dropped(Reason::RingFull) >= 100 - 3, "{read:?}");
    let filled = worker.filled();
    assert!((0.7..=1.0).contains(&filled()), "of the bytes, whatever there is of records: {}", filled());
    drop(go);
    worker.flush(SOON).unwrap();
    worker.sink().put(Record::Log(log("small")));
    worker.flush(SOON).unwrap();
    let read = engine(&ledger, Signal::Logs);
    assert_eq!((read.accepted, read.queued), (101, 0));
    assert_eq!(read.exported + read.dropped(Reason::RingFull), 101);
    assert!((3..=4).contains(&read.exported), "what there was room for, and the small one: {read:?}");
}

#[test]
fn what_is_put_at_once_counts_one_by_one() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let blocked = Accepting(move |_: &Record| _ = wait.lock().unwrap().recv());
    let (ledger, memory) = (Arc::new(Ledger::default()), Memory::default());
    let exporters: Vec<Arc<dyn Exporter>> = vec![Arc::new(blocked), Arc::new(memory.clone())];
    let worker = Worker::with_intake(exporters, Arc::clone(&ledger), FEW).unwrap();
    let sink = worker.sink();
    sink.put_spans(&mut spans(20));
    let read = engine(&ledger, Signal::Traces);
    assert_eq!((read.accepted, read.dropped(Reason::RingFull)), (20, 12), "{read:?}");
    drop(go);
    worker.flush(SOON).unwrap();
    assert_eq!(memory.spans().len(), 8);
    sink.put_spans(&mut spans(8));
    sink.put_spans(&mut spans(0));
    worker.shutdown(SOON).unwrap();
    sink.put_spans(&mut spans(3));
    let read = engine(&ledger, Signal::Traces);
    assert_eq!((read.exported, read.dropped(Reason::Shutdown), memory.spans().len()), (16, 3, 16));
    balanced(&ledger, 0);
}

#[test]
fn a_panicking_exporter_costs_the_others_nothing() {
    let (ledger, memory) = (Arc::new(Ledger::default()), Memory::default());
    let broken = Accepting(|_: &Record| panic!("broken on purpose"));
    let exporters: Vec<Arc<dyn Exporter>> = vec![Arc::new(broken), Arc::new(memory.clone())];
    let worker = Worker::start(exporters, Arc::clone(&ledger)).unwrap();
    for _ in 0..3 {
        worker.sink().put(Record::Span(span("work")));
    }
    worker.flush(SOON).unwrap();
    assert_eq!(memory.spans().len(), 3);
    let sources = [ledger as Arc<dyn crate::record::MetricSource>];
    let text = crate::export::rendered(&sources, crate::export::Format::Text);
    assert!(text.contains("obs_exporter_panics_total{exporter=\"test\"} 3\n"), "{text}");
}

#[test]
fn a_panic_of_the_loop_itself_loses_nothing_that_waits() {
    /// Panics wherever it can.
    struct Broken;
    impl Exporter for Broken {
        fn name(&self) -> &'static str {
            panic!("broken on purpose")
        }
        fn accept(&self, _: &Record) {
            panic!("broken on purpose")
        }
    }
    let (ledger, memory) = (Arc::new(Ledger::default()), Memory::default());
    let exporters: Vec<Arc<dyn Exporter>> = vec![Arc::new(memory.clone()), Arc::new(Broken)];
    let worker = Worker::start(exporters, Arc::clone(&ledger)).unwrap();
    for _ in 0..5 {
        worker.sink().put(Record::Span(span("work")));
    }
    worker.flush(SOON).unwrap();
    assert_eq!(memory.spans().len(), 5);
    balanced(&ledger, 0);
}

#[test]
fn a_worker_that_is_dropped_ends_and_counts() {
    let ledger = Arc::new(Ledger::default());
    let worker = Worker::start(Vec::new(), Arc::clone(&ledger)).unwrap();
    let (sink, handle) = (worker.sink(), worker.handle());
    let (sender, ended) = mpsc::channel::<()>();
    handle.spawn(async move {
        pending::<()>().await;
        drop(sender);
    });
    drop(worker);
    ended.recv_timeout(SOON).unwrap_err(); // its tasks are gone, and so is the thread
    sink.put(Record::Span(span("late")));
    assert_eq!(engine(&ledger, Signal::Traces).dropped(Reason::Shutdown), 1);
}

#[test]
fn a_shutdown_stops_an_exporter_that_hangs() {
    let worker = Worker::start(vec![Arc::new(Hanging)], Arc::default()).unwrap();
    let began = Instant::now();
    let error = worker.shutdown(Duration::from_millis(50)).unwrap_err();
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
    assert_eq!(error.to_string(), "telemetry was not flushed in time");
    assert_eq!(worker.shutdown(SOON).unwrap_err(), error);
}

#[test]
fn what_comes_after_a_shutdown_is_counted() {
    let ledger = Arc::new(Ledger::default());
    let worker = Worker::start(vec![Arc::new(Memory::default())], Arc::clone(&ledger)).unwrap();
    worker.sink().put(Record::Log(log("in time")));
    worker.shutdown(SOON).unwrap();
    worker.sink().put(Record::Log(log("late")));
    let read = engine(&ledger, Signal::Logs);
    assert_eq!((read.exported, read.dropped(Reason::Shutdown), read.queued), (1, 1, 0));
    let error = worker.flush(SOON).unwrap_err();
    assert_eq!(error.to_string(), "telemetry cannot be flushed after it was shut down");
}

#[test]
fn a_flush_on_the_io_thread_is_an_error_and_no_deadlock() {
    let worker = Arc::new(Worker::start(Vec::new(), Arc::default()).unwrap());
    let (sender, result) = mpsc::channel();
    let inside = Arc::clone(&worker);
    worker.handle().spawn(async move { sender.send(inside.flush(SOON)).unwrap() });
    assert!(result.recv_timeout(SOON).unwrap().is_err());
}

#[test]
fn the_io_thread_is_not_observed() {
    let worker = Worker::start(Vec::new(), Arc::default()).unwrap();
    let (sender, result) = mpsc::channel();
    worker.handle().spawn(async move {
        let quiet = crate::quiet::is_hushed();
        sender.send((quiet, std::thread::current().name().map(str::to_owned))).unwrap();
    });
    assert_eq!(result.recv_timeout(SOON).unwrap(), (true, Some("obs".to_owned())));
}

#[test]
fn what_waits_when_the_thread_stops_is_counted() {
    let (go, wait) = mpsc::channel::<()>();
    let (began, begun) = mpsc::channel::<()>();
    let channels = Mutex::new((began, wait));
    let blocked = Accepting(move |_: &Record| {
        let channels = channels.lock().unwrap();
        _ = channels.0.send(());
        _ = channels.1.recv();
    });
    let ledger = Arc::new(Ledger::default());
    let worker = Worker::start(vec![Arc::new(blocked)], Arc::clone(&ledger)).unwrap();
    worker.sink().put(Record::Span(span("held")));
    begun.recv().unwrap();
    for _ in 0..1_000 {
        worker.sink().put(Record::Span(span("waits")));
    }
    drop(worker); // without a shutdown, and so without a flush
    drop(go);
    let deadline = Instant::now() + SOON;
    while engine(&ledger, Signal::Traces).queued > 0 {
        assert!(Instant::now() < deadline, "{:?}", engine(&ledger, Signal::Traces));
        std::thread::yield_now();
    }
    let read = engine(&ledger, Signal::Traces);
    assert_eq!(read.exported + read.dropped(Reason::Shutdown), 1_001);
    assert!(read.dropped(Reason::Shutdown) >= 1, "{read:?}");
}

#[test]
fn spans_lost_before_the_intake_are_counted_by_reason() {
    let ledger = Arc::new(Ledger::default());
    let worker = Worker::start(Vec::new(), Arc::clone(&ledger)).unwrap();
    let reasons = [
        (Loss::RingFull, Reason::RingFull),
        (Loss::TailBytes, Reason::TailBytes),
        (Loss::TailSpans, Reason::TailSpans),
        (Loss::TailAge, Reason::TailAge),
    ];
    for (at, (loss, _)) in reasons.iter().enumerate() {
        worker.sink().lost(*loss, at as u64 + 1);
    }
    balanced(&ledger, 0);
    let traces = ledger.snapshot().into_iter().find(|a| a.signal == Signal::Traces).unwrap();
    assert_eq!((traces.exporter, traces.accepted), ("engine", 10));
    for (at, (_, reason)) in reasons.iter().enumerate() {
        assert_eq!(traces.dropped(*reason), at as u64 + 1);
    }
}

#[test]
fn what_no_exporter_sees_is_told_and_what_was_not_told_yet_at_the_end() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let blocked = Accepting(move |_: &Record| _ = wait.lock().unwrap().recv());
    let (say, said) = mpsc::channel();
    let notices: Notices = Arc::new(move |_, line| drop(say.send(line)));
    let ledger = Arc::new(Ledger::default());
    let worker = Worker::with_intake(vec![Arc::new(blocked)], Arc::clone(&ledger), FEW).unwrap();
    worker.tell(&notices);
    (0..100).for_each(|_| worker.sink().put(Record::Span(span("work"))));
    drop(go);
    let first = said.recv_timeout(SOON).unwrap();
    assert!(
        first.starts_with("lost ") && first.contains(" spans on the way to the exporters: more is"),
        "{first}"
    );
    worker.sink().lost(Loss::RingFull, 7);
    worker.shutdown(SOON).unwrap();
    let last = said.recv_timeout(SOON).unwrap();
    assert!(last.starts_with("lost another 7 spans on the way to the exporters"), "{last}");
}
