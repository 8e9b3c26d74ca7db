//! `#[health_checks]`: an `impl` block whose methods tell whether something works.

mod args;
mod expand;
mod model;

use proc_macro2::TokenStream;

use crate::syntax::Args;
use crate::{diag, pipeline};

/// The recipe: arguments → model → expansion.
pub(crate) fn run(attr: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::run(item, |item| {
        let args = Args::read(attr, &args::TABLE);
        let krate = args.as_ref().ok().and_then(Args::krate).cloned();
        let model = model::Model::new(krate, item);
        let (_, model) = diag::both(args, model)?;
        Ok(expand::expand(item, &model))
    })
}
