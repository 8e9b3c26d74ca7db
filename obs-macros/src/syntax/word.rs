//! Options whose values are words: one of a few, or a list of any.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, ExprPath, Lit, LitStr, Result, Token};

use super::args::each;
use super::suggest::nearest;
use crate::diag::Errors;

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

/// Reads a list of words, bare or quoted; refuses an empty one and a word that is there twice.
pub(super) fn read_all(key: &Ident, input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    if input.is_empty() {
        let message = format!("`{key}` is empty; write at least one, as in `{key}(\"eu\")`, or remove it");
        return Err(Error::new(key.span(), message));
    }
    let mut words: Vec<LitStr> = Vec::new();
    let mut errors = Errors::default();
    each(input, &mut errors, |input| {
        let word = read_any(key, input)?;
        if words.contains(&word) {
            let message = format!("`{}` is in `{key}` twice; remove one of them", word.value());
            return Err(Error::new(word.span(), message));
        }
        words.push(word);
        Ok(())
    });
    errors.finish(words)
}

fn read_any(key: &Ident, input: ParseStream<'_>) -> Result<LitStr> {
    let refuse =
        |at| Error::new(at, format!("`{key}` lists words; write a string, as in `{key}(\"eu-west\")`"));
    let word = if input.peek(LitStr) {
        input.parse()?
    } else {
        let word = input.call(Ident::parse_any).map_err(|error| refuse(error.span()))?;
        LitStr::new(&word.unraw().to_string(), word.span())
    };
    if input.is_empty() || input.peek(Token![,]) { Ok(word) } else { Err(refuse(word.span())) }
}
