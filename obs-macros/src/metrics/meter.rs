//! What an annotated function updates: a declared metric, or one that it declares itself.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::{Error, Path, Result};

use super::inline::Inline;
use super::model::Kind;
use crate::codegen::update;
use crate::diag::Errors;
use crate::syntax::{Args, Function, MetricUse, Value, without_metric};

/// Options that say something about the metric that `name` declares.
const OF_NAME: [&str; 3] = ["buckets", "unit", "max_series"];

/// What an annotated function updates.
pub(crate) struct Meter {
    metric: Metric,
    /// Which calls: a variant of the runtime's `Counts`.
    counts: Option<&'static str>,
}

enum Metric {
    Declared(MetricUse),
    Inline(Box<Inline>),
}

impl Meter {
    /// Reads the metric; `None` where the shared family is meant, which refuses what only another could have.
    pub(crate) fn read(kind: Kind, args: &Args, function: &Function) -> Result<Option<Self>> {
        let mut errors = Errors::default();
        let metric = args.get("metric").and_then(|arg| match &arg.value {
            Value::Path(path) => Some(path.clone()),
            _ => None,
        });
        let metric = match (metric, args.get("name")) {
            (Some(_), Some(name)) => Err(Error::new(
                name.key.span(),
                "`metric` names a declared metric and `name` declares one; remove one of them",
            )),
            (Some(path), None) => {
                for key in OF_NAME.iter().filter_map(|key| args.flag(key)) {
                    errors.push(Error::new(
                        key,
                        "this belongs to the metric's declaration in `metrics!`; move it there",
                    ));
                }
                MetricUse::read(path, args).map(|used| Some(Metric::Declared(used)))
            }
            (None, Some(name)) => {
                Inline::read(kind, name, args, function).map(|inline| Some(Metric::Inline(Box::new(inline))))
            }
            (None, None) => {
                refuse_for_shared(kind, args, &mut errors);
                Ok(None)
            }
        };
        let counts = args.get("count").and_then(|arg| match &arg.value {
            Value::OneOf(word) if word == "ok" => Some("Ok"),
            Value::OneOf(word) if word == "error" => Some("Error"),
            _ => None,
        });
        let metric = errors.take(metric).flatten();
        errors.finish(metric.map(|metric| Meter { metric, counts }))
    }

    /// Refuses two updates of one metric by one call; `verb` says which.
    pub(crate) fn refuse_twice<'a>(meters: impl Iterator<Item = &'a Self>, verb: &str) -> Result<()> {
        let mut former: Vec<String> = Vec::new();
        let mut errors = Errors::default();
        for meter in meters {
            let (metric, span) = meter.called();
            if former.contains(&metric) {
                let message =
                    format!("the function is {verb} on `{metric}` twice; remove one of the attributes");
                errors.push(Error::new(span, message));
            }
            former.push(metric);
        }
        errors.finish(())
    }

    fn called(&self) -> (String, Span) {
        match &self.metric {
            Metric::Declared(MetricUse { path, .. }) => {
                (path.to_token_stream().to_string().replace(' ', ""), path.span())
            }
            Metric::Inline(inline) => (inline.name().value(), inline.name().span()),
        }
    }

    /// Begins an update by `verb`.
    pub(crate) fn begin(&self, verb: &str, krate: &Path) -> TokenStream {
        let verb: Ident = format_ident!("{verb}");
        let begun = match &self.metric {
            Metric::Declared(metric) => update(metric, &verb, krate),
            Metric::Inline(inline) => inline.begin(&verb, krate),
        };
        match self.counts {
            Some(counts) => {
                let counts = format_ident!("{counts}");
                quote!(#begun.only(#krate::__private::Counts::#counts))
            }
            None => begun,
        }
    }
}

/// The families that all annotated functions share have labels and buckets of their own.
fn refuse_for_shared(kind: Kind, args: &Args, errors: &mut Errors) {
    let labels = args.labels().iter().map(|label| &label.key);
    for key in labels.chain(args.error_label().map(|label| &label.key)) {
        errors.push(without_metric(args, key));
    }
    let example = if kind == Kind::Counter { "..._total" } else { "..._seconds" };
    for key in OF_NAME.iter().chain(&["count"]) {
        let Some(span) = args.flag(key) else { continue };
        let message = format!("`{key}` needs a metric of its own; add `name = \"{example}\"`, or remove it");
        errors.push(Error::new(span, message));
    }
}
