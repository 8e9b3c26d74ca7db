//! Where records go may itself record: nobody waits for anybody.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tracing::{info, info_span};
use tracing_core::Dispatch;
use tracing_core::dispatcher::with_default;

use crate::engine::collector::{Collector, CollectorSettings};
use crate::engine::limits::Limits;
use crate::engine::ring::Size;
use crate::engine::sampler::{Sampler, SamplerSettings};
use crate::engine::subscriber::{Engine, Parts, Wanted};
use crate::record::{Loss, Record, Sink};

thread_local! {
    static TALKS: Cell<bool> = const { Cell::new(false) };
}

/// A sink that logs and opens spans, in the subscriber that it serves.
#[derive(Default)]
struct Talking {
    spans: AtomicU64,
    lost: AtomicU64,
}

impl Talking {
    fn talk(&self) {
        if TALKS.replace(true) {
            return; // who answers itself never ends
        }
        let span = info_span!("inside", late = tracing::field::Empty);
        span.in_scope(|| info!("talking"));
        span.record("late", 1);
        drop(span);
        TALKS.set(false);
    }
}

impl Sink for Talking {
    fn put(&self, record: Record) {
        self.spans.fetch_add(u64::from(matches!(record, Record::Span(_))), Relaxed);
        self.talk();
    }

    fn lost(&self, _: Loss, spans: u64) {
        self.lost.fetch_add(spans, Relaxed);
        self.talk();
    }
}

fn parts(sink: &Arc<Talking>, collector: &Arc<Collector>) -> Parts {
    Parts {
        collector: Arc::clone(collector),
        sampler: Arc::new(Sampler::new(SamplerSettings::default())),
        sink: Arc::clone(sink) as _,
        limits: Limits::default(),
        log_limits: Default::default(),
        wanted: Wanted::all(),
    }
}

#[test]
fn a_sink_that_logs_never_deadlocks() {
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        let sink = Arc::new(Talking::default());
        // A ring so small that it is full all the time, and wakes the thread.
        let settings =
            CollectorSettings { ring: Size { segment: 512, bound: 1024 }, ..CollectorSettings::default() };
        let collector = Collector::start(Arc::clone(&sink) as _, settings).unwrap();
        let dispatch = Dispatch::new(Engine::new(parts(&sink, &collector)));
        with_default(&dispatch, || {
            for number in 0..2_000 {
                info_span!("span", number).in_scope(|| info!(number, "said"));
                if number % 100 == 0 {
                    collector.collect(); // on this thread, which is observed
                }
            }
        });
        collector.stop(Duration::from_secs(60));
        done.send((sink.spans.load(Relaxed), sink.lost.load(Relaxed))).unwrap();
    });
    let (spans, lost) = wait.recv_timeout(Duration::from_secs(120)).unwrap();
    assert!(spans >= 20 && spans + lost >= 2_000, "{spans} and {lost}");
}
