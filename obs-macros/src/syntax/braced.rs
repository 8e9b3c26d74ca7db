//! An item that ends with braces: what stands in front of them, and what is between them.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// An item, cut at its braces.
pub(crate) struct Braced {
    /// Everything up to the braces.
    pub(crate) head: TokenStream,
    /// The braces.
    pub(crate) braces: Group,
}

impl Braced {
    /// Cuts an item whose last token is in braces.
    pub(crate) fn open(item: TokenStream) -> Self {
        let mut head: Vec<TokenTree> = item.into_iter().collect();
        let braces = head.pop().and_then(braces).unwrap_or_else(|| {
            // A block has braces, or it would not have been taken for one.
            Group::new(Delimiter::Brace, TokenStream::new())
        });
        Braced { head: head.into_iter().collect(), braces }
    }

    /// Puts it together again, with something else between the braces.
    pub(crate) fn with(&self, inside: TokenStream) -> TokenStream {
        let mut braces = Group::new(self.braces.delimiter(), inside);
        braces.set_span(self.braces.span());
        let head = &self.head;
        quote!(#head #braces)
    }
}

impl ToTokens for Braced {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.with(self.braces.stream()));
    }
}

/// Returns the group in braces, also one inside invisible delimiters.
fn braces(tree: TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = tree else {
        return None;
    };
    match group.delimiter() {
        Delimiter::None => group.stream().into_iter().next().and_then(braces),
        _ => Some(group),
    }
}
