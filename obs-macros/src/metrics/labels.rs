//! The labels of a metric, and every refusal of one.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Type};

use super::args::{self, LabelOf};
use super::model::{Kind, Label, Values};
use crate::diag::Errors;
use crate::syntax::{is_snake, snake};

/// The labels of one metric; apart those that calls fill in.
#[derive(Default)]
pub(super) struct Labels {
    pub(super) labels: Vec<Label>,
    pub(super) outcome: bool,
    pub(super) outcome_type: Option<Type>,
    pub(super) error_type: Option<Type>,
}

impl Labels {
    pub(super) fn check(kind: Kind, labels: Vec<args::Label>, errors: &mut Errors) -> Self {
        let mut checked = Labels::default();
        let mut known = Vec::new();
        for mut label in labels {
            let name = label.ident.unraw().to_string();
            if known.contains(&name) {
                let message = format!("the label `{name}` is declared twice; rename one of them");
                errors.push(Error::new(label.ident.span(), message));
                continue;
            }
            errors.take(refuse_attributes(&label));
            label.attrs.retain(is_doc);
            checked.take(kind, &name, label, errors);
            known.push(name);
        }
        checked
    }

    fn take(&mut self, kind: Kind, name: &str, label: args::Label, errors: &mut Errors) {
        let args::Label { attrs, ident, of } = label;
        if name == "outcome" {
            self.outcome = matches!(kind, Kind::Counter | Kind::Histogram);
            self.outcome_type = errors.take(check_outcome(kind, &ident, of));
        } else if name == "error_type" {
            self.error_type = errors.take(check_error_type(kind, &ident, of));
        } else {
            errors.take(check_label(name, ident.span()));
            if let Some(values) = errors.take(check_values(kind, &ident, of)) {
                self.labels.push(Label { attrs, ident, values });
            }
        }
    }
}

/// Returns what is said of a label's values, if it suits the kind.
fn check_values(kind: Kind, ident: &Ident, of: LabelOf) -> syn::Result<Values> {
    match (kind, of) {
        (Kind::Info, LabelOf::Type(ty)) => Ok(Values::Fact(Box::new(ty))),
        (Kind::Info, LabelOf::Constant(text)) => Ok(Values::Known(Box::new(text))),
        (Kind::Info, LabelOf::Dynamic(_)) => {
            let message = format!("a fact is told once and needs no bound; write `{ident}: String`");
            Err(Error::new(ident.span(), message))
        }
        (_, LabelOf::Type(ty)) => Ok(Values::Of(Box::new(ty))),
        (_, LabelOf::Dynamic(max)) => Ok(Values::Given(max)),
        (_, LabelOf::Constant(text)) => {
            let message = format!(
                "a label that is always the same tells nothing apart, and only an `Info` has one; write `{ident}: \
                 Type`, or remove it"
            );
            Err(Error::new(text.span(), message))
        }
    }
}

fn refuse_attributes(label: &args::Label) -> syn::Result<()> {
    match label.attrs.iter().find(|a| !is_doc(a)) {
        Some(attr) => Err(Error::new(attr.span(), "a label takes doc comments only; remove the attribute")),
        None => Ok(()),
    }
}

fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc")
}

/// Returns the type, if it may be `obs::Outcome`.
fn check_outcome(kind: Kind, ident: &Ident, of: LabelOf) -> syn::Result<Type> {
    refuse_ending(kind, ident, "outcome")?;
    let is_outcome = |ty: &Type| match ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|s| s.ident == "Outcome"),
        _ => false,
    };
    let span = match of {
        LabelOf::Type(ty) if is_outcome(&ty) => return Ok(ty),
        LabelOf::Type(ty) => ty.span(),
        LabelOf::Constant(text) => text.span(),
        LabelOf::Dynamic(_) => ident.span(),
    };
    let message = "the label `outcome` is filled in by annotated calls; write `outcome: obs::Outcome`, or rename the \
                   label";
    Err(Error::new(span, message))
}

/// Returns the type, which the compiler checks.
fn check_error_type(kind: Kind, ident: &Ident, of: LabelOf) -> syn::Result<Type> {
    refuse_ending(kind, ident, "error type")?;
    match of {
        LabelOf::Type(ty) => Ok(ty),
        LabelOf::Constant(_) | LabelOf::Dynamic(_) => {
            let message = "the label `error_type` is filled in by annotated calls; write `error_type: \
                           obs::ErrorTypeOf<TheError>`, or rename the label";
            Err(Error::new(ident.span(), message))
        }
    }
}

/// Refuses what a call fills in where no call ends.
fn refuse_ending(kind: Kind, ident: &Ident, what: &str) -> syn::Result<()> {
    match kind {
        Kind::Counter | Kind::Histogram => Ok(()),
        Kind::Gauge | Kind::Info => {
            let article = if kind == Kind::Info { "an" } else { "a" };
            let noun = kind.noun();
            let message =
                format!("{article} {noun} has no {what}, for it is no sum of calls; remove the label");
            Err(Error::new(ident.span(), message))
        }
    }
}

pub(super) fn check_label(name: &str, span: Span) -> syn::Result<()> {
    let taken = match name {
        "le" => "it names the bound of a histogram's bucket",
        "quantile" => "it names the part of a summary",
        "job" | "instance" => "Prometheus sets it when it scrapes",
        "service_name" => "it names the service that a series belongs to",
        "otel_metric_overflow" => "it marks the series of values that came too late",
        _ if name.starts_with("__") => "names that begin with `__` are Prometheus' own",
        _ if is_snake(name) => return Ok(()),
        _ => {
            let snake = Some(snake(name)).filter(|s| !s.is_empty());
            let message = format!(
                "`{name}` is not a label name, which is `[a-z_][a-z0-9_]*`; write `{}`",
                snake.as_deref().unwrap_or("name")
            );
            return Err(Error::new(span, message));
        }
    };
    let message = format!("the label `{name}` is reserved, {taken}; choose another name");
    Err(Error::new(span, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_what_came_too_late_is_no_label_of_its_own() {
        let refused = check_label("otel_metric_overflow", Span::call_site()).map_err(|e| e.to_string());
        let said = "the label `otel_metric_overflow` is reserved, it marks the series of values that came too late; choose \
                    another name";
        assert_eq!(refused, Err(said.to_owned()));
    }
}
