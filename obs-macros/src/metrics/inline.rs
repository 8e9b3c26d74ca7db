//! `name = "..", label: Type = expr, ..`: a metric declared by the attribute that updates it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Lit, LitInt, LitStr, Path, Result};

use super::dynamic::{self, MAX_VALUES};
use super::expand::{declare, dictionary};
use super::labels::check_label;
use super::model::{Kind, Label, Metric, Values, check_budget};
use super::{buckets, name, schema};
use crate::codegen::{at, ours};
use crate::diag::Errors;
use crate::syntax::{self, Arg, Args, Function, Value, first_paragraph};

/// A metric declared by the attribute that updates it.
pub(super) struct Inline {
    metric: Metric,
    /// What each label with a choice is given.
    values: Vec<(Ident, Expr)>,
    /// What makes a change of the schema file a change of the program.
    schema: TokenStream,
}

impl Inline {
    pub(super) fn read(kind: Kind, name: &Arg, args: &Args, function: &Function) -> Result<Self> {
        let mut errors = Errors::default();
        let Some(name) = errors.take(literal(name)) else {
            return Err(errors.finish(()).err().unwrap_or_else(|| Error::new(Span::call_site(), "")));
        };
        let unit = args.get("unit").and_then(|arg| errors.take(literal(arg)));
        let unit = unit.as_ref();
        let unit = if kind == Kind::Histogram {
            seconds(&name, unit, &mut errors)
        } else {
            name::read(kind, "", &name, unit, &mut errors)
        };
        let written = args.get("buckets").and_then(|arg| match &arg.value {
            Value::Expr(expr) => Some((arg.key.clone(), expr.clone())),
            _ => None,
        });
        let bounds = match kind {
            Kind::Histogram => buckets::of(&name, &unit, written.as_ref(), &mut errors),
            Kind::Counter | Kind::Gauge | Kind::Info => Vec::new(),
        };
        let (labels, values) = labels(args, &mut errors);
        let metric = Metric {
            attrs: Vec::new(),
            help: help(kind, function),
            vis: syn::Visibility::Inherited,
            ident: Ident::new("__OBS_METRIC", name.span().resolved_at(Span::call_site())),
            kind,
            name,
            unit,
            buckets: bounds,
            labels,
            outcome: true,
            outcome_type: None,
            error_type: args.error_label().map(|label| label.ty.clone()),
            max_series: budget(args, &mut errors),
        };
        let schema = schema::check(std::slice::from_ref(&metric), &mut errors);
        errors.finish(Inline { metric, values, schema })
    }

    pub(super) fn name(&self) -> &LitStr {
        &self.metric.name
    }

    /// Declares the metric and begins its update by `verb`.
    pub(super) fn begin(&self, verb: &Ident, krate: &Path) -> TokenStream {
        let p = quote!(#krate::__private);
        let (declared, metric, schema) = (declare(&self.metric, &p), &self.metric.ident, &self.schema);
        let fields = self.values.iter().map(|(key, value)| {
            let is_dynamic =
                self.metric.labels.iter().any(|l| l.ident == *key && matches!(l.values, Values::Dynamic(_)));
            if is_dynamic { dynamic_field(key, value, &p) } else { quote!(#key: #value) }
        });
        // In a block, so that two of them do not meet and the body sees neither.
        quote!({
            #schema
            #declared
            #p::#verb(&#metric, #metric { #(#fields),* })
        })
    }
}

/// Looks a value up; the expression stands outside, where the traits that answer are not in scope.
fn dynamic_field(key: &Ident, value: &Expr, p: &TokenStream) -> TokenStream {
    let mut dictionary = dictionary(key);
    dictionary.set_span(dictionary.span().located_at(value.span()));
    let q = at(p, value.span());
    let number = quote_spanned!(ours(value.span())=> (&#q::Dynamic(__obs_value)).number(&#dictionary));
    quote!(#key: match &(#value) {
        __obs_value => {
            use #p::{AsShown as _, AsText as _};
            #number
        }
    })
}

fn literal(arg: &Arg) -> Result<LitStr> {
    let key = &arg.key;
    match &arg.value {
        Value::Text(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Ok(text.clone()),
        Value::Text(other) => Err(Error::new(
            other.span(),
            format!(
                "`{key}` is checked when the program is compiled; write it as a string: `{key} = \"...\"`"
            ),
        )),
        _ => Err(Error::new(key.span(), format!("`{key}` is a string; write `{key} = \"...\"`"))),
    }
}

/// The only unit of a duration.
fn seconds(name: &LitStr, unit: Option<&LitStr>, errors: &mut Errors) -> String {
    if let Some(unit) = unit.filter(|unit| unit.value() != "seconds") {
        let message = format!(
            "`#[timed]` measures seconds, not `{}`; write `unit = \"seconds\"`, or remove it",
            unit.value()
        );
        errors.push(Error::new(unit.span(), message));
        return "seconds".to_owned();
    }
    let found = name::read(Kind::Histogram, "", name, unit, errors);
    if !matches!(&*found, "" | "seconds") {
        let name_text = name.value();
        let stem = name_text.strip_suffix(&format!("_{found}")).unwrap_or(&name_text);
        let message =
            format!("`#[timed]` measures seconds, and `{name_text}` is in {found}; write `{stem}_seconds`");
        errors.push(Error::new(name.span(), message));
    }
    "seconds".to_owned()
}

/// The function's own words, if it has any.
fn help(kind: Kind, function: &Function) -> String {
    let (name, doc) = (function.sig.ident.unraw(), first_paragraph(&function.attrs));
    let what = match kind {
        Kind::Histogram => format!("How long calls of `{name}` took, by how they ended."),
        Kind::Counter | Kind::Gauge | Kind::Info => format!("Calls of `{name}`, by how they ended."),
    };
    if doc.is_empty() { what } else { format!("{what} {doc}") }
}

fn budget(args: &Args, errors: &mut Errors) -> usize {
    let written = args.get("max_series").map(|arg| match &arg.value {
        Value::Count(number) => LitInt::new(&number.to_string(), arg.key.span()),
        _ => LitInt::new("0", arg.key.span()),
    });
    check_budget(written.as_ref(), errors)
}

/// The labels of the declaration, and what those with a choice are given.
fn labels(args: &Args, errors: &mut Errors) -> (Vec<Label>, Vec<(Ident, Expr)>) {
    let (mut labels, mut values) = (Vec::new(), Vec::new());
    for label in args.labels() {
        errors.take(syntax::check_label(label));
        if label.key != "outcome" {
            errors.take(check_label(&label.key.unraw().to_string(), label.key.span()));
        }
        let Some((of, value)) = errors.take(read_label(args, label)) else { continue };
        values.extend(value.map(|value| (label.key.clone(), value)));
        labels.push(Label { attrs: Vec::new(), ident: label.key.clone(), values: of });
    }
    (labels, values)
}

fn read_label(args: &Args, label: &syntax::Label) -> Result<(Values, Option<Expr>)> {
    let syntax::Label { key, ty, value } = label;
    if let Some(ty) = ty {
        return Ok((Values::Of(Box::new(ty.clone())), Some(value.clone())));
    }
    if let Some(text) = constant(value) {
        if text.is_empty() {
            let message =
                "an empty value is no label at all in Prometheus; write a word, or remove the label";
            return Err(Error::new(value.span(), message));
        }
        return Ok((Values::Constant(text), None));
    }
    if let Some((expr, max)) = dynamic::value(value)? {
        return Ok((Values::Dynamic(max), Some(expr)));
    }
    if args.resembles_option(key) {
        return Err(args.unknown(key));
    }
    Err(Error::new(
        key.span(),
        format!(
            "label `{key}` needs the type of its values; write `{key}: Type = value`, or `{key} = dynamic(value, max \
             = {MAX_VALUES})` for values that are not known when the program is compiled"
        ),
    ))
}

/// A value that stands there.
fn constant(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        Expr::Lit(ExprLit { lit: Lit::Bool(text), .. }) => Some(text.value.to_string()),
        Expr::Lit(ExprLit { lit: Lit::Int(text), .. }) => Some(text.base10_digits().to_owned()),
        Expr::Lit(ExprLit { lit: Lit::Char(text), .. }) => Some(text.value().to_string()),
        _ => None,
    }
}
