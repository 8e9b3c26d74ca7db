//! What an expression in an attribute must not do: leave it.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Error, Expr, Result};

/// Refuses `.await`, `?` and `return`: the expression is evaluated at entry, before there is a call to leave or suspend.
pub(crate) fn refuse(expr: &Expr, what: &str) -> Result<()> {
    match find(expr.to_token_stream()) {
        Some((span, escape)) => Err(Error::new(
            span,
            format!(
                "`{escape}` in {what}; {what} is evaluated at entry, so take the value out of an argument"
            ),
        )),
        None => Ok(()),
    }
}

fn find(tokens: TokenStream) -> Option<(Span, &'static str)> {
    let mut after_dot = false;
    for tree in tokens {
        match &tree {
            TokenTree::Ident(word) if after_dot && word == "await" => return Some((word.span(), ".await")),
            TokenTree::Ident(word) if word == "return" => return Some((word.span(), "return")),
            TokenTree::Punct(mark) if mark.as_char() == '?' => return Some((mark.span(), "?")),
            TokenTree::Group(group) => {
                if let found @ Some(_) = find(group.stream()) {
                    return found;
                }
            }
            _ => {}
        }
        after_dot = matches!(&tree, TokenTree::Punct(mark) if mark.as_char() == '.');
    }
    None
}
