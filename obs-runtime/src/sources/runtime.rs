//! The tokio runtime that the program runs on.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, RuntimeMetrics};

use super::{lock, show};
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point};

const WORKERS: (&str, &str) = ("tokio_workers", "Worker threads of the runtime.");
const ALIVE_TASKS: (&str, &str) = ("tokio_alive_tasks", "Tasks that have not ended.");
const GLOBAL_QUEUE: (&str, &str) =
    ("tokio_global_queue_depth", "Tasks that are ready and wait in the queue that all workers share.");
const BUSY_SECONDS: (&str, &str) =
    ("tokio_worker_busy_seconds_total", "How long a worker was running tasks, by worker.");
const BUSY: (&str, &str) = (
    "tokio_worker_busy_ratio",
    "The share of its time that a worker was running tasks, since an earlier scrape, by worker.",
);

pub(super) const NAMES: &[&str] = &[WORKERS.0, ALIVE_TASKS.0, GLOBAL_QUEUE.0, BUSY_SECONDS.0, BUSY.0];

/// What shares are of: shorter than this would be an accident.
const WINDOW: Duration = Duration::from_secs(1);

/// One runtime: by what tokio promises to keep, without `tokio_unstable`.
#[derive(Debug)]
pub(crate) struct Runtime {
    metrics: RuntimeMetrics,
    busy: Mutex<Busy>,
}

/// The time between two scrapes.
#[derive(Debug)]
struct Busy {
    since: Instant,
    /// How long each worker was busy by then.
    before: Vec<Duration>,
    /// Of each worker.
    ratios: Vec<f64>,
}

impl Runtime {
    /// Begins to watch: the first scrape after a second sees what happened since.
    pub(crate) fn of(handle: &Handle) -> Self {
        let metrics = handle.metrics();
        let busy = Busy { since: Instant::now(), before: busy(&metrics), ratios: Vec::new() };
        Runtime { metrics, busy: Mutex::new(busy) }
    }

    pub(super) fn visit_at(&self, now: Instant, visitor: &mut dyn MetricVisitor) {
        let Runtime { metrics, .. } = self;
        let gauges = [
            (WORKERS, metrics.num_workers()),
            (ALIVE_TASKS, metrics.num_alive_tasks()),
            (GLOBAL_QUEUE, metrics.global_queue_depth()),
        ];
        for (head, value) in gauges {
            #[allow(clippy::cast_precision_loss)] // exact up to 2^53 tasks
            show(visitor, head, MetricKind::Gauge, Some(Point::Gauge(value as f64)));
        }
        let busy = busy(metrics);
        let seconds: Vec<Point<'_>> = busy.iter().map(|d| Point::Total(d.as_secs_f64())).collect();
        by_worker(visitor, BUSY_SECONDS, "seconds", MetricKind::Counter, &seconds);
        let ratios: Vec<Point<'_>> = self.ratios(now, busy).into_iter().map(Point::Gauge).collect();
        by_worker(visitor, BUSY, "ratio", MetricKind::Gauge, &ratios);
    }

    fn ratios(&self, now: Instant, busy: Vec<Duration>) -> Vec<f64> {
        let mut kept = lock(&self.busy);
        let elapsed = now.saturating_duration_since(kept.since);
        if elapsed >= WINDOW {
            let of = |(now, before): (&Duration, &Duration)| {
                (now.saturating_sub(*before).as_secs_f64() / elapsed.as_secs_f64()).min(1.0)
            };
            kept.ratios = busy.iter().zip(&kept.before).map(of).collect();
            kept.since = now;
            kept.before = busy;
        }
        kept.ratios.clone()
    }
}

/// How long each worker was busy; nothing where the machine cannot tell.
fn busy(metrics: &RuntimeMetrics) -> Vec<Duration> {
    #[cfg(target_has_atomic = "64")]
    return (0..metrics.num_workers()).map(|worker| metrics.worker_total_busy_duration(worker)).collect();
    #[cfg(not(target_has_atomic = "64"))]
    Vec::new()
}

fn by_worker(
    visitor: &mut dyn MetricVisitor,
    (name, help): (&str, &str),
    unit: &str,
    kind: MetricKind,
    points: &[Point<'_>],
) {
    if points.is_empty() {
        return;
    }
    visitor.family(&Family { name, help, unit, kind });
    for (worker, point) in points.iter().enumerate() {
        visitor.point(&[("worker", &worker.to_string())], *point);
    }
}

impl MetricSource for Runtime {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        self.visit_at(Instant::now(), visitor);
    }
}
