//! What will be generated, and every refusal.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, LitStr, Path, Result, Type};

use super::args::{Args, Bounds};
use crate::diag::Errors;
use crate::syntax::{nearest, words};

/// The label.
pub(super) struct Model {
    pub(super) krate: Path,
    pub(super) ident: Ident,
    pub(super) generic: bool,
    pub(super) of: Of,
}

/// What the values are made of.
pub(super) enum Of {
    /// Variants.
    Variants(Vec<Value>),
    /// The numbers of a range, and everything else together.
    Numbers { min: u32, max: u32, span: Span },
    /// Those of another label.
    Inner(Box<Type>),
    /// They are not all known.
    Refused(Vec<Value>),
}

/// One variant and its value.
pub(super) struct Value {
    pub(super) variant: Ident,
    pub(super) text: String,
}

/// How a variant's name becomes a value.
type Rule = (&'static str, fn(&[String]) -> String);

const RULES: [Rule; 8] = [
    ("snake_case", |words| words.join("_")),
    ("kebab-case", |words| words.join("-")),
    ("lowercase", |words| words.concat()),
    ("UPPERCASE", |words| words.concat().to_uppercase()),
    ("SCREAMING_SNAKE_CASE", |words| words.join("_").to_uppercase()),
    ("SCREAMING-KEBAB-CASE", |words| words.join("-").to_uppercase()),
    ("camelCase", |words| {
        let mut first = true;
        words.iter().map(|w| if std::mem::take(&mut first) { w.clone() } else { capital(w) }).collect()
    }),
    ("PascalCase", |words| words.iter().map(|w| capital(w)).collect()),
];

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

impl Model {
    pub(super) fn new(input: &DeriveInput, args: Args, errors: &mut Errors) -> Self {
        let ident = &input.ident;
        if !input.generics.params.is_empty() {
            let message = format!("a label has no parameters; declare it as `enum {ident} {{ .. }}`");
            errors.push(Error::new(input.generics.params.span(), message));
        }
        let of = match &input.data {
            Data::Enum(data) => {
                let values = values(ident, data, &args, errors);
                let is_whole = !values.is_empty() && values.len() == data.variants.len();
                if is_whole { Of::Variants(values) } else { Of::Refused(values) }
            }
            Data::Struct(data) => {
                let of = newtype(ident, &data.fields, &args.bounds);
                errors.take(of).unwrap_or_else(|| Of::Refused(Vec::new()))
            }
            Data::Union(_) => {
                errors.push(no_label(ident));
                Of::Refused(Vec::new())
            }
        };
        Model { krate: args.krate, ident: ident.clone(), generic: !input.generics.params.is_empty(), of }
    }
}

fn no_label(ident: &Ident) -> Error {
    let message = format!(
        "a label has values that are known at compile time: it is an enum without fields or a struct around a bounded \
         number; write `enum {ident} {{ .. }}`, or `#[label(max = 16)] struct {ident}(u8);`"
    );
    Error::new(ident.span(), message)
}

/// The most values that a number can have: each is a text in the program.
const MOST: u32 = 1000;

/// The types of numbers, and how far they reach where `max` can go farther.
const NUMBERS: [(&str, u32); 10] = [
    ("u8", 255),
    ("i8", 127),
    ("u16", 65_535),
    ("i16", 32_767),
    ("i32", 2_147_483_647),
    ("u32", u32::MAX),
    ("u64", u32::MAX),
    ("i64", u32::MAX),
    ("usize", u32::MAX),
    ("isize", u32::MAX),
];

/// Reads `struct Shard(u8);` and `struct Origin(Region);`.
fn newtype(ident: &Ident, fields: &Fields, bounds: &Bounds) -> Result<Of> {
    let Fields::Unnamed(fields) = fields else { return Err(no_label(ident)) };
    let mut fields = fields.unnamed.iter();
    let (Some(field), None) = (fields.next(), fields.next()) else { return Err(no_label(ident)) };
    let number = match &field.ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    };
    let number = number.and_then(|last| NUMBERS.into_iter().find(|(number, _)| last.ident == number));
    match (number, bounds.min, bounds.max) {
        (Some((number, most)), _, Some((max, span))) if max > most => {
            let message =
                format!("a `{number}` reaches {most} and not {max}; write `max = {most}` or a smaller one");
            Err(Error::new(span, message))
        }
        (Some(_), min, Some((max, span))) => numbers(min.map_or(0, |(min, _)| min), max, span),
        (Some(_), _, None) => {
            let message = format!(
                "a number needs a bound, for each value is a series; write `#[label(max = 16)] struct {ident}(..);`"
            );
            Err(Error::new(field.ty.span(), message))
        }
        (None, None, None) => Ok(Of::Inner(Box::new(field.ty.clone()))),
        (None, Some((_, span)), _) | (None, _, Some((_, span))) => {
            Err(Error::new(span, "only a whole number has bounds, and this is none; remove them"))
        }
    }
}

fn numbers(min: u32, max: u32, span: Span) -> Result<Of> {
    if min > max {
        let message = format!("there is no number from {min} to {max}; write `max = {min}` or a greater one");
        return Err(Error::new(span, message));
    }
    if max - min >= MOST {
        let message = format!(
            "that are {} values and the most are {MOST}; write a smaller `max`, or `dynamic(max = ..)` in the metric",
            u64::from(max - min) + 1
        );
        return Err(Error::new(span, message));
    }
    Ok(Of::Numbers { min, max, span })
}

fn values(ident: &Ident, data: &DataEnum, args: &Args, errors: &mut Errors) -> Vec<Value> {
    if data.variants.is_empty() {
        let message = format!("a label needs a value; write a variant: `enum {ident} {{ Name }}`");
        errors.push(Error::new(ident.span(), message));
    }
    let rule = rule(args.rename_all.as_ref(), errors);
    let mut values: Vec<Value> = Vec::new();
    for (variant, rename) in data.variants.iter().zip(&args.rename) {
        if !matches!(variant.fields, Fields::Unit) {
            let message = format!(
                "a label's value has no fields; write `{}` and put the data elsewhere",
                variant.ident
            );
            errors.push(Error::new(variant.fields.span(), message));
            continue;
        }
        let (text, span): (String, Span) = match rename {
            Some(rename) => (rename.value(), rename.span()),
            None => (rule(&words(&variant.ident.unraw().to_string())), variant.ident.span()),
        };
        errors.take(check(&text, span, &values));
        values.push(Value { variant: variant.ident.clone(), text });
    }
    values
}

fn check(text: &str, span: Span, before: &[Value]) -> Result<()> {
    if text.is_empty() {
        return Err(Error::new(
            span,
            "an empty value is no label at all in Prometheus; write `#[label(rename = \"none\")]` or another word",
        ));
    }
    match before.iter().find(|v| v.text == text) {
        Some(other) => Err(Error::new(
            span,
            format!(
                "`{}` has the value `{text}` already; rename one of them: `#[label(rename = \"..\")]`",
                other.variant
            ),
        )),
        None => Ok(()),
    }
}

fn rule(written: Option<&LitStr>, errors: &mut Errors) -> fn(&[String]) -> String {
    let [(_, default), ..] = RULES;
    let Some(written) = written else { return default };
    let word = written.value();
    if let Some((_, rule)) = RULES.into_iter().find(|(name, _)| *name == word) {
        return rule;
    }
    let meant = nearest(&word, RULES.map(|(name, _)| name))
        .map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
    let accepted = RULES.map(|(name, _)| name).join("`, `");
    let message = format!("unknown case `{word}`; {meant}accepted: `{accepted}`");
    errors.push(Error::new(written.span(), message));
    default
}

#[cfg(test)]
mod tests {
    use super::RULES;
    use crate::syntax::words;

    #[test]
    fn every_case_is_what_its_name_shows() {
        let all: Vec<_> = RULES.iter().map(|(_, rule)| rule(&words("UsEast"))).collect();
        let expected = ["us_east", "us-east", "useast", "USEAST", "US_EAST", "US-EAST", "usEast", "UsEast"];
        assert_eq!(all, expected);
    }
}
