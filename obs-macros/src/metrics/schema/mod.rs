//! The schema file: what a crate may emit, behind the feature `schema`.

#[cfg(feature = "schema")]
mod check;
#[cfg(feature = "schema")]
mod file;

use proc_macro2::TokenStream;

use super::model::Metric;
use crate::diag::Errors;

/// Refuses what the schema file does not name; returns what makes a change of the file a change of the program.
#[cfg(feature = "schema")]
pub(super) fn check(metrics: &[Metric], errors: &mut Errors) -> TokenStream {
    let Some(metric) = metrics.first() else { return TokenStream::new() };
    let Some(file) = std::env::var_os("CARGO_MANIFEST_DIR").and_then(|crate_| file::find(crate_.as_ref()))
    else {
        return TokenStream::new();
    };
    let schema = std::fs::read_to_string(&file)
        .map_err(|error| format!("cannot read `obs.toml`: {error}"))
        .and_then(|text| file::read(&text));
    match schema {
        Ok(schema) => metrics.iter().for_each(|metric| check::check(metric, &schema, errors)),
        // No place in the program is nearer to the file.
        Err(message) => errors.push(syn::Error::new(metric.name.span(), message)),
    }
    let path = file.to_string_lossy();
    quote::quote!(
        const _: &[::core::primitive::u8] = ::core::include_bytes!(#path);
    )
}

/// Nobody asked.
#[cfg(not(feature = "schema"))]
pub(super) fn check(_: &[Metric], _: &mut Errors) -> TokenStream {
    TokenStream::new()
}
