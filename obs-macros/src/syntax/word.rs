//! Options whose value is one of a few words.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, ExprPath, Lit, Result, Token};

use super::suggest::nearest;

/// Takes a keyword that stands alone, as in `trust = continue`, which would begin another expression.
pub(super) fn keyword(input: ParseStream<'_>) -> Option<Ident> {
    let ahead = input.fork();
    let word = ahead.call(Ident::parse_any).ok()?;
    let is_alone = ahead.is_empty() || ahead.peek(Token![,]);
    if !is_alone || input.peek(syn::Ident) {
        return None;
    }
    input.advance_to(&ahead);
    Some(word)
}

/// Reads one of `words`, bare or quoted; `None` if it is no word at all.
pub(super) fn read(key: &Ident, words: &[&'static str], expr: &Expr) -> Option<Result<String>> {
    let word = match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value(),
        Expr::Path(ExprPath { qself: None, path, .. }) => path.get_ident()?.unraw().to_string(),
        _ => return None,
    };
    Some(one_of(key, words, &word, expr.span()))
}

/// Accepts a word if it is one of `words`.
pub(super) fn one_of(key: &Ident, words: &[&'static str], word: &str, span: Span) -> Result<String> {
    if words.contains(&word) {
        return Ok(word.to_owned());
    }
    let meant = nearest(word, words.iter().copied())
        .map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
    let accepted = words.join("`, `");
    Err(Error::new(span, format!("unknown `{key}` `{word}`; {meant}accepted: `{accepted}`")))
}
