//! What may be written in `#[error_type(..)]`.

use syn::{Attribute, Data, DeriveInput, Error, Expr, ExprLit, Lit, LitStr, Path, Result};

use crate::diag::Errors;
use crate::syntax::{self, Opt, Shape, Table, Value, default_crate};

const RENAME: Opt = Opt { key: "rename", shape: Shape::Text, doc: "the name" };

const OPTIONS: Table = Table { options: &[RENAME], labels: false };

/// What the attributes say.
pub(super) struct Args {
    pub(super) krate: Path,
    /// The name of the type itself.
    pub(super) rename: Option<LitStr>,
    /// One a variant.
    pub(super) variants: Vec<Option<LitStr>>,
}

impl Args {
    pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut krate = None;
        let rename = rename(&input.attrs, &mut krate, errors);
        let variants = match &input.data {
            Data::Enum(data) => {
                data.variants.iter().map(|v| self::rename(&v.attrs, &mut None, errors)).collect()
            }
            _ => Vec::new(),
        };
        Args { krate: krate.unwrap_or_else(default_crate), rename, variants }
    }
}

/// Reads the name that all `#[error_type(..)]` on one thing give.
fn rename(attrs: &[Attribute], krate: &mut Option<Path>, errors: &mut Errors) -> Option<LitStr> {
    let mut found: Option<LitStr> = None;
    for attr in attrs.iter().filter(|a| a.path().is_ident("error_type")) {
        let Some(args) = errors.take(arguments(attr)) else { continue };
        *krate = args.krate().cloned().or(krate.take());
        let Some(arg) = args.get("rename") else { continue };
        match &arg.value {
            Value::Text(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) if found.is_none() => {
                found = Some(text.clone());
            }
            Value::Text(Expr::Lit(_)) => {
                errors.push(Error::new(arg.key.span(), "`rename` is given twice; remove one of them"));
            }
            _ => {
                let message = "`rename` is a string that stands here; write `rename = \"..\"`";
                errors.push(Error::new(arg.key.span(), message));
            }
        }
    }
    found
}

fn arguments(attr: &Attribute) -> Result<syntax::Args> {
    let list = attr.meta.require_list().map_err(|e| {
        Error::new(e.span(), "`error_type` takes options; write `#[error_type(rename = \"..\")]`")
    })?;
    syntax::Args::read(list.tokens.clone(), &OPTIONS)
}
