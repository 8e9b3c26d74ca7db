//! Metrics that are pushed: on an interval, and whenever they are flushed.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::delivery::Outbox;
use super::{Exporter, Ledger};
use crate::record::{MetricSource, Record};

/// Where the metrics to push come from; there are none before it is told. Copies are the same one.
#[derive(Clone, Default)]
pub(crate) struct Source(Arc<OnceLock<Vec<Arc<dyn MetricSource>>>>);

impl Source {
    /// Says where the metrics come from. The first caller wins.
    pub(crate) fn provide(&self, sources: Vec<Arc<dyn MetricSource>>) {
        let _first = self.0.set(sources);
    }

    /// Returns all there are.
    pub(super) fn all(&self) -> &[Arc<dyn MetricSource>] {
        self.0.get().map(Vec::as_slice).unwrap_or_default()
    }
}

/// A destination that takes all metrics at once.
pub(crate) trait Push: Send + Sync + 'static {
    /// Returns the value of the `exporter` label.
    fn name(&self) -> &'static str;

    /// Returns what sends in the background what is pushed; `None` where a push itself is all of it.
    fn outbox(&self) -> Option<&Outbox>;

    /// Pushes what the metrics are now; ready when it is settled, and never called twice at a time.
    fn push(self: Arc<Self>, source: Source) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Makes an exporter of a destination of metrics.
pub(crate) struct Periodic<P> {
    push: Arc<P>,
    source: Source,
    interval: Duration,
    ledger: Arc<Ledger>,
    /// One push at a time: the next goes on where the last ended.
    turn: Arc<Mutex<()>>,
}

impl<P: Push> Periodic<P> {
    /// Makes one that pushes every `interval`, which is at least a millisecond.
    pub(crate) fn new(push: P, source: &Source, interval: Duration, ledger: &Arc<Ledger>) -> Self {
        let interval = interval.max(Duration::from_millis(1));
        let (push, source, ledger) = (Arc::new(push), source.clone(), Arc::clone(ledger));
        Periodic { push, source, interval, ledger, turn: Arc::default() }
    }
}

impl<P: Push> Exporter for Periodic<P> {
    fn name(&self) -> &'static str {
        self.push.name()
    }

    fn start(&self, _ledger: &Ledger) {
        if let Some(outbox) = self.push.outbox() {
            outbox.start();
        }
        let (push, source) = (Arc::clone(&self.push), self.source.clone());
        let (turn, ledger, interval) = (Arc::clone(&self.turn), Arc::clone(&self.ledger), self.interval);
        tokio::spawn(async move {
            let first = Instant::now().checked_add(interval);
            let Some(first) = first else { return }; // never
            let mut ticks = interval_at(first, interval);
            // Who is late does not make up for it.
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let _turn = turn.lock().await;
                // A task of its own: a panic costs this push and not those to come.
                if tokio::spawn(Arc::clone(&push).push(source.clone())).await.is_err_and(|e| e.is_panic()) {
                    ledger.panicked(push.name());
                }
            }
        });
    }

    fn accept(&self, _: &Record) {}

    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            let _hurry = self.push.outbox().map(Outbox::hurry);
            let _turn = self.turn.lock().await;
            Arc::clone(&self.push).push(self.source.clone()).await;
        })
    }
}
