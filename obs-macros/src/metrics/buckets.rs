//! The bounds of a histogram's buckets.

use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprArray, ExprLit, ExprUnary, Lit, LitStr, UnOp};

use crate::diag::Errors;

/// What a histogram in seconds gets unless it says otherwise: the bounds that OpenTelemetry advises for HTTP.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Returns the bounds of a histogram; refuses those that do not ascend.
pub(super) fn of(
    name: &LitStr,
    unit: &str,
    written: Option<&(Ident, ExprArray)>,
    errors: &mut Errors,
) -> Vec<f64> {
    let Some((key, list)) = written else {
        if matches!(unit, "" | "seconds") {
            return SECONDS.to_vec();
        }
        let message = format!(
            "histogram `{}` has no buckets, and only those in seconds have any by themselves; write \
             `buckets = [1.0, 10.0, 100.0]`",
            name.value()
        );
        errors.push(Error::new(name.span(), message));
        return Vec::new();
    };
    if list.elems.is_empty() {
        let message = "a histogram needs a bucket; write `buckets = [0.1, 1.0, 10.0]`";
        errors.push(Error::new(key.span(), message));
    }
    let mut bounds: Vec<f64> = Vec::new();
    for expr in &list.elems {
        let bound = number(expr).and_then(|bound| match bounds.last() {
            Some(last) if bound <= *last => Err(Error::new(
                expr.span(),
                format!("the bucket `{bound}` does not ascend; write it before `{last}`, and each only once"),
            )),
            _ => Ok(bound),
        });
        bounds.extend(errors.take(bound));
    }
    bounds
}

fn number(expr: &Expr) -> syn::Result<f64> {
    let value = match expr {
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_parse::<f64>().ok(),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse::<f64>().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => number(expr).ok().map(|n| -n),
        _ => None,
    };
    match value {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) => Err(Error::new(
            expr.span(),
            "a bucket's bound is finite; leave this one away, the last bucket has none",
        )),
        None => Err(Error::new(
            expr.span(),
            "a bucket's bound is a number that stands here, as in `0.25`; write it, or leave infinity away",
        )),
    }
}
