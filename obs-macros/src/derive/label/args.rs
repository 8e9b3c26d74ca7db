//! What may be written in `#[label(..)]`.

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, Error, Expr, ExprLit, Lit, LitStr, Path, Result};

use crate::diag::Errors;
use crate::syntax::{self, Opt, Shape, Table, Value, default_crate};

const ENUM: Table = Table {
    options: &[Opt { key: "rename_all", shape: Shape::Text, doc: "how variants become values" }],
    labels: false,
};

const STRUCT: Table = Table {
    options: &[
        Opt { key: "max", shape: Shape::Count, doc: "the greatest number that is a value of its own" },
        Opt { key: "min", shape: Shape::Count, doc: "the least" },
    ],
    labels: false,
};

const VARIANT: Table =
    Table { options: &[Opt { key: "rename", shape: Shape::Text, doc: "the value" }], labels: false };

/// What the attributes say.
pub(super) struct Args {
    pub(super) krate: Path,
    pub(super) rename_all: Option<LitStr>,
    /// One a variant.
    pub(super) rename: Vec<Option<LitStr>>,
    /// Of a struct.
    pub(super) bounds: Bounds,
}

/// What a number is bounded by, and where that is said.
#[derive(Default)]
pub(super) struct Bounds {
    pub(super) min: Option<(u32, Span)>,
    pub(super) max: Option<(u32, Span)>,
}

impl Args {
    pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut krate = None;
        if let Data::Struct(_) = &input.data {
            let bounds = Bounds::read(&input.attrs, &mut krate, errors);
            let krate = krate.unwrap_or_else(default_crate);
            return Args { krate, rename_all: None, rename: Vec::new(), bounds };
        }
        let rename_all = read(&input.attrs, &ENUM, "rename_all", &mut krate, errors);
        let rename = match &input.data {
            Data::Enum(data) => {
                data.variants.iter().map(|v| read(&v.attrs, &VARIANT, "rename", &mut None, errors)).collect()
            }
            _ => Vec::new(),
        };
        Args { krate: krate.unwrap_or_else(default_crate), rename_all, rename, bounds: Bounds::default() }
    }
}

impl Bounds {
    fn read(attrs: &[Attribute], krate: &mut Option<Path>, errors: &mut Errors) -> Self {
        let mut bounds = Bounds::default();
        for attr in attrs.iter().filter(|a| a.path().is_ident("label")) {
            let Some(args) = errors.take(arguments(attr, &STRUCT, "max = 16")) else { continue };
            *krate = args.krate().cloned().or(krate.take());
            let get = |key| {
                args.get(key).and_then(|arg| match arg.value {
                    Value::Count(number) => Some((number, arg.key.span())),
                    _ => None,
                })
            };
            bounds = Bounds { min: get("min").or(bounds.min), max: get("max").or(bounds.max) };
        }
        bounds
    }
}

/// Reads the option `key` of all `#[label(..)]` on one thing.
fn read(
    attrs: &[Attribute],
    table: &'static Table,
    key: &str,
    krate: &mut Option<Path>,
    errors: &mut Errors,
) -> Option<LitStr> {
    let mut found = None;
    for attr in attrs.iter().filter(|a| a.path().is_ident("label")) {
        let args = arguments(attr, table, &format!("{key} = \"..\""));
        let Some(args) = errors.take(args) else { continue };
        *krate = args.krate().cloned().or(krate.take());
        let Some(arg) = args.get(key) else { continue };
        let text = literal(&arg.value).ok_or_else(|| {
            let message = format!("`{key}` is a string that stands here; write `{key} = \"..\"`");
            Error::new(arg.key.span(), message)
        });
        let text = errors.take(text);
        if text.is_some() && found.is_some() {
            let message = format!("`{key}` is given twice; remove one of them");
            errors.push(Error::new(arg.key.span(), message));
        }
        found = found.or(text);
    }
    found
}

fn arguments(attr: &Attribute, table: &'static Table, example: &str) -> Result<syntax::Args> {
    let list = attr.meta.require_list().map_err(|e| {
        let message = format!("`label` takes options; write `#[label({example})]`");
        Error::new(e.span(), message)
    })?;
    syntax::Args::read(list.tokens.clone(), table)
}

fn literal(value: &Value) -> Option<LitStr> {
    match value {
        Value::Text(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Some(text.clone()),
        _ => None,
    }
}
