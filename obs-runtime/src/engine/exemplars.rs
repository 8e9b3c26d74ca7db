//! The observations that lead from a histogram to traces.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError, TryLockError};

use crate::clock;
use crate::context::SpanContext;
use crate::record::Exemplar;

/// A service and a row.
type Key = (usize, usize);

/// The latest exemplar per bucket, row and service of one histogram.
#[derive(Debug)]
pub(super) struct Exemplars(Mutex<BTreeMap<Key, Vec<Option<Exemplar>>>>);

impl Exemplars {
    pub(super) const fn new() -> Self {
        Exemplars(Mutex::new(BTreeMap::new()))
    }

    /// Keeps an exemplar. Never waits: while somebody else is here it is left out, for the next one is as good.
    pub(super) fn offer(&self, key: Key, bucket: usize, buckets: usize, context: &SpanContext, value: f64) {
        let mut kept = match self.0.try_lock() {
            Ok(kept) => kept,
            Err(TryLockError::Poisoned(kept)) => kept.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let row = kept.entry(key).or_insert_with(|| vec![None; buckets]);
        if let Some(place) = row.get_mut(bucket) {
            *place = Some(Exemplar { context: context.clone(), value, time_unix_nanos: clock::unix_nanos() });
        }
    }

    /// Returns a row's exemplars, one place a bucket; empty where there is none.
    pub(super) fn of(&self, key: Key) -> Vec<Option<Exemplar>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&key).cloned().unwrap_or_default()
    }
}
