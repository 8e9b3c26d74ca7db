//! Options whose value is an expression of the user's.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Ident, Lit, Result};

use super::escape;
use super::mention::mentions_self;

/// Refuses a constant of `Self` where the value goes into a static.
pub(super) fn refuse_self(key: &Ident, expr: &Expr) -> Result<()> {
    if !mentions_self(expr.to_token_stream()) {
        return Ok(());
    }
    let message = format!(
        "`{key}` goes into a static, which cannot name `Self`; write the type's own name, or a constant outside of the \
         `impl` block"
    );
    Err(Error::new(expr.span(), message))
}

/// Accepts any expression that does not leave the function.
pub(super) fn any(key: &Ident, expr: Expr) -> Result<Expr> {
    escape::refuse(&expr, &format!("`{key}`"))?;
    Ok(expr)
}

/// Accepts what can be called.
pub(super) fn callable(key: &Ident, expr: Expr) -> Result<Expr> {
    if matches!(expr, Expr::Path(_) | Expr::Closure(_)) {
        return Ok(expr);
    }
    let message = format!(
        "`{key}` is asked about the returned value; write a function's path, or a closure: `{key} = |value| ..`"
    );
    Err(Error::new(expr.span(), message))
}

/// Accepts what can be called, or a name.
pub(super) fn callable_or_name(key: &Ident, expr: Expr) -> Result<Expr> {
    if matches!(expr, Expr::Path(_) | Expr::Closure(_) | Expr::Lit(ExprLit { lit: Lit::Str(_), .. })) {
        return Ok(expr);
    }
    let message = format!(
        "`{key}` is a name, or a function of the error that returns one; write `{key} = \"..\"`, a path, or a closure"
    );
    Err(Error::new(expr.span(), message))
}

/// Accepts a number from 0 to 1.
pub(super) fn ratio(key: &Ident, expr: &Expr) -> Result<f64> {
    let number: Option<f64> = match expr {
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        _ => None,
    };
    number.filter(|n| (0.0..=1.0).contains(n)).ok_or_else(|| {
        let message = format!("`{key}` is a share of all; write a number from 0 to 1, as in `{key} = 0.1`");
        Error::new(expr.span(), message)
    })
}
