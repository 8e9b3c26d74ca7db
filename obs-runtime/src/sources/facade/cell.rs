//! The numbers of one series: any thread updates them, by atomic operations.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use ::metrics::{CounterFn, GaugeFn, HistogramFn};

/// A total.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn total(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl CounterFn for Count {
    fn increment(&self, value: u64) {
        self.0.fetch_add(value, Relaxed);
    }

    /// Never goes down.
    fn absolute(&self, value: u64) {
        self.0.fetch_max(value, Relaxed);
    }
}

/// What goes up and down.
#[derive(Debug, Default)]
pub(super) struct Level(AtomicU64);

impl Level {
    pub(super) fn value(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }
}

impl GaugeFn for Level {
    fn increment(&self, value: f64) {
        add(&self.0, value);
    }

    fn decrement(&self, value: f64) {
        add(&self.0, -value);
    }

    fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Relaxed);
    }
}

/// A distribution.
#[derive(Debug)]
pub(super) struct Distribution {
    pub(super) bounds: &'static [f64],
    buckets: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Distribution {
    pub(super) fn new(bounds: &'static [f64]) -> Self {
        let buckets = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Distribution { bounds, buckets, sum: AtomicU64::new(0.0_f64.to_bits()) }
    }

    pub(super) fn buckets(&self) -> Vec<u64> {
        self.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect()
    }

    pub(super) fn sum(&self) -> f64 {
        f64::from_bits(self.sum.load(Relaxed))
    }
}

impl HistogramFn for Distribution {
    fn record(&self, value: f64) {
        self.record_many(value, 1);
    }

    /// What is no number is left out, for it would spoil the sum for ever.
    #[allow(clippy::cast_precision_loss)] // exact up to 2^53 values at once
    fn record_many(&self, value: f64, count: usize) {
        let bucket = self.buckets.get(self.bounds.partition_point(|bound| *bound < value));
        if let Some(bucket) = bucket.filter(|_| !value.is_nan() && count > 0) {
            bucket.fetch_add(count as u64, Relaxed);
            add(&self.sum, value * count as f64);
        }
    }
}

fn add(cell: &AtomicU64, value: f64) {
    let next = |bits| Some((f64::from_bits(bits) + value).to_bits());
    let _always = cell.fetch_update(Relaxed, Relaxed, next);
}
