//! Errors: collected, never one at a time, and turned into tokens in one place.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, Result};

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    /// Adds a mistake.
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Returns the value, or adds the mistake.
    pub(crate) fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Returns the value if there was no mistake.
    pub(crate) fn finish<T>(self, value: T) -> Result<T> {
        match self.0 {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }
}

/// Returns both values, or the mistakes of both.
pub(crate) fn both<A, B>(a: Result<A>, b: Result<B>) -> Result<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(mut a), Err(b)) => {
            a.combine(b);
            Err(a)
        }
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

/// Emits an item unchanged, followed by its errors.
pub(crate) fn keep(item: impl ToTokens, error: &Error) -> TokenStream {
    let errors = error.to_compile_error();
    quote!(#item #errors)
}

/// Emits what could be made in spite of the mistakes, followed by them.
pub(crate) fn keep_all(made: impl ToTokens, errors: Errors) -> TokenStream {
    match errors.finish(()) {
        Ok(()) => made.into_token_stream(),
        Err(error) => keep(made, &error),
    }
}
