//! What may be written: `crate = path;` and declarations.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Expr, LitInt, LitStr, Path, Result, Token, Type, Visibility, braced, token};

use crate::diag::Errors;
use crate::syntax::{default_crate, nearest};

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
    pub(super) name: LitStr,
    pub(super) labels: Vec<Label>,
    pub(super) options: Options,
}

/// `label: Type`
pub(super) struct Label {
    pub(super) attrs: Vec<Attribute>,
    pub(super) ident: Ident,
    pub(super) ty: Type,
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
        for (at, statement) in statements(input).into_iter().enumerate() {
            let first = at == 0;
            let read = |input: ParseStream<'_>| args.read_one(input, first, errors);
            let read = read.parse2(statement);
            errors.take(read);
        }
        args
    }

    fn read_one(&mut self, input: ParseStream<'_>, first: bool, errors: &mut Errors) -> Result<()> {
        if input.peek(Token![crate]) && first {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            self.krate = input.call(Path::parse_mod_style)?;
        } else {
            self.declarations.push(Declaration::read(input, errors)?);
        }
        if input.is_empty() {
            return Err(input.error("a declaration ends in `;`; add it"));
        }
        input.parse::<Token![;]>().map(drop)
    }
}

/// Splits at `;`, which stays at the end of each: so there is always a token that an error can point at.
fn statements(input: TokenStream) -> Vec<TokenStream> {
    let (mut all, mut statement) = (Vec::new(), Vec::new());
    for token in input {
        let ends = matches!(&token, TokenTree::Punct(p) if p.as_char() == ';');
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

impl Declaration {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Result<Self> {
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
        let name = input.parse().map_err(|e| {
            Error::new(e.span(), "the metric has no name; write it as a string: `\"name_total\"`")
        })?;
        let labels = if input.peek(token::Brace) { read_labels(input)? } else { Vec::new() };
        Ok(Declaration { attrs, vis, ident, kind, name, labels, options: Options::read(input, errors)? })
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
        input.parse::<Token![:]>()?;
        Ok(Label { attrs, ident, ty: input.parse()? })
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
