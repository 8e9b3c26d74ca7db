//! What will be generated, and every refusal.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, LitInt, LitStr, Path, Type, Visibility};

use super::args::{self, Args, Declaration, Options};
use super::{buckets, name};
use crate::diag::Errors;
use crate::syntax::{first_paragraph, is_snake, nearest, snake};

/// The number of series that a metric may have unless it says otherwise.
const MAX_SERIES: usize = 1000;

/// The declared metrics.
pub(super) struct Model {
    pub(super) krate: Path,
    pub(super) metrics: Vec<Metric>,
}

/// One metric.
pub(super) struct Metric {
    /// Doc comments and everything else that is passed on.
    pub(super) attrs: Vec<Attribute>,
    pub(super) help: String,
    pub(super) vis: Visibility,
    pub(super) ident: Ident,
    pub(super) kind: Kind,
    pub(super) name: LitStr,
    pub(super) unit: String,
    pub(super) buckets: Vec<f64>,
    pub(super) labels: Vec<Label>,
    /// Whether there is a label `outcome`.
    pub(super) outcome: bool,
    /// Its type, which is to be checked.
    pub(super) outcome_type: Option<Type>,
    /// The type of the label `error_type`, which says what the names are.
    pub(super) error_type: Option<Type>,
    pub(super) max_series: usize,
}

/// One label.
pub(super) struct Label {
    /// Doc comments.
    pub(super) attrs: Vec<Attribute>,
    pub(super) ident: Ident,
    pub(super) values: Values,
}

/// The values of a label.
pub(super) enum Values {
    /// Those of a type.
    Of(Box<Type>),
    /// Always this one.
    Constant(String),
    /// Known at run time; so many at most.
    Dynamic(usize),
}

/// The kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Counter, Kind::Gauge, Kind::Histogram];

    /// The runtime's type.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Kind::Counter => "Counter",
            Kind::Gauge => "Gauge",
            Kind::Histogram => "Histogram",
        }
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }

    /// Reads a kind; what was probably meant is returned in any case.
    fn read(ident: &Ident, errors: &mut Errors) -> Self {
        let word = ident.to_string();
        let of = |name: &str| Kind::ALL.into_iter().find(|kind| kind.type_name() == name);
        of(&word).unwrap_or_else(|| {
            let meant = nearest(&word, Kind::ALL.map(Kind::type_name));
            let did_you_mean = meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
            let message =
                format!("unknown kind `{word}`; {did_you_mean}accepted: `Counter`, `Gauge`, `Histogram`");
            errors.push(Error::new(ident.span(), message));
            meant.and_then(of).unwrap_or(Kind::Counter)
        })
    }
}

impl Model {
    pub(super) fn new(args: Args, errors: &mut Errors) -> Self {
        let mut metrics: Vec<Metric> = Vec::new();
        for declaration in args.declarations {
            let metric = Metric::new(declaration, errors);
            if metrics.iter().any(|m| m.ident == metric.ident) {
                let message = format!("`{}` is declared twice; rename one of them", metric.ident);
                errors.push(Error::new(metric.ident.span(), message));
                continue; // a second static of that name would be an error of its own
            }
            let name = metric.name.value();
            if metrics.iter().any(|m| m.name.value() == name) {
                let message = format!("the metric `{name}` is declared twice; rename one of them");
                errors.push(Error::new(metric.name.span(), message));
            }
            metrics.push(metric);
        }
        Model { krate: args.krate, metrics }
    }
}

impl Metric {
    fn new(declaration: Declaration, errors: &mut Errors) -> Self {
        let Declaration { attrs, vis, ident, kind, name, labels, options } = declaration;
        let kind = Kind::read(&kind, errors);
        let help = first_paragraph(&attrs);
        if help.is_empty() {
            let message = format!(
                "metric `{}` has no help; write a doc comment before it: `/// What it tells.`",
                name.value()
            );
            errors.push(Error::new(ident.span(), message));
        }
        let unit = name::read(kind, &name, options.unit.as_ref(), errors);
        let Labels { labels, outcome, outcome_type, error_type } = Labels::check(kind, labels, errors);
        Metric {
            attrs,
            help,
            vis,
            ident,
            kind,
            buckets: check_buckets(kind, &name, &unit, &options, errors),
            max_series: check_budget(options.max_series.as_ref(), errors),
            name,
            unit,
            labels,
            outcome,
            outcome_type,
            error_type,
        }
    }
}

fn check_buckets(kind: Kind, name: &LitStr, unit: &str, options: &Options, errors: &mut Errors) -> Vec<f64> {
    match (kind, &options.buckets) {
        (Kind::Histogram, written) => buckets::of(name, unit, written.as_ref(), errors),
        (_, None) => Vec::new(),
        (_, Some((key, _))) => {
            let message = format!("a {} has no buckets; remove them, or declare a `Histogram`", kind.noun());
            errors.push(Error::new(key.span(), message));
            Vec::new()
        }
    }
}

pub(super) fn check_budget(written: Option<&LitInt>, errors: &mut Errors) -> usize {
    let Some(written) = written else {
        return MAX_SERIES;
    };
    let number = written.base10_parse().ok().filter(|n| *n > 0);
    number.unwrap_or_else(|| {
        let message = format!("`{written}` is not a number of series; write one above zero, as in `1000`");
        errors.push(Error::new(written.span(), message));
        MAX_SERIES
    })
}

/// The labels of one metric; apart those that calls fill in.
#[derive(Default)]
struct Labels {
    labels: Vec<Label>,
    outcome: bool,
    outcome_type: Option<Type>,
    error_type: Option<Type>,
}

impl Labels {
    fn check(kind: Kind, labels: Vec<args::Label>, errors: &mut Errors) -> Self {
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
        if name == "outcome" {
            self.outcome = kind != Kind::Gauge;
            self.outcome_type = errors.take(check_outcome(kind, label));
        } else if name == "error_type" {
            self.error_type = errors.take(check_error_type(kind, label));
        } else {
            errors.take(check_label(name, label.ident.span()));
            self.labels.push(Label {
                attrs: label.attrs,
                ident: label.ident,
                values: Values::Of(Box::new(label.ty)),
            });
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
fn check_outcome(kind: Kind, label: args::Label) -> syn::Result<Type> {
    let is_outcome = match &label.ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|s| s.ident == "Outcome"),
        _ => false,
    };
    if kind == Kind::Gauge {
        let message = "a gauge has no outcome, for it is no sum of calls; remove the label";
        Err(Error::new(label.ident.span(), message))
    } else if is_outcome {
        Ok(label.ty)
    } else {
        let message = "the label `outcome` is filled in by annotated calls; write `outcome: obs::Outcome`, or \
                       rename the label";
        Err(Error::new(label.ty.span(), message))
    }
}

/// Returns the type, which the compiler checks.
fn check_error_type(kind: Kind, label: args::Label) -> syn::Result<Type> {
    if kind == Kind::Gauge {
        let message = "a gauge has no error type, for it is no sum of calls; remove the label";
        return Err(Error::new(label.ident.span(), message));
    }
    Ok(label.ty)
}

pub(super) fn check_label(name: &str, span: Span) -> syn::Result<()> {
    let taken = match name {
        "le" => "it names the bound of a histogram's bucket",
        "quantile" => "it names the part of a summary",
        "job" | "instance" => "Prometheus sets it when it scrapes",
        "service_name" => "it names the service that a series belongs to",
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
