//! `metric = PATH, label = expr, ...`: a declared metric and its labels.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Error, Expr, Path, Result};

use super::args::Args;
use super::escape;
use super::value::Value;
use crate::diag::Errors;

/// A metric that an annotated function updates.
pub(crate) struct MetricUse {
    /// The static, and the struct of its labels.
    pub(crate) path: Path,
    /// Label names with their values, as written.
    pub(crate) labels: Vec<(Ident, Expr)>,
}

impl MetricUse {
    /// Reads the metric; `None` where none is named. Refuses labels without one.
    pub(crate) fn read(args: &Args) -> Result<Option<Self>> {
        let mut errors = Errors::default();
        let metric = args.get("metric").and_then(|arg| match &arg.value {
            Value::Path(path) => Some(path.clone()),
            _ => None,
        });
        for (label, value) in args.labels() {
            if metric.is_none() {
                errors.push(without_metric(args, label));
            }
            if label == "outcome" {
                let message = "the call fills in `outcome` when it ends; remove the label";
                errors.push(Error::new(label.span(), message));
            }
            errors.take(escape::refuse(value, "a label"));
        }
        errors.finish(metric.map(|path| MetricUse { path, labels: args.labels().to_vec() }))
    }
}

impl MetricUse {
    /// Refuses two updates of one metric by one call; `verb` says which.
    pub(crate) fn refuse_twice<'a>(uses: impl Iterator<Item = &'a Self>, verb: &str) -> Result<()> {
        let mut former: Vec<&Path> = Vec::new();
        let mut errors = Errors::default();
        for MetricUse { path, .. } in uses {
            if former.contains(&path) {
                let metric = path.to_token_stream().to_string().replace(' ', "");
                let message =
                    format!("the function is {verb} on `{metric}` twice; remove one of the attributes");
                errors.push(Error::new(path.span(), message));
            }
            former.push(path);
        }
        errors.finish(())
    }
}

fn without_metric(args: &Args, label: &Ident) -> Error {
    if args.resembles_option(label) {
        return args.unknown(label);
    }
    Error::new(
        label.span(),
        format!(
            "label `{label}` without a metric to carry it; add `metric = NAME`, declared with `metrics!`"
        ),
    )
}
