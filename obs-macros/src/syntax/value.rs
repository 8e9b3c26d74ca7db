//! The shapes that the value of an option can have.

use std::time::Duration;

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, ExprPath, Lit, LitStr, Path, Result, Token, parenthesized, token};

use super::args::{Opt, skip_value};
use super::field::{self, Field};
use super::report::{self, Report};
use super::suggest::nearest;
use super::{Binding, duration, expression, word};

/// What may be written for an option.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// `key`
    Flag,
    /// `key = "text"` or `key = CONSTANT`
    Text,
    /// `key = path::to::something`
    Path,
    /// `key = "info"`, `key = info` or `key = Level::INFO`
    Level,
    /// `key = word`, one of these
    OneOf(&'static [&'static str]),
    /// `key = argument` or `key = argument.field`
    Place,
    /// `key = "250ms"`
    Duration,
    /// `key = "30s"`, or `key = "0s"`
    Delay,
    /// `key = 3`
    Count,
    /// `key(a, b = expr, %c, ?d, dotted.name = %e)`
    Fields,
    /// `key = expression`
    Expr,
    /// `key = path` or `key = |value| ...`
    Callable,
    /// `key = path`, `key = |error| ...` or `key = "text"`
    CallableOrText,
    /// `key = 0.1`
    Ratio,
    /// `key`, `key(Debug)`, `key(level = "info", Display)`
    Report,
    /// `key(a, b)`
    Names,
    /// `key(a, "b-c")`
    Words,
    /// Not accepted yet; what to write instead.
    Later(&'static str),
    /// `key(name = expr, ..)`: labels named like options
    Labels,
}

/// What was written, in its shape.
pub(crate) enum Value {
    Flag,
    Text(Expr),
    Path(Path),
    Level(Level),
    OneOf(String),
    Place(Place),
    /// Of the shapes `Duration` and `Delay`.
    Duration(Duration, Span),
    Count(u32),
    Fields(Vec<Field>),
    /// Of the shapes `Expr`, `Callable` and `CallableOrText`.
    Expr(Expr),
    Ratio(f64),
    Report(Report),
    Words(Vec<LitStr>),
}

/// A level.
#[derive(Clone)]
pub(crate) enum Level {
    /// One of the five, as in `INFO`.
    Named(Ident),
    /// A constant.
    Path(Path),
}

/// An argument of the function, or a field of one.
#[derive(Clone)]
pub(crate) struct Place {
    /// The argument.
    pub(crate) root: Ident,
    /// The whole of it.
    pub(crate) expr: Expr,
}

impl Place {
    /// Tells whether it is the argument itself.
    pub(crate) fn is_argument(&self) -> bool {
        matches!(self.expr, Expr::Path(_))
    }

    /// Finds the argument; refuses a name that is none.
    pub(crate) fn binding<'a>(&self, bindings: &'a [Binding]) -> Result<&'a Binding> {
        bindings.iter().find(|b| b.ident == self.root).ok_or_else(|| {
            let names: Vec<_> = bindings.iter().map(|b| b.ident.to_string()).collect();
            let meant = nearest(&self.root.to_string(), names.iter().map(String::as_str));
            let remedy = match (meant, names.is_empty()) {
                (Some(meant), _) => format!("did you mean `{meant}`?"),
                (None, true) => "the function takes none".to_owned(),
                (None, false) => format!("the arguments are `{}`", names.join("`, `")),
            };
            Error::new(
                self.root.span(),
                format!("`{}` is not an argument of the function; {remedy}", self.root),
            )
        })
    }
}

impl Value {
    /// Reads what follows the key.
    pub(super) fn read(key: &Ident, option: &Opt, input: ParseStream<'_>) -> Result<Self> {
        match option.shape {
            Shape::Later(remedy) => {
                skip_value(input);
                Err(Error::new(key.span(), format!("`{key}` is not supported yet; {remedy}")))
            }
            Shape::Report if input.peek(token::Paren) => {
                let list;
                parenthesized!(list in input);
                report::read(key, &list).map(Value::Report)
            }
            Shape::Report if input.peek(Token![=]) => Err(Error::new(
                key.span(),
                format!(
                    "`{key}` takes its options in parentheses; write `{key}` or `{key}(level = \"info\")`"
                ),
            )),
            Shape::Report => Ok(Value::Report(Report::default())),
            Shape::Names if input.peek(token::Paren) => {
                let list;
                parenthesized!(list in input);
                match Punctuated::<Ident, Token![,]>::parse_terminated_with(&list, Ident::parse_any) {
                    Ok(_names) => Ok(Value::Flag),
                    Err(error) => {
                        let message = format!("`{key}` lists arguments; write `{key}(first, second)`");
                        Err(Error::new(error.span(), message))
                    }
                }
            }
            Shape::Words if input.peek(token::Paren) => {
                let list;
                parenthesized!(list in input);
                word::read_all(key, &list).map(Value::Words)
            }
            Shape::Flag if input.peek(Token![=]) || input.peek(token::Paren) => Err(Error::new(
                key.span(),
                format!("`{key}` takes no value; write `{key}` alone ({})", option.doc),
            )),
            Shape::Flag => Ok(Value::Flag),
            Shape::Fields if input.peek(token::Paren) => {
                let list;
                parenthesized!(list in input);
                field::read_all(&list).map(Value::Fields)
            }
            _ if input.peek(Token![=]) && !option.shape.is_list() => {
                input.parse::<Token![=]>()?;
                read_value(key, option, input)
            }
            shape => Err(Error::new(
                key.span(),
                format!("`{key}` needs a value; write `{}` ({})", shape.example(key), option.doc),
            )),
        }
    }
}

impl Shape {
    /// Tells whether it is written in parentheses.
    fn is_list(self) -> bool {
        matches!(self, Shape::Fields | Shape::Labels | Shape::Report | Shape::Names | Shape::Words)
    }

    /// Tells whether an option of this shape may be missing without another becoming wrong.
    pub(super) fn stands_alone(self) -> bool {
        !matches!(
            self,
            Shape::Flag | Shape::Text | Shape::Path | Shape::Place | Shape::Labels | Shape::Later(_)
        )
    }

    /// Shows how it is written.
    fn example(self, key: &Ident) -> String {
        match self {
            Shape::Flag => format!("{key}"),
            Shape::Text => format!("{key} = \"...\""),
            Shape::Path => format!("{key} = path::to::it"),
            Shape::Level => format!("{key} = \"info\""),
            Shape::OneOf(words) => format!("{key} = {}", words.first().copied().unwrap_or_default()),
            Shape::Place => format!("{key} = argument"),
            Shape::Duration | Shape::Delay => format!("{key} = \"10s\""),
            Shape::Count => format!("{key} = 3"),
            Shape::Fields | Shape::Labels => format!("{key}(name = value)"),
            Shape::Expr => format!("{key} = value"),
            Shape::Callable => format!("{key} = |value| .."),
            Shape::CallableOrText => format!("{key} = \"..\""),
            Shape::Ratio => format!("{key} = 0.1"),
            Shape::Report => format!("{key}(Debug)"),
            Shape::Names => format!("{key}(argument)"),
            Shape::Words => format!("{key}(\"eu\", \"external\")"),
            Shape::Later(_) => String::new(),
        }
    }

    /// Names it.
    fn noun(self) -> &'static str {
        match self {
            Shape::Flag => "no value",
            Shape::Text => "a string",
            Shape::Path => "a path",
            Shape::Level => "a level (`trace`, `debug`, `info`, `warn` or `error`)",
            Shape::OneOf(_) => "a word",
            Shape::Place => "the name of an argument, or a field of one",
            Shape::Duration | Shape::Delay => "a duration",
            Shape::Count => "a whole number above zero",
            Shape::Fields | Shape::Labels | Shape::Names | Shape::Words | Shape::Report => "a list",
            Shape::Expr => "an expression",
            Shape::Callable => "a function",
            Shape::CallableOrText => "a name or a function",
            Shape::Ratio => "a number from 0 to 1",
            Shape::Later(_) => "nothing yet",
        }
    }
}

fn read_value(key: &Ident, option: &Opt, input: ParseStream<'_>) -> Result<Value> {
    let shape = option.shape;
    if input.is_empty() || input.peek(Token![,]) {
        let message = format!("`{key}` needs a value; write `{}` ({})", shape.example(key), option.doc);
        return Err(Error::new(key.span(), message));
    }
    if let Shape::Path = shape
        && input.peek(Token![crate])
    {
        return input.call(Path::parse_mod_style).map(Value::Path);
    }
    if let Shape::OneOf(words) = shape
        && let Some(word) = word::keyword(input)
    {
        return word::one_of(key, words, &word.to_string(), word.span()).map(Value::OneOf);
    }
    let expr = without_group(input.parse()?);
    let wrong = || wrong_value(key, shape, &expr);
    if let Shape::Text | Shape::Level = shape {
        expression::refuse_self(key, &expr)?;
    }
    match (shape, &expr) {
        (Shape::Text, Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) | Expr::Path(_)) => Ok(Value::Text(expr)),
        (Shape::Path, Expr::Path(ExprPath { qself: None, path, .. })) => Ok(Value::Path(path.clone())),
        (Shape::Expr, _) => expression::any(key, expr).map(Value::Expr),
        (Shape::Callable, _) => expression::callable(key, expr).map(Value::Expr),
        (Shape::CallableOrText, _) => expression::callable_or_name(key, expr).map(Value::Expr),
        (Shape::Ratio, _) => expression::ratio(key, &expr).map(Value::Ratio),
        (Shape::Level, _) => read_level(&expr).map(Value::Level).ok_or_else(wrong),
        (Shape::OneOf(words), _) => {
            word::read(key, words, &expr).unwrap_or_else(|| Err(wrong())).map(Value::OneOf)
        }
        (Shape::Place, _) => match root(&expr) {
            Some(root) => Ok(Value::Place(Place { root, expr })),
            None => Err(wrong()),
        },
        (Shape::Duration | Shape::Delay, Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => {
            let may_be_none = matches!(shape, Shape::Delay);
            duration::read(key, text, may_be_none).map(|duration| Value::Duration(duration, text.span()))
        }
        (Shape::Count, Expr::Lit(ExprLit { lit: Lit::Int(number), .. })) => match number.base10_parse() {
            Ok(number) if number > 0 => Ok(Value::Count(number)),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// Takes off the invisible delimiters that a `macro_rules!` fragment brings along.
fn without_group(expr: Expr) -> Expr {
    match expr {
        Expr::Group(group) => without_group(*group.expr),
        expr => expr,
    }
}

/// Reads a level that stands inside another option.
pub(super) fn level(key: &Ident, expr: Expr) -> Result<Level> {
    let expr = without_group(expr);
    expression::refuse_self(key, &expr)?;
    read_level(&expr).ok_or_else(|| wrong_value(key, Shape::Level, &expr))
}

/// Says which shape was expected.
fn wrong_value(key: &Ident, shape: Shape, expr: &Expr) -> Error {
    let message =
        format!("wrong value for `{key}`, which takes {}; write `{}`", shape.noun(), shape.example(key));
    Error::new(expr.span(), message)
}

fn read_level(expr: &Expr) -> Option<Level> {
    const LEVELS: [&str; 5] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
    let named = |word: &str, span| {
        let upper = word.to_uppercase();
        LEVELS.contains(&upper.as_str()).then(|| Level::Named(Ident::new(&upper, span)))
    };
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => named(&text.value(), text.span()),
        Expr::Path(ExprPath { qself: None, path, .. }) => match path.get_ident() {
            Some(word) => named(&word.to_string(), word.span()),
            None => Some(Level::Path(path.clone())),
        },
        _ => None,
    }
}

/// Returns the argument that a place is in.
fn root(expr: &Expr) -> Option<Ident> {
    match expr {
        Expr::Path(ExprPath { qself: None, path, .. }) => path.get_ident().cloned(),
        Expr::Field(field) => root(&field.base),
        Expr::Group(group) => root(&group.expr),
        _ => None,
    }
}
