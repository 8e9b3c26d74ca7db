//! `metrics! { .. }`: declares metrics.

mod args;
mod buckets;
mod dynamic;
mod expand;
mod info;
mod inline;
mod labels;
mod meter;
mod model;
mod name;
mod registry;
mod schema;

use proc_macro2::TokenStream;

use crate::diag::{self, Errors};

pub(crate) use meter::Meter;
pub(crate) use model::Kind;
pub(crate) use registry::run as registry;

/// Expands the declarations; those with mistakes too, so that code that uses them sees no errors of its own.
pub(crate) fn run(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = args::Args::read(input, &mut errors);
    let model = model::Model::new(args, &mut errors);
    diag::keep_all(expand::expand(&model), errors)
}
