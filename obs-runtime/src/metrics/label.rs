//! Labels that fold to an index.

use std::marker::PhantomData;

use super::ending;
use super::values::{self, LabelValues};
use crate::outcome::Outcome;

/// A label value out of a closed set; derived by `#[derive(obs::Label)]` on an enum without fields.
///
/// The set is known when the program is compiled, so a labelled update is an array index: no hashing, no strings.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a label: its values are not known when the program is compiled",
    label = "not a label",
    note = "derive it on an enum without fields: `#[derive(obs::Label, Clone, Copy)]`",
    note = "or ask for values that are only known at run time, and say how many: `dynamic(max = 100)`"
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

impl LabelValue for Outcome {
    const VALUES: &'static [&'static str] = &[
        Outcome::Ok.as_str(),
        Outcome::Error.as_str(),
        Outcome::Panicked.as_str(),
        Outcome::Cancelled.as_str(),
    ];

    fn index(self) -> usize {
        Outcome::index(self)
    }
}

/// The labels of one metric, without those that calls fill in; made by `metrics!`.
pub trait LabelSet: Sized {
    /// The label names, in declared order.
    const KEYS: &'static [&'static str];
    /// The values of each.
    const VALUES: &'static [LabelValues];
    /// The number of series: the product over all labels but `outcome`.
    const SERIES: usize = values::series(Self::VALUES).saturating_mul(ending::error_types(Self::ERROR_NAMES));
    /// Whether the metric has an `outcome` label, filled in by annotated calls and rendered last.
    const OUTCOME: bool;
    /// The names of the errors, where the metric has an `error_type` label; filled in by annotated calls too.
    const ERROR_NAMES: Option<&'static [&'static str]> = None;
    /// Returns the number of the series.
    fn index(self) -> usize;
}

/// A label set whose metric has no `outcome` label.
#[diagnostic::on_unimplemented(
    message = "the metric `{Self}` has an `outcome` label",
    note = "say how it ended: `{Self}.with({Self} {{ .. }}).outcome(obs::Outcome::Ok)`; a `Result` says it by itself, in \
            `.time_result(..)`"
)]
pub trait Plain {}

/// A label set whose metric has an `outcome` label.
#[diagnostic::on_unimplemented(
    message = "the metric `{Self}` has no `outcome` label",
    note = "leave `.outcome(..)` away, or declare the label in `metrics!`: `{{ outcome: obs::Outcome }}`"
)]
pub trait Judged {}

/// A label set whose metric has an `error_type` label.
#[diagnostic::on_unimplemented(
    message = "the metric `{Self}` has no `error_type` label that is still to be said",
    note = "leave `.error_type(..)` away, or declare the label in `metrics!`: `{{ error_type: obs::ErrorTypeOf<TheError> \
            }}`"
)]
pub trait ErrorTyped {}

/// The label set of every metric but histograms of another unit than seconds.
#[diagnostic::on_unimplemented(
    message = "a duration is measured in seconds, and the metric `{Self}` holds something else",
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

/// A label set together with an outcome.
#[derive(Debug)]
pub struct Chosen<L>(PhantomData<fn(L)>);

impl<L> Plain for Chosen<L> {}
impl<L: ErrorTyped> ErrorTyped for Chosen<L> {}

/// A label set together with the name of an error.
#[derive(Debug)]
pub struct ChosenError<L>(PhantomData<fn(L)>);

impl<L: Plain> Plain for ChosenError<L> {}
impl<L: Judged> Judged for ChosenError<L> {}
