//! What may be written in `#[envelope(..)]`.

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, Path, Result};

use crate::diag::Errors;
use crate::syntax::{self, Opt, Shape, Table, default_crate};

const MESSAGE: Table = Table { options: &[], labels: false };

const FIELD: Table = Table {
    options: &[
        Opt { key: "context", shape: Shape::Flag, doc: "the field is an `obs::Propagated`" },
        Opt { key: "headers", shape: Shape::Flag, doc: "the field is an `obs::Carrier`" },
        Opt { key: "inner", shape: Shape::Flag, doc: "the field is an envelope itself" },
        Opt { key: "attempt", shape: Shape::Flag, doc: "how often the message was delivered" },
        Opt { key: "message_id", shape: Shape::Flag, doc: "the id that the bus gave the message" },
        Opt { key: "body", shape: Shape::Flag, doc: "the message's bytes" },
    ],
    labels: false,
};

const ROLES: [(&str, Role); 6] = [
    ("context", Role::Context),
    ("headers", Role::Headers),
    ("inner", Role::Inner),
    ("attempt", Role::Attempt),
    ("message_id", Role::MessageId),
    ("body", Role::Body),
];

/// What the attributes say.
pub(super) struct Args<'a> {
    pub(super) krate: Path,
    /// One a variant; the fields of a struct are one.
    pub(super) marks: Vec<Marks<'a>>,
}

/// What is said about the fields that stand together.
#[derive(Default)]
pub(super) struct Marks<'a> {
    pub(super) fields: Vec<Mark<'a>>,
    /// Whether there was one that nobody could read.
    pub(super) any_wrong: bool,
}

/// A marked field.
pub(super) struct Mark<'a> {
    pub(super) field: &'a Field,
    /// Where it stands among the others.
    pub(super) index: usize,
    pub(super) role: Role,
    pub(super) span: Span,
}

/// What the field is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Context,
    Headers,
    Inner,
    Attempt,
    MessageId,
    Body,
}

impl Role {
    /// Tells whether the context is in such a field; in no two of them at once.
    pub(super) fn carries(self) -> bool {
        matches!(self, Role::Context | Role::Headers | Role::Inner)
    }

    pub(super) fn key(self) -> &'static str {
        ROLES.iter().find(|(_, role)| *role == self).map_or("", |(key, _)| key)
    }
}

impl<'a> Args<'a> {
    pub(super) fn read(input: &'a DeriveInput, errors: &mut Errors) -> Self {
        let mut args = Args { krate: default_crate(), marks: Vec::new() };
        for attr in own(&input.attrs) {
            if let Some(read) = errors.take(read(attr, &MESSAGE, "crate = path")) {
                args.krate = read.krate_or_default();
            }
        }
        match &input.data {
            Data::Struct(data) => args.marks.push(Marks::read(&data.fields, errors)),
            Data::Enum(data) => {
                for variant in &data.variants {
                    let mut marks = Marks::read(&variant.fields, errors);
                    for attr in own(&variant.attrs) {
                        marks.any_wrong = true;
                        errors.push(on_a_variant(attr, &variant.fields));
                    }
                    args.marks.push(marks);
                }
            }
            Data::Union(_) => {}
        }
        args
    }
}

impl<'a> Marks<'a> {
    fn read(fields: &'a Fields, errors: &mut Errors) -> Self {
        let mut marks = Marks::default();
        for (index, field) in fields.iter().enumerate() {
            for attr in own(&field.attrs) {
                let Some(read) = errors.take(read(attr, &FIELD, "context")) else {
                    marks.any_wrong = true;
                    continue;
                };
                marks.fields.extend(ROLES.into_iter().filter_map(|(key, role)| {
                    let span = read.flag(key)?;
                    Some(Mark { field, index, role, span })
                }));
            }
        }
        marks
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

fn on_a_variant(attr: &Attribute, fields: &Fields) -> Error {
    let example = match fields {
        Fields::Unnamed(_) => "(#[envelope(inner)] Message)",
        Fields::Named(_) | Fields::Unit => "{ #[envelope(context)] context: obs::Propagated, .. }",
    };
    let message = format!("`envelope` goes on a field of the variant; write `{example}`");
    Error::new_spanned(attr.path(), message)
}
