//! The judgement of a call: one, whichever of the fused attributes says it.

use syn::{Error, Expr, Result};

use super::args::KEYS;
use crate::diag::Errors;
use crate::syntax::{Args, Value};

/// How the returned value is judged.
#[derive(Default)]
pub(crate) struct Model {
    pub(super) ok_if: Option<Expr>,
    pub(super) error_if: Option<Expr>,
    pub(super) error_type: Option<Expr>,
}

impl Model {
    /// Reads the judgement out of the arguments of all attributes of a function.
    pub(crate) fn new<'a>(stack: impl Iterator<Item = &'a Args>) -> Result<Self> {
        let stack: Vec<&Args> = stack.collect();
        let mut errors = Errors::default();
        let [ok_if, error_if, error_type] = KEYS.map(|key| errors.take(one(key, &stack)).flatten());
        errors.take(refuse_both(&stack));
        errors.finish(Model { ok_if, error_if, error_type })
    }
}

/// Returns what is said for `key`; several may say it if they say the same.
fn one(key: &str, stack: &[&Args]) -> Result<Option<Expr>> {
    let mut found: Option<Expr> = None;
    for arg in stack.iter().filter_map(|args| args.get(key)) {
        let Value::Expr(expr) = &arg.value else { continue };
        match &found {
            Some(known) if known != expr => {
                let message = format!(
                    "another attribute of the function gives another `{key}`, and a call has one outcome; keep one of them"
                );
                return Err(Error::new(arg.key.span(), message));
            }
            _ => found = Some(expr.clone()),
        }
    }
    Ok(found)
}

fn refuse_both(stack: &[&Args]) -> Result<()> {
    let said = |key| stack.iter().find_map(|args| args.get(key));
    match (said("ok_if"), said("error_if")) {
        (Some(_), Some(error_if)) => Err(Error::new(
            error_if.key.span(),
            "`ok_if` says already which values are errors: all others; remove one of them",
        )),
        _ => Ok(()),
    }
}
