//! What will be generated, and every refusal.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Error, Expr, LitInt, LitStr, Path, Type, Visibility};

use super::args::{self, Args, Declaration, Options};
use super::labels::Labels;
use super::{buckets, name, schema};
use crate::diag::Errors;
use crate::syntax::{first_paragraph, nearest};

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
