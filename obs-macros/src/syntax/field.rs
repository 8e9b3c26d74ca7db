//! The fields of a span: `a`, `b = expr`, `%c`, `?d`, `dotted.name = %e`.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Expr, LitStr, Result, Token};

use super::args::each;
use super::escape;
use crate::diag::Errors;

/// More than anybody reads, and what `tracing`'s own macros take.
const MAX_FIELDS: usize = 32;

/// One field.
#[derive(Clone)]
pub(crate) struct Field {
    /// Its name, with its dots.
    pub(crate) name: String,
    /// How its value is recorded.
    pub(crate) render: Render,
    /// Its value.
    pub(crate) expr: Expr,
}

/// How a value is recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Render {
    /// By its `tracing::Value`.
    Value,
    /// `%`: by its `Display`.
    Display,
    /// `?`: by its `Debug`.
    Debug,
}

/// Reads the list; collects every mistake in it.
pub(super) fn read_all(input: ParseStream<'_>) -> Result<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    let mut errors = Errors::default();
    each(input, &mut errors, |input| {
        let (field, span) = read(input)?;
        if fields.iter().any(|f| f.name == field.name) {
            let message = format!("field `{}` is given twice; remove one of them", field.name);
            return Err(Error::new(span, message));
        }
        if fields.len() == MAX_FIELDS {
            let message =
                format!("more than {MAX_FIELDS} fields; record fewer, or one of them as a struct with `?`");
            return Err(Error::new(span, message));
        }
        fields.push(field);
        Ok(())
    });
    errors.finish(fields)
}

fn read(input: ParseStream<'_>) -> Result<(Field, Span)> {
    let sigil = read_sigil(input)?;
    let (name, span, variable) = read_name(input)?;
    if !input.peek(Token![=]) {
        if !input.is_empty() && !input.peek(Token![,]) {
            let message = "expected `,` or `=`; a computed field needs a name, so write `name = value`";
            return Err(input.error(message));
        }
        let expr = variable.ok_or_else(|| {
            let message = format!("field `{name}` is no variable; write `{name} = value`");
            Error::new(span, message)
        })?;
        let render = sigil.unwrap_or(Render::Value);
        return Ok((Field { name, render, expr }, span));
    }
    input.parse::<Token![=]>()?;
    if sigil.is_some() {
        let message =
            format!("`%` and `?` stand before the value; write `{name} = %value` or `{name} = ?value`");
        return Err(Error::new(span, message));
    }
    let render = read_sigil(input)?.unwrap_or(Render::Value);
    if input.is_empty() || input.peek(Token![,]) {
        let message =
            format!("field `{name}` has no value; write `{name} = value`, or `{name}` for a variable");
        return Err(Error::new(span, message));
    }
    let expr = input.parse()?;
    escape::refuse(&expr, "a field")?;
    Ok((Field { name, render, expr }, span))
}

/// The names of a span's fields are one text, a line, with commas between them.
fn check_quoted(name: &LitStr) -> Result<()> {
    let text = name.value();
    let better: Vec<&str> =
        text.split([',', '\n', '\r']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let better = if better.is_empty() { "order.id".to_owned() } else { better.join(".") };
    let message = match text.contains([',', '\n', '\r']) {
        true => format!("the name of a field holds no comma and no line break; write `\"{better}\"`"),
        false if text.is_empty() => format!("a field needs a name; write it as in `\"{better}\"`"),
        false => return Ok(()),
    };
    Err(Error::new(name.span(), message))
}

fn read_sigil(input: ParseStream<'_>) -> Result<Option<Render>> {
    if input.parse::<Option<Token![%]>>()?.is_some() {
        Ok(Some(Render::Display))
    } else if input.parse::<Option<Token![?]>>()?.is_some() {
        Ok(Some(Render::Debug))
    } else {
        Ok(None)
    }
}

/// Reads a dotted or quoted name; returns the variable that it may also be.
fn read_name(input: ParseStream<'_>) -> Result<(String, Span, Option<Expr>)> {
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        check_quoted(&text)?;
        return Ok((text.value(), text.span(), None));
    }
    let Ok(first) = input.call(Ident::parse_any) else {
        return Err(input.error("expected a field; write `name`, `name = value`, `%name` or `?name`"));
    };
    let mut name = first.unraw().to_string();
    let mut tokens = first.to_token_stream();
    while input.peek(Token![.]) {
        input.parse::<Token![.]>()?.to_tokens(&mut tokens);
        let Ok(part) = input.call(Ident::parse_any) else {
            return Err(input.error("expected the rest of a dotted name; write `dotted.name = value`"));
        };
        name = format!("{name}.{}", part.unraw());
        part.to_tokens(&mut tokens);
    }
    Ok((name, first.span(), syn::parse2(tokens).ok()))
}
