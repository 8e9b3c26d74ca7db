//! `dynamic(..)`: labels whose values are not known when the program is compiled, and how many there may be.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Ident, Lit, Result, Token, parenthesized, token};

/// How many values a dynamic label has unless it says otherwise.
pub(super) const MAX_VALUES: usize = 100;

/// What the values of a dynamic label may cost: each is a cell per thread.
const MOST_VALUES: usize = 10_000;

/// Reads `dynamic` and `dynamic(max = N)`, as the type of a declared label; `None` if the type is another.
pub(super) fn declared(input: ParseStream<'_>) -> Result<Option<usize>> {
    if !is_declared(input) {
        return Ok(None);
    }
    input.parse::<Ident>()?;
    if !input.peek(token::Paren) {
        return Ok(Some(MAX_VALUES));
    }
    let content;
    let paren = parenthesized!(content in input);
    let wrong = |span: Span| {
        let message = format!(
            "a declaration says how many values there may be, and who counts gives them; write `dynamic(max = \
             {MAX_VALUES})`"
        );
        Error::new(span, message)
    };
    match content.parse::<Expr>() {
        Ok(Expr::Assign(max)) if is_word(&max.left, "max") && content.is_empty() => {
            most(&max.right).map(Some)
        }
        _ => {
            content.parse::<proc_macro2::TokenStream>()?; // the rest of what is refused
            Err(wrong(paren.span.join()))
        }
    }
}

/// Tells a word with or without parentheses from the path of a type.
fn is_declared(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let is_word = ahead.parse::<Ident>().is_ok_and(|word| word == "dynamic");
    is_word && !ahead.peek(Token![::]) && !ahead.peek(Token![<])
}

/// Reads `dynamic(expr)` and `dynamic(expr, max = N)`, as the value of a label.
pub(super) fn value(value: &Expr) -> Result<Option<(Expr, usize)>> {
    let Expr::Call(call) = value else { return Ok(None) };
    if !is_word(&call.func, "dynamic") {
        return Ok(None);
    }
    let mut arguments = call.args.iter();
    match (arguments.next(), arguments.next(), arguments.next()) {
        (Some(expr), None, None) => Ok(Some((expr.clone(), MAX_VALUES))),
        (Some(expr), Some(Expr::Assign(max)), None) if is_word(&max.left, "max") => {
            Ok(Some((expr.clone(), most(&max.right)?)))
        }
        _ => {
            let message =
                format!("`dynamic` takes a value and a bound; write `dynamic(value, max = {MAX_VALUES})`");
            Err(Error::new(call.span(), message))
        }
    }
}

fn is_word(expr: &Expr, word: &str) -> bool {
    matches!(expr, Expr::Path(path) if path.path.is_ident(word))
}

fn most(expr: &Expr) -> Result<usize> {
    let number = match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        _ => None,
    };
    number.filter(|n| (1..=MOST_VALUES).contains(n)).ok_or_else(|| {
        let message =
            format!("`max` is a whole number from 1 to {MOST_VALUES}; write as in `max = {MAX_VALUES}`");
        Error::new(expr.span(), message)
    })
}
