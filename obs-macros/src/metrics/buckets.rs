//! The bounds of a histogram's buckets: a list, a rule that makes one, or the name of one.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprArray, ExprCall, ExprLit, ExprUnary, Lit, LitStr, Result, UnOp};

use crate::diag::Errors;
use crate::syntax::nearest;

/// What a histogram in seconds gets unless it says otherwise: the bounds that OpenTelemetry advises for HTTP.
const HTTP: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Those that OpenTelemetry advises for database clients.
const DB: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// From a microsecond to a tenth of a second.
const FAST: &[f64] =
    &[0.000_001, 0.000_005, 0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1];

/// From a tenth of a second to an hour.
const BATCH: &[f64] = &[0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0];

const NAMED: [(&str, &[f64]); 4] = [("http", HTTP), ("db", DB), ("fast", FAST), ("batch", BATCH)];

/// More cost memory in every series and tell nobody anything.
const MAX_BOUNDS: usize = 200;

/// Returns the bounds of a histogram; refuses those that do not ascend.
pub(super) fn of(
    name: &LitStr,
    unit: &str,
    written: Option<&(Ident, Expr)>,
    errors: &mut Errors,
) -> Vec<f64> {
    let Some((key, buckets)) = written else {
        if matches!(unit, "" | "seconds") {
            return HTTP.to_vec();
        }
        let message = format!(
            "histogram `{}` has no buckets, and only those in seconds have any by themselves; write \
             `buckets = [1.0, 10.0, 100.0]`",
            name.value()
        );
        errors.push(Error::new(name.span(), message));
        return Vec::new();
    };
    let bounds = match buckets {
        Expr::Array(list) => return listed(key, list, errors),
        Expr::Call(call) => made(call),
        Expr::Path(path) if path.path.get_ident().is_some() => named(buckets.span(), &path.path, unit),
        Expr::Group(group) => {
            return of(name, unit, Some(&(key.clone(), (*group.expr).clone())), errors);
        }
        other => Err(unknown(other.span())),
    };
    errors.take(bounds).unwrap_or_default()
}

fn unknown(span: Span) -> Error {
    let message = "buckets are a list, a rule or a name; write `[0.1, 1.0, 10.0]`, `exponential(0.001, 2.0, 12)`, \
                   `linear(0.1, 0.1, 10)`, or one of `http`, `db`, `fast` and `batch`";
    Error::new(span, message)
}

fn listed(key: &Ident, list: &ExprArray, errors: &mut Errors) -> Vec<f64> {
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

/// `http`, `db`, `fast`, `batch`: all of them in seconds.
fn named(span: Span, path: &syn::Path, unit: &str) -> Result<Vec<f64>> {
    let word = path.get_ident().map(Ident::to_string).unwrap_or_default();
    let Some((_, bounds)) = NAMED.into_iter().find(|(name, _)| *name == word) else {
        let meant = nearest(&word, NAMED.map(|(name, _)| name))
            .map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
        let message = format!("unknown buckets `{word}`; {meant}accepted: `http`, `db`, `fast`, `batch`");
        return Err(Error::new(span, message));
    };
    if !matches!(unit, "" | "seconds") {
        let message = format!(
            "`{word}` are buckets in seconds, and the histogram is in {unit}; write `buckets = [1.0, 10.0, 100.0]`"
        );
        return Err(Error::new(span, message));
    }
    Ok(bounds.to_vec())
}

/// `exponential(start, factor, n)` and `linear(start, width, n)`.
fn made(call: &ExprCall) -> Result<Vec<f64>> {
    let rule = match &*call.func {
        Expr::Path(path) => path.path.get_ident().map(Ident::to_string).unwrap_or_default(),
        _ => String::new(),
    };
    let mut arguments = call.args.iter();
    let three = (arguments.next(), arguments.next(), arguments.next(), arguments.next());
    let (Some(start), Some(step), Some(count), None) = three else {
        return Err(if matches!(&*rule, "exponential" | "linear") {
            let step = if rule == "linear" { "width" } else { "factor" };
            Error::new(call.span(), format!("`{rule}` takes three numbers; write `{rule}(start, {step}, n)`"))
        } else {
            unknown(call.span())
        });
    };
    match &*rule {
        "exponential" => exponential(start, step, count),
        "linear" => linear(start, step, count),
        _ => Err(unknown(call.span())),
    }
}

fn exponential(start: &Expr, factor: &Expr, count: &Expr) -> Result<Vec<f64>> {
    let (first, by, n) = (number(start)?, number(factor)?, how_many(count)?);
    if first <= 0.0 {
        return Err(Error::new(start.span(), "an exponential rule starts above 0; write as in `0.001`"));
    }
    if by <= 1.0 {
        return Err(Error::new(
            factor.span(),
            "the factor must be above 1, so that the buckets ascend; write `2.0`",
        ));
    }
    finite(count, (0..n).map(|i| first * by.powi(i)).collect())
}

fn linear(start: &Expr, width: &Expr, count: &Expr) -> Result<Vec<f64>> {
    let (first, by, n) = (number(start)?, number(width)?, how_many(count)?);
    if by <= 0.0 {
        return Err(Error::new(
            width.span(),
            "the width must be above 0, so that the buckets ascend; write `0.1`",
        ));
    }
    finite(count, (0..n).map(|i| first + by * f64::from(i)).collect())
}

/// Takes off what arithmetic leaves behind the twelfth digit, so that the third of `linear(0.1, 0.1, 10)` is `0.3`.
fn finite(count: &Expr, bounds: Vec<f64>) -> Result<Vec<f64>> {
    let round = |bound: f64| format!("{bound:.11e}").parse().unwrap_or(bound);
    let bounds: Vec<f64> = bounds.into_iter().map(round).collect();
    if bounds.is_sorted_by(|a, b| a < b) && bounds.iter().all(|bound| bound.is_finite()) {
        return Ok(bounds);
    }
    Err(Error::new(count.span(), "these buckets leave the range of numbers; write fewer, or a smaller step"))
}

fn how_many(expr: &Expr) -> Result<i32> {
    let count = match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(count), .. }) => count.base10_parse::<usize>().ok(),
        _ => None,
    };
    let count = count.filter(|n| (1..=MAX_BOUNDS).contains(n)).and_then(|n| i32::try_from(n).ok());
    count.ok_or_else(|| {
        let message =
            format!("the number of buckets is a whole number from 1 to {MAX_BOUNDS}; write as in `10`");
        Error::new(expr.span(), message)
    })
}

fn number(expr: &Expr) -> Result<f64> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test fails by panicking

    use super::of;
    use crate::diag::Errors;
    use syn::parse_quote;

    fn bounds(expr: syn::Expr) -> Result<Vec<f64>, String> {
        let mut errors = Errors::default();
        let written = (parse_quote!(buckets), expr);
        let bounds = of(&parse_quote!("x_seconds"), "seconds", Some(&written), &mut errors);
        errors.finish(bounds).map_err(|error| error.to_string())
    }

    #[test]
    fn rules_make_the_bounds_one_would_write() {
        assert_eq!(bounds(parse_quote!(exponential(0.001, 10, 4))), Ok(vec![0.001, 0.01, 0.1, 1.0]));
        assert_eq!(bounds(parse_quote!(linear(0.1, 0.1, 4))), Ok(vec![0.1, 0.2, 0.3, 0.4]));
        for name in ["http", "db", "fast", "batch"] {
            let path = syn::Ident::new(name, proc_macro2::Span::call_site());
            let named = bounds(parse_quote!(#path)).unwrap();
            assert!(named.is_sorted_by(|a, b| a < b), "{name}");
        }
    }

    #[test]
    fn a_rule_that_makes_none_says_why() {
        let says = |expr| bounds(expr).unwrap_err();
        assert!(says(parse_quote!(exponential(0, 2, 4))).contains("starts above 0"));
        assert!(says(parse_quote!(exponential(1, 1, 4))).contains("above 1"));
        assert!(says(parse_quote!(exponential(1, 1e300, 9))).contains("leave the range"));
        assert!(says(parse_quote!(linear(1, 0, 4))).contains("above 0"));
        assert!(says(parse_quote!(linear(1, 1))).contains("write `linear(start, width, n)`"));
        assert!(says(parse_quote!(linear(1, 1, 0))).contains("from 1 to 200"));
        assert!(says(parse_quote!(htpp)).contains("did you mean `http`?"));
        assert!(says(parse_quote!("http")).contains("a list, a rule or a name"));
    }
}
