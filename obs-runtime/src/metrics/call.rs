//! The metrics that an annotated call names.

use super::counter::Counter;
use super::descriptor::{Descriptor, Metric};
use super::histogram::Histogram;
use super::label::{LabelSet, Seconds};
use crate::context::Witness;
use crate::outcome::{Finished, Outcome};
use crate::record::MetricKind;

/// A metric that an annotated call updates when it ends, and the series it chose at entry.
#[derive(Clone, Copy, Debug)]
pub struct MetricCall {
    descriptor: &'static Descriptor,
    series: usize,
    counts: Counts,
}

/// Which calls a metric is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// All.
    All,
    /// Those that ended `ok`.
    Ok,
    /// Those that failed: they ended `error` or `panicked`.
    Error,
}

impl Counts {
    fn has(self, outcome: Outcome) -> bool {
        match self {
            Counts::All => true,
            Counts::Ok => outcome == Outcome::Ok,
            Counts::Error => matches!(outcome, Outcome::Error | Outcome::Panicked),
        }
    }
}

impl MetricCall {
    /// Leaves out the calls that end otherwise.
    #[must_use]
    #[inline]
    pub fn only(self, counts: Counts) -> Self {
        MetricCall { counts, ..self }
    }

    /// Tells whether it needs to know how long the call took.
    pub(crate) fn is_timed(&self) -> bool {
        self.descriptor.kind == MetricKind::Histogram
    }

    pub(crate) fn finish(&self, finished: &Finished<impl Fn() -> Option<Witness>>) {
        if !self.counts.has(finished.outcome) {
            return;
        }
        let ending = self.descriptor.endings.number(finished.outcome, finished.error_type);
        let slot = self.descriptor.slot(self.series, ending);
        if self.is_timed() {
            self.descriptor.observe_under(
                finished.service,
                slot,
                finished.seconds,
                finished.exemplar.as_ref(),
            );
        } else {
            self.descriptor.add_under(finished.service, slot, 1);
        }
    }
}

/// Begins to count a call on a counter.
#[inline]
pub fn counted<L: LabelSet>(metric: &'static Counter<L>, labels: L) -> MetricCall {
    MetricCall { descriptor: metric.descriptor(), series: labels.index(), counts: Counts::All }
}

/// Begins to time a call on a histogram, which gets its duration in seconds.
#[inline]
pub fn timed<L: Seconds>(metric: &'static Histogram<L>, labels: L) -> MetricCall {
    MetricCall { descriptor: metric.descriptor(), series: labels.index(), counts: Counts::All }
}
