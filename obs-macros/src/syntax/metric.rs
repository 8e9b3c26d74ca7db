//! `metric = PATH, label = expr, ...`: a declared metric and its labels.

use proc_macro2::Ident;
use syn::{Error, Path, Result};

use super::args::Args;
use super::escape;
use super::label::Label;
use crate::diag::Errors;

/// A metric that an annotated function updates.
pub(crate) struct MetricUse {
    /// The static, and the struct of its labels.
    pub(crate) path: Path,
    /// Label names with their values, as written.
    pub(crate) labels: Vec<Label>,
}

impl MetricUse {
    /// Reads the labels of the metric at `path`.
    pub(crate) fn read(path: Path, args: &Args) -> Result<Self> {
        let mut errors = Errors::default();
        for label in args.labels() {
            errors.take(check_label(label));
            if label.ty.is_some() {
                let key = &label.key;
                let message = format!(
                    "the metric's declaration says what type `{key}` has; write `{key} = value`, or declare the \
                     metric here: `name = \"...\"`"
                );
                errors.push(Error::new(key.span(), message));
            }
        }
        if let Some(label) = args.error_label() {
            let message = "the metric's declaration says whether it has `error_type`; remove the label, or declare \
                           the metric here: `name = \"...\"`";
            errors.push(Error::new(label.key.span(), message));
        }
        errors.finish(MetricUse { path, labels: args.labels().to_vec() })
    }
}

/// Refuses what no label can be.
pub(crate) fn check_label(label: &Label) -> Result<()> {
    let mut errors = Errors::default();
    if label.key == "outcome" {
        let message = "the call fills in `outcome` when it ends; remove the label";
        errors.push(Error::new(label.key.span(), message));
    }
    if label.key == "error_type" {
        let message = "the call fills in `error_type` when it ends; declare it without a value, as in `error_type: \
                       obs::ErrorTypeOf<TheError>`";
        errors.push(Error::new(label.key.span(), message));
    }
    errors.take(escape::refuse(&label.value, "a label"));
    errors.finish(())
}

/// Says that a label has no metric.
pub(crate) fn without_metric(args: &Args, key: &Ident) -> Error {
    if !args.is_option(key) && args.resembles_option(key) {
        return args.unknown(key);
    }
    Error::new(
        key.span(),
        format!(
            "label `{key}` without a metric to carry it; add `metric = NAME`, declared with `metrics!`, or declare \
             one here: `name = \"...\"`"
        ),
    )
}
