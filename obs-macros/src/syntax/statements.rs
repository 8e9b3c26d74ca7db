//! The statements of a body, as far as their first tokens tell.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Tells whether the first statement is an item.
pub(crate) fn begins_with_item(body: TokenStream) -> bool {
    let mut tokens = body.into_iter().peekable();
    while matches!(tokens.peek(), Some(TokenTree::Punct(mark)) if mark.as_char() == '#') {
        drop((tokens.next(), tokens.next())); // an attribute, or a doc comment
    }
    let (first, second) = (tokens.next(), tokens.next());
    match first {
        Some(TokenTree::Ident(word)) => is_item(&word.to_string(), second.as_ref()),
        // A fragment of a `macro_rules!`.
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::None => {
            begins_with_item(group.stream())
        }
        _ => false,
    }
}

fn is_item(word: &str, next: Option<&TokenTree>) -> bool {
    let is_followed_by_word = matches!(next, Some(TokenTree::Ident(word)) if word != "move");
    match word {
        "use" | "pub" | "fn" | "struct" | "enum" | "trait" | "impl" | "mod" | "type" | "extern" => true,
        // Blocks and closures begin so too.
        "static" | "const" | "unsafe" | "async" => is_followed_by_word,
        "macro_rules" => matches!(next, Some(TokenTree::Punct(mark)) if mark.as_char() == '!'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::begins_with_item;
    use quote::quote;

    #[test]
    fn an_item_is_known_by_its_first_words() {
        for body in [
            quote!(const N: u8 = 3;, N),
            quote!(
                const fn n() {}
            ),
            quote!(
                #[allow(unused)]
                /** Adds. */
                unsafe fn add() {}
            ),
            quote!(use a::b;, b()),
            quote!(
                macro_rules! a {
                    () => {};
                },
                a!()
            ),
            quote!(async fn a() {}, a()),
            quote!(unsafe extern "C" {}, 1),
            quote!(static A: u8 = 1;, A),
        ] {
            assert!(begins_with_item(body.clone()), "{body}");
        }
        for body in [
            quote!(),
            quote!(const { 3 }),
            quote!(unsafe { 3 }),
            quote!(async move { 3 }),
            quote!(async || 3),
            quote!(#[allow(unused)] let a = 1;),
            quote!(used(a)),
            quote!(macro_rules(a)),
            quote!({
                fn a() {}
            }),
        ] {
            assert!(!begins_with_item(body.clone()), "{body}");
        }
    }
}
