//! `#[derive(ErrorType)]`: an error that knows the name of its kind.

mod args;
mod expand;
mod model;

use proc_macro2::TokenStream;

use crate::diag::{self, Errors};

/// Expands the derive; with mistakes too, so that code that uses the error sees no errors of its own.
pub(crate) fn run(input: TokenStream) -> TokenStream {
    let input = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let args = args::Args::read(&input, &mut errors);
    let model = model::Model::new(&input, args, &mut errors);
    diag::keep_all(expand::expand(&model), errors)
}
