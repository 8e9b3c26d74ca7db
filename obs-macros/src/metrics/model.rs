//! What will be generated, and every refusal.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, LitInt, LitStr, Path, Type, Visibility};

use super::args::{self, Args, Declaration, LabelOf, Options};
use super::{buckets, name, schema};
use crate::diag::Errors;
use crate::syntax::{first_paragraph, is_snake, nearest, snake};

/// The number of series that a metric may have unless it says otherwise.
const MAX_SERIES: usize = 1000;

/// The declared metrics.
pub(super) struct Model {
    pub(super) krate: Path,
    pub(super) metrics: Vec<Metric>,
    /// What makes a change of the schema file a change of the program.
    pub(super) schema: TokenStream,
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
    /// The same, given by who counts.
    Given(usize),
    /// What is told of an info when the program runs.
    Fact(Box<Type>),
    /// What its declaration tells.
    Known(Box<Expr>),
}

/// The kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
    Info,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Info];

    /// The runtime's type.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Kind::Counter => "Counter",
            Kind::Gauge => "Gauge",
            Kind::Histogram => "Histogram",
            Kind::Info => "Info",
        }
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Info => "info",
        }
    }

    /// Reads a kind; what was probably meant is returned in any case.
    fn read(ident: &Ident, errors: &mut Errors) -> Self {
        let word = ident.to_string();
        let of = |name: &str| Kind::ALL.into_iter().find(|kind| kind.type_name() == name);
        of(&word).unwrap_or_else(|| {
            let meant = nearest(&word, Kind::ALL.map(Kind::type_name));
            let did_you_mean = meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
            let message = format!(
                "unknown kind `{word}`; {did_you_mean}accepted: `Counter`, `Gauge`, `Histogram`, `Info`"
            );
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
        let schema = schema::check(&metrics, errors);
        Model { krate: args.krate, metrics, schema }
    }
}

impl Metric {
    fn new(declaration: Declaration, errors: &mut Errors) -> Self {
        let Declaration { attrs, vis, ident, kind, prefix, name, labels, options } = declaration;
        let kind = Kind::read(&kind, errors);
        let help = first_paragraph(&attrs);
        if help.is_empty() {
            let message = format!(
                "metric `{}` has no help; write a doc comment before it: `/// What it tells.`",
                name.value()
            );
            errors.push(Error::new(ident.span(), message));
        }
        let unit = name::read(kind, &prefix, &name, options.unit.as_ref(), errors);
        if kind == Kind::Info {
            refuse_for_info(&ident, &labels, &options, errors);
        }
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

/// An info is labels and nothing else.
fn refuse_for_info(ident: &Ident, labels: &[args::Label], options: &Options, errors: &mut Errors) {
    if labels.is_empty() {
        let message = "an info tells facts as labels, and there is none; write `{ version = env!(\"CARGO_PKG_VERSION\") }`";
        errors.push(Error::new(ident.span(), message));
    }
    if let Some(unit) = &options.unit {
        errors.push(Error::new(unit.span(), "an info is 1 and has no unit; remove it"));
    }
    if let Some(most) = &options.max_series {
        errors.push(Error::new(most.span(), "an info is one series; remove `max_series`"));
    }
}

fn check_buckets(kind: Kind, name: &LitStr, unit: &str, options: &Options, errors: &mut Errors) -> Vec<f64> {
    match (kind, &options.buckets) {
        (Kind::Histogram, written) => buckets::of(name, unit, written.as_ref(), errors),
        (_, None) => Vec::new(),
        (_, Some((key, _))) => {
            let noun = if kind == Kind::Info { "an info".to_owned() } else { format!("a {}", kind.noun()) };
            let message = format!("{noun} has no buckets; remove them, or declare a `Histogram`");
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
