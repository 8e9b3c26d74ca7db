//! `#[observed]`: `traced`, `counted` and `timed` with the calls in flight, on the shared families.

mod args;
mod expand;
mod model;

use proc_macro2::TokenStream;

pub(crate) use args::TABLE;
pub(crate) use expand::add;
pub(crate) use model::Model;

/// Expands the attribute, with its siblings.
pub(crate) fn run(attr: TokenStream, item: TokenStream) -> TokenStream {
    crate::fuse::run(crate::fuse::Kind::Observed, attr, item)
}
