//! `#[derive(ErrorType)]`: an error that knows the name of its kind.

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
