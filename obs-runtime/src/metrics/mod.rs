//! Metrics: declared once, referenced by path, dense.

mod function;
mod label;

pub use label::{LabelSet, LabelValue};

pub(crate) use function::FunctionCells;

use crate::outcome::Finished;
use crate::record::MetricVisitor;

/// A declared metric, whatever its kind and labels.
pub trait Metric: Sync {
    /// The name as declared.
    fn name(&self) -> &'static str;
    /// Shows the family and its series.
    fn visit(&self, visitor: &mut dyn MetricVisitor);
}

/// A metric that an annotated call updates when it ends.
#[derive(Clone, Copy, Debug)]
pub struct MetricCall;

impl MetricCall {
    pub(crate) fn finish(&self, _finished: &Finished<'_>) {}
}

/// Begins to count a call on a counter.
pub fn counted() -> MetricCall {
    MetricCall
}

/// Begins to time a call on a histogram.
pub fn timed() -> MetricCall {
    MetricCall
}
