//! `#[derive(Label)]`: an enum whose variants are the values of a label, or a struct around a bounded number.

mod args;
mod expand;
mod model;

use proc_macro2::TokenStream;

use crate::pipeline;

/// Expands the derive: arguments → model → expansion.
pub(crate) fn run(input: TokenStream) -> TokenStream {
    pipeline::derive(input, |input, errors| {
        let args = args::Args::read(input, errors);
        expand::expand(&model::Model::new(input, args, errors))
    })
}
