//! How a macro is run: the recipe works on the item, and what the user wrote survives every mistake.

use proc_macro2::TokenStream;
use syn::DeriveInput;
use syn::Result;

use crate::diag::{self, Errors};
use crate::syntax::Item;

/// Runs the recipe of an attribute. When it refuses, the item goes out as it stands plus the errors, so that code which
/// uses the item sees no errors of its own.
pub(crate) fn run(item: TokenStream, recipe: impl FnOnce(&mut Item) -> Result<TokenStream>) -> TokenStream {
    let mut item = match Item::read(item) {
        Ok(item) => item,
        Err((tokens, error)) => return diag::keep(tokens, &error),
    };
    match recipe(&mut item) {
        Ok(tokens) => tokens,
        Err(error) => diag::keep(item, &error),
    }
}

/// Runs the recipe of a derive. It expands with mistakes too, so that code which uses the type sees no errors of its own.
pub(crate) fn derive(
    input: TokenStream,
    recipe: impl FnOnce(&DeriveInput, &mut Errors) -> TokenStream,
) -> TokenStream {
    let input = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let tokens = recipe(&input, &mut errors);
    diag::keep_all(tokens, errors)
}
