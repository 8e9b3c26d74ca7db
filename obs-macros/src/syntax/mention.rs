//! Words among tokens, however deep.

use proc_macro2::{Ident, TokenStream, TokenTree};

/// Tells whether a word is there that is meant.
pub(crate) fn mentions(tokens: TokenStream, is_meant: &impl Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => is_meant(&word),
        TokenTree::Group(group) => mentions(group.stream(), is_meant),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Tells whether `Self` is there.
pub(crate) fn mentions_self(tokens: TokenStream) -> bool {
    mentions(tokens, &|word| word == "Self")
}
