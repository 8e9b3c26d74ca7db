//! An annotated item: its attributes read, the rest as tokens.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error};

/// An annotated item.
pub(crate) struct Item {
    /// Doc comments and the attributes that are still to be expanded.
    pub(crate) attrs: Vec<Attribute>,
    /// Everything after them.
    pub(crate) rest: TokenStream,
}

impl Item {
    /// Reads the attributes; gives the tokens back if it cannot.
    pub(crate) fn read(tokens: TokenStream) -> Result<Self, (TokenStream, Error)> {
        let read = |input: ParseStream<'_>| {
            Ok(Item { attrs: input.call(Attribute::parse_outer)?, rest: input.parse()? })
        };
        read.parse2(tokens.clone()).map_err(|error| (tokens, error))
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Item { attrs, rest } = self;
        tokens.extend(quote!(#(#attrs)* #rest));
    }
}
