//! Labels that fold to an index.

/// A label value out of a closed set.
pub trait LabelValue: Copy {
    /// Every value, in the order of their indices.
    const VALUES: &'static [&'static str];
    /// Returns the position in `VALUES`.
    fn index(self) -> usize;
}

/// The labels of one metric, without `outcome`.
pub trait LabelSet: Copy {
    /// The label names, in declared order.
    const KEYS: &'static [&'static str];
    /// The number of series: the product over all labels.
    const SERIES: usize;
    /// Whether the metric has an `outcome` label, filled in by annotated calls and rendered last.
    const OUTCOME: bool;
    /// Returns the number of the series, below `SERIES`.
    fn index(self) -> usize;
    /// Returns the value that the label `key` (a position in `KEYS`) has in a series.
    fn value(series: usize, key: usize) -> &'static str;
}
