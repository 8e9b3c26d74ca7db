//! The observations that lead from a histogram to traces.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use crate::clock;
use crate::context::{SpanContext, Witness};
use crate::record::Exemplar;

/// Which observations may become exemplars, as in `OTEL_METRICS_EXEMPLAR_FILTER` (OpenTelemetry specification, metrics
/// SDK, "ExemplarFilter").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExemplarFilter {
    /// All of them, also outside of spans: `always_on`.
    AlwaysOn,
    /// None: `always_off`.
    AlwaysOff,
    /// Those in sampled spans: `trace_based`.
    #[default]
    TraceBased,
}

/// The filter of the process.
static FILTER: AtomicU8 = AtomicU8::new(ExemplarFilter::TraceBased as u8);

impl ExemplarFilter {
    /// Makes it the filter of the process, for observations to come.
    pub(crate) fn set(self) {
        FILTER.store(self as u8, Relaxed);
    }

    /// Tells whether it is the filter of the process.
    pub(crate) fn is_in_force(self) -> bool {
        FILTER.load(Relaxed) == self as u8
    }

    /// Returns what an exemplar of an observation tells of where it was made; `None` where it may not become one.
    fn admit(self, witness: Option<Witness>) -> Option<(Option<SpanContext>, Option<Arc<str>>)> {
        match (self, witness) {
            (ExemplarFilter::AlwaysOff, _) | (ExemplarFilter::TraceBased, None) => None,
            (ExemplarFilter::AlwaysOn, None) => Some((None, None)),
            (_, Some(Witness { context, correlation_id })) => Some((Some(context), correlation_id)),
        }
    }

    fn of_process() -> Self {
        let all = [ExemplarFilter::AlwaysOn, ExemplarFilter::AlwaysOff];
        all.into_iter().find(|filter| filter.is_in_force()).unwrap_or_default()
    }
}

/// A service and a row.
type Key = (usize, usize);

/// The exemplars of one histogram.
#[derive(Debug)]
pub(super) struct Exemplars(Mutex<BTreeMap<Key, Arc<Kept>>>);

/// The exemplars of one series, one a bucket, shared by its rows on all threads.
#[derive(Debug)]
pub(super) struct Kept {
    /// A bit a bucket: it has none yet, or a reader saw the one it has. Buckets beyond share the last.
    wanted: AtomicU64,
    places: Mutex<Vec<Option<Exemplar>>>,
}

impl Exemplars {
    pub(super) const fn new() -> Self {
        Exemplars(Mutex::new(BTreeMap::new()))
    }

    /// Returns those of a series, made on first use.
    pub(super) fn kept(&self, key: Key) -> Arc<Kept> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Kept { wanted: AtomicU64::new(u64::MAX), places: Mutex::new(Vec::new()) });
        Arc::clone(all.entry(key).or_insert_with(new))
    }

    /// Returns a row's exemplars, one place a bucket; empty where there is none. The next observations bring new ones.
    pub(super) fn of(&self, key: Key) -> Vec<Option<Exemplar>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).map(Arc::clone);
        kept.map(|kept| kept.read()).unwrap_or_default()
    }
}

impl Kept {
    /// Tells whether a bucket has none that no reader saw.
    #[inline]
    pub(super) fn wants(&self, bucket: usize) -> bool {
        self.wanted.load(Relaxed) & bit(bucket) != 0
    }

    /// Keeps an exemplar. Never waits: while somebody else is here it is left out, for the next one is as good.
    #[inline(never)]
    pub(super) fn offer(
        &self,
        bucket: usize,
        buckets: usize,
        context: impl FnOnce() -> Option<Witness>,
        value: f64,
    ) {
        let Some((context, correlation_id)) = ExemplarFilter::of_process().admit(context()) else { return };
        let mut places = match self.places.try_lock() {
            Ok(places) => places,
            Err(TryLockError::Poisoned(places)) => places.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if places.is_empty() {
            places.resize(buckets, None);
        }
        if let Some(place) = places.get_mut(bucket) {
            *place = Some(Exemplar { context, correlation_id, value, time_unix_nanos: clock::unix_nanos() });
            self.wanted.fetch_and(!bit(bucket), Relaxed);
        }
    }

    fn read(&self) -> Vec<Option<Exemplar>> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        self.wanted.store(u64::MAX, Relaxed);
        places.clone()
    }
}

fn bit(bucket: usize) -> u64 {
    1 << bucket.min(63)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;
    use crate::context::{SpanId, TraceId};

    #[test]
    fn each_filter_admits_what_the_specification_says() {
        let (trace_id, span_id) = (TraceId::new(1).unwrap(), SpanId::new(2).unwrap());
        let context = SpanContext { trace_id, span_id, flags: 1, tracestate: None };
        let correlation_id: Option<Arc<str>> = Some("order-7".into());
        let witness = || Some(Witness { context: context.clone(), correlation_id: correlation_id.clone() });
        let all = Some((Some(context.clone()), correlation_id.clone()));
        assert_eq!(ExemplarFilter::TraceBased.admit(witness()), all);
        assert_eq!(ExemplarFilter::TraceBased.admit(None), None);
        assert_eq!(ExemplarFilter::AlwaysOn.admit(witness()), all);
        assert_eq!(ExemplarFilter::AlwaysOn.admit(None), Some((None, None)));
        assert_eq!(ExemplarFilter::AlwaysOff.admit(witness()), None);
        assert_eq!(ExemplarFilter::AlwaysOff.admit(None), None);
    }
}
