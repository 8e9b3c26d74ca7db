//! The names, and every refusal.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Generics, LitStr, Path};

use super::args::Args;
use crate::diag::Errors;

/// The error.
pub(super) struct Model {
    pub(super) krate: Path,
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    pub(super) names: Names,
}

/// What its kinds are called.
pub(super) enum Names {
    /// One name for every value.
    One(String),
    /// A name a variant.
    Variants(Vec<(Ident, String)>),
}

impl Names {
    /// Every name once, as the values of a label; `_OTHER` is the label's own.
    pub(super) fn distinct(&self) -> Vec<&str> {
        let mut all: Vec<&str> = match self {
            Names::One(name) => vec![name],
            Names::Variants(variants) => Vec::from_iter(variants.iter().map(|(_, name)| name.as_str())),
        };
        let mut met = HashSet::from(["_OTHER"]);
        all.retain(|name| met.insert(name));
        all
    }
}

impl Model {
    pub(super) fn new(input: &DeriveInput, args: Args, errors: &mut Errors) -> Self {
        let names = match &input.data {
            Data::Enum(data) => {
                if let Some(rename) = &args.rename {
                    let message = "the variants of an enum have the names; write `rename` on them";
                    errors.push(Error::new(rename.span(), message));
                }
                let named = data.variants.iter().zip(&args.variants);
                Names::Variants(
                    named.map(|(v, rename)| (v.ident.clone(), name(&v.ident, rename, errors))).collect(),
                )
            }
            Data::Struct(_) => Names::One(name(&input.ident, &args.rename, errors)),
            Data::Union(_) => {
                let message = "a union does not know what it holds; derive it on an enum or a struct";
                errors.push(Error::new(input.ident.span(), message));
                Names::One(input.ident.to_string())
            }
        };
        Model { krate: args.krate, ident: input.ident.clone(), generics: input.generics.clone(), names }
    }
}

/// A name as it is written, or as the attribute says.
fn name(ident: &Ident, rename: &Option<LitStr>, errors: &mut Errors) -> String {
    let Some(rename) = rename else {
        return ident.unraw().to_string();
    };
    if rename.value().is_empty() {
        let message = "an empty name is none; write a word, or leave `rename` away";
        errors.push(Error::new(rename.span(), message));
    }
    rename.value()
}
