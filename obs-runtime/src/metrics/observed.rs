//! Gauges that are asked when somebody reads them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::hostile::guarded;
use crate::record::{Family, MetricKind, MetricVisitor, Point};
use crate::service::Service;

/// What a closure tells a gauge: a number, or `None` while there is none to tell.
#[diagnostic::on_unimplemented(
    message = "a gauge cannot be a `{Self}`",
    label = "not a number",
    note = "let the closure return a number, or an `Option` of one"
)]
pub trait Level {
    /// Returns the value of the gauge.
    fn level(self) -> Option<f64>;
}

macro_rules! levels {
    ($($number:ty)*) => {
        $(impl Level for $number {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless)] // a gauge is an `f64`, exact up to 2^53
            fn level(self) -> Option<f64> {
                Some(self as f64)
            }
        })*
    };
}

levels!(f64 f32 u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

impl<T: Level> Level for Option<T> {
    fn level(self) -> Option<f64> {
        self.and_then(T::level)
    }
}

/// The closures of one gauge.
#[derive(Debug)]
pub(super) struct Observers(OnceLock<Box<Mutex<Vec<Arc<Observer>>>>>);

/// One closure, and the series it tells.
struct Observer {
    service: usize,
    slot: usize,
    ask: Box<dyn Fn() -> Option<f64> + Send + Sync>,
    /// Whether it was said that it panicked.
    failed: AtomicBool,
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Observer").field("slot", &self.slot).finish_non_exhaustive()
    }
}

/// What a closure told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) service: usize,
    pub(super) slot: usize,
    pub(super) level: f64,
}

impl Observers {
    pub(super) const fn new() -> Self {
        Observers(OnceLock::new())
    }

    /// Asks `ask` for the series from now on, under the current service, and nobody else.
    pub(super) fn put(&self, slot: usize, ask: impl Fn() -> Option<f64> + Send + Sync + 'static) {
        let service = Service::current().index();
        let observer =
            Arc::new(Observer { service, slot, ask: Box::new(ask), failed: AtomicBool::new(false) });
        let mut all = lock(self.0.get_or_init(Box::default));
        let former = match all.iter_mut().find(|o| (o.service, o.slot) == (service, slot)) {
            Some(known) => Some(std::mem::replace(known, observer)),
            None => {
                all.push(observer);
                None
            }
        };
        drop(all);
        drop(former); // runs the `Drop` of what it holds, which may come here again
    }

    /// Asks them all, without a lock: what they do may lead here.
    pub(super) fn ask(&self, metric: &'static str) -> Vec<Told> {
        let Some(all) = self.0.get() else { return Vec::new() };
        let all = lock(all).clone();
        all.iter().filter_map(|observer| observer.ask(metric)).collect()
    }
}

impl Observer {
    fn ask(&self, metric: &'static str) -> Option<Told> {
        let Some(level) = guarded(|| (self.ask)()) else {
            self.fail(metric);
            return None;
        };
        level.map(|level| Told { service: self.service, slot: self.slot, level })
    }

    #[cold]
    fn fail(&self, metric: &'static str) {
        *lock(&PANICS).entry(metric).or_default() += 1;
        if !self.failed.swap(true, Relaxed) {
            tracing::warn!(
                target: "obs",
                metric,
                "the closure that tells the gauge panicked; its series is left out until it returns",
            );
        }
    }
}

/// How often closures panicked, by the gauge's name.
static PANICS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

const FAMILY: Family<'static> = Family {
    name: "obs_observation_panics_total",
    help: "Readings for which the closure of an observed gauge panicked, so that the series is missing.",
    unit: "",
    kind: MetricKind::Counter,
};

/// Shows how often closures panicked, if one did.
pub(super) fn show_panics(visitor: &mut dyn MetricVisitor) {
    let panics = lock(&PANICS).clone();
    if !panics.is_empty() {
        visitor.family(&FAMILY);
    }
    for (metric, count) in panics {
        visitor.point(&[("metric", metric)], Point::Counter(count));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
