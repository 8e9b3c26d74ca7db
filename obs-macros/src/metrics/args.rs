//! What may be written: `crate = path;`, declarations, and groups of them.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Expr, LitInt, LitStr, Path, Result, Token, Type, Visibility, braced, token};

use super::{dynamic, name};
use crate::diag::Errors;
use crate::syntax::{default_crate, nearest};

syn::custom_keyword!(group);

const OPTIONS: [&str; 3] = ["buckets", "unit", "max_series"];

/// Everything between the braces.
pub(super) struct Args {
    pub(super) krate: Path,
    pub(super) declarations: Vec<Declaration>,
}

/// `/// help` `pub static NAME: Kind = "name" { label: Type } buckets = [..] unit = ".." max_series = N;`
pub(super) struct Declaration {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) ident: Ident,
    pub(super) kind: Ident,
    /// What the group says that the name begins with.
    pub(super) prefix: String,
    /// The whole name; its place is that of the literal.
    pub(super) name: LitStr,
    pub(super) labels: Vec<Label>,
    pub(super) options: Options,
}

/// `label: Type`, `label: dynamic(max = N)` or `label = "text"`
pub(super) struct Label {
    pub(super) attrs: Vec<Attribute>,
    pub(super) ident: Ident,
    pub(super) of: LabelOf,
}

/// What is said of a label's values.
pub(super) enum LabelOf {
    Type(Type),
    /// So many at most.
    Dynamic(usize),
    /// This one.
    Constant(Expr),
}

/// What follows the labels.
#[derive(Default)]
pub(super) struct Options {
    pub(super) buckets: Option<(Ident, Expr)>,
    pub(super) unit: Option<LitStr>,
    pub(super) max_series: Option<LitInt>,
}

impl Args {
    /// Reads statement after statement: a mistake in one does not hide those in the next.
    pub(super) fn read(input: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Args { krate: default_crate(), declarations: Vec::new() };
        args.read_all(input, None, errors);
        args
    }

    /// Reads the statements of the macro, or those of a group, whose prefix is given.
    fn read_all(&mut self, input: TokenStream, prefix: Option<&str>, errors: &mut Errors) {
        for (at, statement) in statements(input).into_iter().enumerate() {
            let first = at == 0 && prefix.is_none();
            let read = |input: ParseStream<'_>| self.read_one(input, first, prefix, errors);
            let read = read.parse2(statement);
            errors.take(read);
        }
    }

    fn read_one(
        &mut self,
        input: ParseStream<'_>,
        first: bool,
        prefix: Option<&str>,
        errors: &mut Errors,
    ) -> Result<()> {
        if input.peek(group) {
            return self.read_group(input, prefix, errors);
        }
        if input.peek(Token![crate]) && first {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            self.krate = input.call(Path::parse_mod_style)?;
        } else {
            self.declarations.push(Declaration::read(input, prefix, errors)?);
        }
        if input.is_empty() {
            return Err(input.error("a declaration ends in `;`; add it"));
        }
        input.parse::<Token![;]>().map(drop)
    }

    /// Reads `group "prefix_" { .. }`.
    fn read_group(&mut self, input: ParseStream<'_>, outer: Option<&str>, errors: &mut Errors) -> Result<()> {
        let word = input.parse::<group>()?;
        let wrong =
            |e: Error| Error::new(e.span(), "a group has a prefix; write `group \"business_\" { .. }`");
        let prefix: LitStr = input.parse().map_err(wrong)?;
        let prefix = name::read_prefix(&prefix, errors);
        if let Some(outer) = outer {
            let message = format!(
                "a group stands in no other group; write `group \"{}{}\" {{ .. }}` behind this one",
                outer, prefix
            );
            errors.push(Error::new(word.span, message));
        }
        let content;
        braced!(content in input);
        let content = content.parse()?;
        self.read_all(content, Some(&prefix), errors);
        Ok(())
    }
}

/// Splits at `;`, which stays at the end of each: so there is always a token that an error can point at. A group ends by
/// its brace.
fn statements(input: TokenStream) -> Vec<TokenStream> {
    let (mut all, mut statement) = (Vec::new(), Vec::new());
    for token in input {
        let ends = match &token {
            TokenTree::Punct(p) => p.as_char() == ';',
            TokenTree::Group(_) => begins_group(&statement),
            _ => false,
        };
        statement.push(token);
        if ends {
            all.push(statement.drain(..).collect());
        }
    }
    if !statement.is_empty() {
        all.push(statement.into_iter().collect());
    }
    all
}

/// Tells whether what stands before a brace is `group "prefix_"`.
fn begins_group(before: &[TokenTree]) -> bool {
    matches!(before, [TokenTree::Ident(word), TokenTree::Literal(_)] if word == "group")
}

impl Declaration {
    fn read(input: ParseStream<'_>, prefix: Option<&str>, errors: &mut Errors) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if !input.peek(Token![static]) {
            return Err(input.error(
                "a metric is declared as a static; write `pub static NAME: Counter = \"name_total\";`",
            ));
        }
        input.parse::<Token![static]>()?;
        let ident = input.parse()?;
        input.parse::<Token![:]>()?;
        let kind = input.parse()?;
        input.parse::<Token![=]>()?;
        let written: LitStr = input.parse().map_err(|e: Error| {
            Error::new(e.span(), "the metric has no name; write it as a string: `\"name_total\"`")
        })?;
        let prefix = prefix.unwrap_or_default();
        let name = LitStr::new(&format!("{prefix}{}", written.value()), written.span());
        let labels = if input.peek(token::Brace) { read_labels(input)? } else { Vec::new() };
        let options = Options::read(input, errors)?;
        Ok(Declaration { attrs, vis, ident, kind, prefix: prefix.to_owned(), name, labels, options })
    }
}

fn read_labels(input: ParseStream<'_>) -> Result<Vec<Label>> {
    let content;
    braced!(content in input);
    let labels = content.parse_terminated(Label::read, Token![,])?;
    Ok(labels.into_iter().collect())
}

impl Label {
    fn read(input: ParseStream<'_>) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let ident = input.parse()?;
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            return Ok(Label { attrs, ident, of: LabelOf::Constant(input.parse()?) });
        }
        input.parse::<Token![:]>()?;
        let of = match dynamic::declared(input)? {
            Some(max) => LabelOf::Dynamic(max),
            None => LabelOf::Type(input.parse()?),
        };
        Ok(Label { attrs, ident, of })
    }
}

impl Options {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Result<Self> {
        let mut options = Options::default();
        while !input.is_empty() && !input.peek(Token![;]) {
            let Ok(key) = input.call(Ident::parse_any) else {
                return Err(
                    input.error("expected an option or `;`; write `buckets = [0.1, 1.0]` or end with `;`")
                );
            };
            input.parse::<Token![=]>()?;
            let read = options.read_one(&key, input)?;
            errors.take(read);
        }
        Ok(options)
    }

    /// Reads the value of an option. The outer result says whether reading can go on.
    fn read_one(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<Result<()>> {
        let twice = if key == "buckets" {
            let value = input.parse().map_err(|e| wrong(&e, "[0.1, 1.0, 10.0]"))?;
            self.buckets.replace((key.clone(), value)).is_some()
        } else if key == "unit" {
            let value = input.parse().map_err(|e| wrong(&e, "\"seconds\""))?;
            self.unit.replace(value).is_some()
        } else if key == "max_series" {
            let value = input.parse().map_err(|e| wrong(&e, "1000"))?;
            self.max_series.replace(value).is_some()
        } else {
            input.parse::<Expr>()?;
            return Ok(Err(unknown(key)));
        };
        Ok(if twice {
            let message = format!("`{key}` is given twice; remove one of them");
            Err(Error::new(key.span(), message))
        } else {
            Ok(())
        })
    }
}

fn wrong(error: &Error, example: &str) -> Error {
    Error::new(error.span(), format!("wrong value for this option; write it as in `{example}`"))
}

fn unknown(key: &Ident) -> Error {
    let meant = nearest(&key.to_string(), OPTIONS);
    let meant = meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
    let accepted = OPTIONS.join("`, `");
    Error::new(key.span(), format!("unknown option `{key}`; {meant}accepted: `{accepted}`"))
}
