//! Labels that fold to an index.

use crate::outcome::Outcome;

/// A label value out of a closed set; derived by `#[derive(obs::Label)]` on an enum without fields.
///
/// The set is known when the program is compiled, so a labelled update is an array index: no hashing, no strings.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a label: its values are not known when the program is compiled",
    label = "not a label",
    note = "derive it on an enum without fields: `#[derive(obs::Label, Clone, Copy)]`"
)]
pub trait LabelValue: Copy {
    /// Every value, in the order of their indices.
    const VALUES: &'static [&'static str];
    /// Returns the position in `VALUES`.
    fn index(self) -> usize;
}

impl LabelValue for bool {
    const VALUES: &'static [&'static str] = &["false", "true"];

    fn index(self) -> usize {
        usize::from(self)
    }
}

/// The labels of one metric, without `outcome`; made by `metrics!`.
pub trait LabelSet: Sized {
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

/// A label set whose metric has no `outcome` label.
#[diagnostic::on_unimplemented(
    message = "the metric `{Self}` has an `outcome` label",
    note = "say how it ended: `{Self}.with({Self} {{ .. }}).outcome(obs::Outcome::Ok)`"
)]
pub trait Plain {}

/// A label set whose metric has an `outcome` label.
#[diagnostic::on_unimplemented(
    message = "the metric `{Self}` has no `outcome` label",
    note = "leave `.outcome(..)` away, or declare the label in `metrics!`: `{{ outcome: obs::Outcome }}`"
)]
pub trait Judged: LabelSet {}

/// The label set of every metric but histograms of another unit than seconds.
#[diagnostic::on_unimplemented(
    message = "`#[timed]` measures seconds, and the metric `{Self}` holds something else",
    note = "name a histogram that ends in `_seconds`; observe other values by `{Self}.with({Self} {{ .. }}).observe(..)`"
)]
pub trait Seconds: LabelSet {}

/// An empty label set.
#[diagnostic::on_unimplemented(
    message = "the metric `{Self}` has labels",
    note = "name their values: `{Self}.with({Self} {{ .. }})`"
)]
pub trait Unlabelled: LabelSet + Plain {
    /// The only value.
    const ONLY: Self;
}

/// A label set together with an outcome: nothing is left to be said.
#[derive(Clone, Copy, Debug)]
pub enum Chosen {}

impl Plain for Chosen {}

/// Returns the number of series of labels that have these values; saturates.
pub const fn series(values: &[&[&str]]) -> usize {
    let (mut product, mut rest) = (1_usize, values);
    while let [first, others @ ..] = rest {
        product = product.saturating_mul(first.len());
        rest = others;
    }
    product
}

/// Folds positions to the number of a series; the last label changes fastest. `labels` are positions and set sizes.
#[inline]
pub fn series_index(labels: &[(usize, usize)]) -> usize {
    labels.iter().fold(0, |index, (at, size)| index * size + at)
}

/// Undoes [`series_index`] for one label.
pub fn series_value(values: &[&'static [&'static str]], series: usize, key: usize) -> &'static str {
    let below: usize = values.iter().skip(key + 1).map(|v| v.len()).product();
    let Some(of_key) = values.get(key).filter(|v| !v.is_empty() && below > 0) else {
        return "";
    };
    of_key.get(series / below % of_key.len()).copied().unwrap_or("")
}

/// The number of cells a series has: one, or one per outcome.
pub(super) const fn cells_per_series(outcome: bool) -> usize {
    if outcome { Outcome::ALL.len() } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_unfolds_to_the_labels_it_was_folded_from() {
        const VALUES: &[&[&str]] = &[&["a", "b"], &["x", "y", "z"], &["0", "1"]];
        assert_eq!(series(VALUES), 12);
        for (a, b, c) in (0..12).map(|i| (i / 6, i / 2 % 3, i % 2)) {
            let index = series_index(&[(a, 2), (b, 3), (c, 2)]);
            for (key, (values, at)) in VALUES.iter().zip([a, b, c]).enumerate() {
                assert_eq!(Some(&series_value(VALUES, index, key)), values.get(at));
            }
        }
        assert_eq!(series(&[]), 1);
        assert_eq!(series_index(&[]), 0);
        assert_eq!(series_value(VALUES, 0, 3), "");
    }
}
