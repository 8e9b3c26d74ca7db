//! The metrics that an annotated call names.

use super::counter::Counter;
use super::descriptor::{Descriptor, Metric};
use super::histogram::Histogram;
use super::label::{LabelSet, Seconds};
use crate::outcome::Finished;
use crate::record::MetricKind;

/// A metric that an annotated call updates when it ends, and the series it chose at entry.
#[derive(Clone, Copy, Debug)]
pub struct MetricCall {
    descriptor: &'static Descriptor,
    series: usize,
}

impl MetricCall {
    /// Tells whether it needs to know how long the call took.
    pub(crate) fn is_timed(&self) -> bool {
        self.descriptor.kind == MetricKind::Histogram
    }

    pub(crate) fn finish(&self, finished: &Finished<'_>) {
        let slot = self.descriptor.slot(self.series, Some(finished.outcome));
        if self.is_timed() {
            let seconds = finished.elapsed.as_secs_f64();
            self.descriptor.observe(slot, seconds, finished.exemplar);
        } else {
            self.descriptor.add(slot, 1);
        }
    }
}

/// Begins to count a call on a counter.
#[inline]
pub fn counted<L: LabelSet>(metric: &'static Counter<L>, labels: L) -> MetricCall {
    MetricCall { descriptor: metric.descriptor(), series: labels.index() }
}

/// Begins to time a call on a histogram, which gets its duration in seconds.
#[inline]
pub fn timed<L: Seconds>(metric: &'static Histogram<L>, labels: L) -> MetricCall {
    MetricCall { descriptor: metric.descriptor(), series: labels.index() }
}
