//! What a function takes from the `impl` block around it: a function inside sees nothing of that, a method beside it does.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::Signature;

use crate::syntax::{Function, mentions};

/// Tells whether the function cannot do without its `impl` block, of whose type and const parameters `generics` are those
/// that are known: under an attribute on the function itself, none.
pub(super) fn is_needed(function: &Function, generics: &[String]) -> bool {
    let Function { sig, body, .. } = function;
    let of_block = |word: &_| word == "Self" || generics.iter().any(|name| word == name);
    sig.receiver().is_some()
        || mentions(sig.to_token_stream(), &of_block)
        || mentions(body.stream(), &of_block)
        || has_lifetime_of_block(sig)
}

/// A lifetime that the signature uses and does not declare is the block's.
fn has_lifetime_of_block(sig: &Signature) -> bool {
    let declared = sig.generics.lifetimes().map(|param| param.lifetime.ident.to_string());
    let mut known: Vec<String> = declared.chain(["static", "_"].map(str::to_owned)).collect();
    let mut words = Vec::new();
    flatten(sig.to_token_stream(), &mut words);
    let (mut before, mut declares) = ("", false);
    for word in &words {
        match (before, word.as_str()) {
            ("for", "<") => declares = true,
            (_, ">") => declares = false,
            ("'", name) if declares => known.push(name.to_owned()),
            ("'", name) if !known.iter().any(|known| known == name) => return true,
            _ => {}
        }
        before = word;
    }
    false
}

fn flatten(tokens: TokenStream, words: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => flatten(group.stream(), words),
            other => words.push(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_lifetime_of_block;
    use syn::parse_quote;

    #[test]
    fn a_lifetime_that_is_not_declared_is_the_blocks() {
        assert!(has_lifetime_of_block(&parse_quote!(fn f(list: &'a [u8]) -> Option<&u8>)));
        assert!(has_lifetime_of_block(&parse_quote!(fn f<T: 'a>() -> Option<T>)));
        assert!(!has_lifetime_of_block(&parse_quote!(fn f<'a>(list: &'a [u8]) -> Option<&'a u8>)));
        assert!(!has_lifetime_of_block(
            &parse_quote!(fn f(g: impl for<'b> Fn(&'b u8) -> &'b u8) -> Option<&'_ u8>)
        ));
        assert!(!has_lifetime_of_block(&parse_quote!(fn f() -> Option<&'static u8>)));
    }
}
