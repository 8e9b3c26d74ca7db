//! `#[skip]`: leaves one item of an annotated block out.

use proc_macro2::{Span, TokenStream};
use syn::{Error, Path};

use crate::diag;
use crate::fuse::{fused, is_fused, is_ours};
use crate::syntax::Item;

pub(crate) const NAME: &str = "skip";

/// Takes the mark off an item; tells whether it was there. Like the attributes that fuse it stays and does nothing.
pub(crate) fn take(item: &mut Item, krate: Option<&Path>) -> bool {
    let mut found = false;
    for attribute in &mut item.attrs {
        let is_bare = matches!(attribute.meta, syn::Meta::Path(_));
        if is_bare && is_ours(attribute.path(), NAME, krate) {
            *attribute = fused(attribute);
            found = true;
        }
    }
    found
}

/// Runs where no block took it: nothing is left out, so it is refused.
pub(crate) fn run(attr: TokenStream, item: TokenStream) -> TokenStream {
    if is_fused(&attr) {
        return item;
    }
    let error = if attr.is_empty() {
        // The attribute itself is the mistake, and has no word but its name.
        let message = "`#[obs::skip]` leaves a function, an `impl` block or a module out of an annotated block, \
                       and here is none; remove it";
        Error::new(Span::call_site(), message)
    } else {
        Error::new_spanned(attr, "`#[obs::skip]` takes no options; write `#[obs::skip]`")
    };
    diag::keep(item, &error)
}
