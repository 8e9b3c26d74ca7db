//! What may be written in `#[envelope(..)]`.

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, Error, Field, Path, Result};

use crate::diag::Errors;
use crate::syntax::{self, Opt, Shape, Table, default_crate};

const MESSAGE: Table = Table { options: &[], labels: false };

const FIELD: Table = Table {
    options: &[
        Opt { key: "context", shape: Shape::Flag, doc: "the field is an `obs::Propagated`" },
        Opt { key: "headers", shape: Shape::Flag, doc: "the field is an `obs::Carrier`" },
    ],
    labels: false,
};

/// What the attributes say.
pub(super) struct Args<'a> {
    pub(super) krate: Path,
    pub(super) marks: Vec<Mark<'a>>,
    /// Whether a field had a mark, even if nobody could read it.
    pub(super) any: bool,
}

/// A marked field.
pub(super) struct Mark<'a> {
    pub(super) field: &'a Field,
    pub(super) role: Role,
    pub(super) span: Span,
}

/// What the field is.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Context,
    Headers,
}

impl<'a> Args<'a> {
    pub(super) fn read(input: &'a DeriveInput, errors: &mut Errors) -> Self {
        let mut args = Args { krate: default_crate(), marks: Vec::new(), any: false };
        for attr in own(&input.attrs) {
            let read = read(attr, &MESSAGE, "crate = path");
            if let Some(read) = errors.take(read) {
                args.krate = read.krate_or_default();
            }
        }
        let Data::Struct(data) = &input.data else {
            return args;
        };
        for field in &data.fields {
            for attr in own(&field.attrs) {
                args.any = true;
                let read = read(attr, &FIELD, "context");
                let Some(read) = errors.take(read) else { continue };
                let roles = [("context", Role::Context), ("headers", Role::Headers)];
                args.marks.extend(roles.into_iter().filter_map(|(key, role)| {
                    let span = read.flag(key)?;
                    Some(Mark { field, role, span })
                }));
            }
        }
        args
    }
}

fn own(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|a| a.path().is_ident("envelope"))
}

fn read(attr: &Attribute, table: &'static Table, example: &str) -> Result<syntax::Args> {
    let list = attr.meta.require_list().map_err(|e| {
        let message = format!("`envelope` takes options; write `#[envelope({example})]`");
        Error::new(e.span(), message)
    })?;
    syntax::Args::read(list.tokens.clone(), table)
}
