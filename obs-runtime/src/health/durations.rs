//! How long the runs of one check took.

use std::time::Duration;

use crate::record::Point;

/// Upper bounds in seconds: a check is quick or it has a timeout.
const BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// A histogram of durations.
#[derive(Clone, Debug, Default)]
pub(super) struct Durations {
    /// One more than the bounds.
    buckets: [u64; BOUNDS.len() + 1],
    sum: f64,
}

impl Durations {
    pub(super) fn observe(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.partition_point(|bound| *bound < seconds);
        if let Some(count) = self.buckets.get_mut(bucket) {
            *count += 1;
        }
        self.sum += seconds;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.buckets.iter().all(|count| *count == 0)
    }

    pub(super) fn point(&self) -> Point<'_> {
        Point::Histogram {
            bounds: &BOUNDS,
            buckets: &self.buckets,
            sum: self.sum,
            exemplars: &[],
            exponential: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_its_own_bucket() {
        let mut it = Durations::default();
        assert!(it.is_empty());
        for micros in [1_000, 1_001, 10_000_000, 10_000_001] {
            it.observe(Duration::from_micros(micros));
        }
        assert_eq!(it.buckets, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert!((it.sum - 20.002_002).abs() < 1e-9, "{}", it.sum);
    }
}
