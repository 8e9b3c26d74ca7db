//! What will be generated, and every refusal.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Fields, GenericParam, Generics, Index, Member, Path, Type, Variant};

use super::args::{Args, Mark, Marks, Role};
use crate::diag::Errors;
use crate::syntax::mentions;

/// The message.
pub(super) struct Model {
    pub(super) krate: Path,
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    pub(super) shape: Shape,
    /// The fields whose types are not known here: the implementation needs to know what they can do.
    pub(super) open: Vec<(Type, Role)>,
}

/// Where the parts are.
pub(super) enum Shape {
    Struct(Box<Parts>),
    Enum(Vec<(Ident, Parts)>),
    /// There was a mistake that leaves nothing.
    Refused,
}

/// The fields that mean something to an envelope.
#[derive(Default)]
pub(super) struct Parts {
    /// The one that the context is in; `None` where there was a mistake.
    pub(super) carrying: Option<Part>,
    /// Those that tell of the delivery.
    pub(super) telling: Vec<Part>,
}

/// A field.
pub(super) struct Part {
    pub(super) member: Member,
    pub(super) ty: Type,
    pub(super) role: Role,
}

impl Model {
    pub(super) fn new(input: &DeriveInput, args: Args<'_>, errors: &mut Errors) -> Self {
        let ident = &input.ident;
        let shape = match &input.data {
            Data::Struct(data) => {
                let marks = args.marks.into_iter().next().unwrap_or_default();
                Shape::Struct(Box::new(parts(ident, &data.fields, marks, errors)))
            }
            Data::Enum(data) => {
                let variants = data.variants.iter().zip(args.marks);
                Shape::Enum(
                    variants.map(|(v, marks)| (v.ident.clone(), of_variant(v, marks, errors))).collect(),
                )
            }
            Data::Union(_) => {
                let message = "a union does not know what it holds; derive it on a struct or an enum";
                errors.push(Error::new(ident.span(), message));
                Shape::Refused
            }
        };
        let open = open(&shape, &input.generics);
        Model { krate: args.krate, ident: ident.clone(), generics: input.generics.clone(), shape, open }
    }
}

/// The fields of a variant. One that is nothing but another message needs no mark.
fn of_variant(variant: &Variant, marks: Marks<'_>, errors: &mut Errors) -> Parts {
    if let (Fields::Unnamed(fields), true) = (&variant.fields, marks.fields.is_empty() && !marks.any_wrong) {
        let mut fields = fields.unnamed.iter();
        if let (Some(only), None) = (fields.next(), fields.next()) {
            let part = Part { member: Member::from(0), ty: only.ty.clone(), role: Role::Inner };
            return Parts { carrying: Some(part), telling: Vec::new() };
        }
    }
    parts(&variant.ident, &variant.fields, marks, errors)
}

fn parts(ident: &Ident, fields: &Fields, marks: Marks<'_>, errors: &mut Errors) -> Parts {
    let Marks { fields: marks, any_wrong } = marks;
    let (carrying, all): (Vec<_>, Vec<_>) = marks.into_iter().partition(|mark| mark.role.carries());
    let mut telling: Vec<Mark<'_>> = Vec::new();
    for mark in all {
        if telling.iter().any(|former| former.role == mark.role) {
            let message = format!("another field is the `{}`; remove one of the marks", mark.role.key());
            errors.push(Error::new(mark.span, message));
        } else {
            telling.push(mark);
        }
    }
    match carrying.as_slice() {
        [] if any_wrong => {}
        [] => errors.push(carries_nothing(ident, fields)),
        [_] => {}
        [first, others @ ..] => {
            let (first, is_twice) = (member(first), others.iter().all(|other| other.index == first.index));
            for other in others {
                errors.push(carries_too(&first, other, is_twice));
            }
        }
    }
    Parts {
        carrying: carrying.into_iter().next().map(Part::of),
        telling: telling.into_iter().map(Part::of).collect(),
    }
}

fn carries_nothing(ident: &Ident, fields: &Fields) -> Error {
    let name = ident.unraw();
    let message = match fields {
        Fields::Unit => format!(
            "`{name}` has no field that could carry the context; write `{name} {{ #[envelope(context)] context: \
             obs::Propagated }}`"
        ),
        Fields::Named(_) => format!(
            "no field of `{name}` carries the context; mark one: `#[envelope(context)] context: obs::Propagated`, \
             `#[envelope(headers)]` on a field that implements `obs::Carrier`, or `#[envelope(inner)]` on one that is an \
             envelope itself"
        ),
        Fields::Unnamed(_) => format!(
            "no field of `{name}` carries the context; mark one: `#[envelope(context)] obs::Propagated`, \
             `#[envelope(headers)]` on a field that implements `obs::Carrier`, or `#[envelope(inner)]` on one that is an \
             envelope itself"
        ),
    };
    Error::new(ident.span(), message)
}

fn carries_too(first: &Member, second: &Mark<'_>, is_same: bool) -> Error {
    let first = match first {
        Member::Named(ident) => ident.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    };
    let message = if is_same {
        format!("`{first}` carries the context in one way; remove one of the marks")
    } else {
        format!("one field carries the context, and `{first}` does; remove one of the marks")
    };
    Error::new(second.span, message)
}

fn member(mark: &Mark<'_>) -> Member {
    match &mark.field.ident {
        Some(ident) => Member::Named(ident.clone()),
        None => Member::Unnamed(Index::from(mark.index)),
    }
}

impl Part {
    fn of(mark: Mark<'_>) -> Self {
        Part { member: member(&mark), ty: mark.field.ty.clone(), role: mark.role }
    }
}

impl Shape {
    pub(super) fn all(&self) -> Vec<&Parts> {
        match self {
            Shape::Struct(parts) => vec![parts],
            Shape::Enum(variants) => variants.iter().map(|(_, parts)| parts).collect(),
            Shape::Refused => Vec::new(),
        }
    }
}

/// Returns the types that name a type parameter, once each: of all others `rustc` knows what they can do.
fn open(shape: &Shape, generics: &Generics) -> Vec<(Type, Role)> {
    let is_param = |word: &Ident| {
        generics.params.iter().any(|param| matches!(param, GenericParam::Type(param) if param.ident == *word))
    };
    let mut open: Vec<(Type, Role)> = Vec::new();
    for part in shape.all().into_iter().flat_map(|parts| parts.carrying.iter().chain(&parts.telling)) {
        let known = open.iter().any(|(ty, role)| *ty == part.ty && *role == part.role);
        if !known && mentions(part.ty.to_token_stream(), &is_param) {
            open.push((part.ty.clone(), part.role));
        }
    }
    open
}
