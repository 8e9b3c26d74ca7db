//! An attribute on an `impl` block or a module: it goes on every function inside.

mod args;
mod expand;
mod model;
mod owner;

use proc_macro2::TokenStream;
use syn::Result;

use crate::diag;
use crate::fuse::{Kind, Stack};
use crate::syntax::{Item, ItemKind, kind_of};

/// Tells whether the item holds functions that an attribute can go on.
pub(crate) fn is_block(item: &Item) -> bool {
    matches!(kind_of(item.rest.clone()), ItemKind::Impl | ItemKind::Module | ItemKind::File(_))
}

/// The recipe: arguments → model → expansion.
pub(crate) fn run(kind: Kind, attr: TokenStream, item: &mut Item) -> Result<TokenStream> {
    let stack = Stack::take(kind, attr, item)?;
    stack.whole()?;
    let ((), block) = diag::both(args::check(&stack), model::block(kind, &stack, item))?;
    Ok(expand::expand(&block))
}
