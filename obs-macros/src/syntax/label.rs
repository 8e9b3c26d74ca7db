//! Labels: `label = expr`, `label: Type = expr`, and among themselves in `labels(..)`; `error_type: Type`.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Expr, Result, Token, Type};

use super::args::each;
use crate::diag::Errors;

/// One label of an update.
#[derive(Clone)]
pub(crate) struct Label {
    pub(crate) key: Ident,
    /// Its type, where the update declares the metric.
    pub(crate) ty: Option<Type>,
    pub(crate) value: Expr,
}

/// The label `error_type: Type`: it has no value, for the call fills it in when it ends.
#[derive(Clone)]
pub(crate) struct ErrorLabel {
    pub(crate) key: Ident,
    pub(crate) ty: Type,
}

/// Tells whether what follows a key makes it a label.
pub(super) fn follows(input: ParseStream<'_>) -> bool {
    input.peek(Token![=]) || is_typed(input)
}

/// Tells whether a type follows a key.
pub(super) fn is_typed(input: ParseStream<'_>) -> bool {
    input.peek(Token![:]) && !input.peek(Token![::])
}

impl Label {
    /// Reads what follows the key.
    pub(super) fn read(key: Ident, input: ParseStream<'_>) -> Result<Self> {
        let ty = if input.parse::<Option<Token![:]>>()?.is_some() { Some(input.parse()?) } else { None };
        let missing = || {
            let message = format!("label `{key}` has no value; write `{key} = value`");
            Error::new(key.span(), message)
        };
        input.parse::<Option<Token![=]>>()?.ok_or_else(missing)?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(missing());
        }
        Ok(Label { ty, value: input.parse()?, key })
    }
}

impl ErrorLabel {
    pub(super) const KEY: &str = "error_type";

    /// Reads what follows the key.
    pub(super) fn read(key: Ident, input: ParseStream<'_>) -> Result<Self> {
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        if input.peek(Token![=]) {
            let message = "the call fills in `error_type` when it ends; remove the value";
            return Err(input.error(message));
        }
        Ok(ErrorLabel { key, ty })
    }
}

/// Reads what stands between the parentheses of `labels(..)`; collects every mistake.
pub(super) fn read_all(input: ParseStream<'_>) -> Result<Vec<Label>> {
    let mut labels = Vec::new();
    let mut errors = Errors::default();
    each(input, &mut errors, |input| {
        let Ok(key) = input.call(Ident::parse_any) else {
            return Err(input.error("expected a label; write `label = value`"));
        };
        labels.push(Label::read(key, input)?);
        Ok(())
    });
    errors.finish(labels)
}
