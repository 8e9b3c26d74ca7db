//! The arguments of a macro: a table says what may be written, this engine reads it and collects every mistake.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, Path, Result, Token, parenthesized, parse_quote, token};

use super::label::{self, ErrorLabel, Label};
use super::suggest::nearest;
use super::value::{Shape, Value};
use crate::diag::Errors;

/// One option.
pub(crate) struct Opt {
    pub(crate) key: &'static str,
    pub(crate) shape: Shape,
    /// What it is, for error messages.
    pub(crate) doc: &'static str,
}

/// What a macro accepts.
pub(crate) struct Table {
    pub(crate) options: &'static [Opt],
    /// Whether a key that is no option is a label.
    pub(crate) labels: bool,
}

/// What was written for one key.
pub(crate) struct Arg {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

/// The arguments, checked against the table.
pub(crate) struct Args {
    options: Vec<Arg>,
    labels: Vec<Label>,
    error_label: Option<ErrorLabel>,
    /// What is wrong with options that no other one needs.
    mistakes: Option<Error>,
    table: &'static Table,
}

/// Accepted by every macro.
const CRATE: Opt = Opt { key: "crate", shape: Shape::Path, doc: "the path of the crate `obs`" };

impl Table {
    fn find(&self, key: &Ident) -> Option<&Opt> {
        self.all().find(|option| key == option.key)
    }

    fn all(&self) -> impl Iterator<Item = &Opt> {
        self.options.iter().chain([&CRATE])
    }

    /// Tells whether the next option may be missing without another becoming wrong.
    fn stands_alone(&self, input: ParseStream<'_>) -> bool {
        let option = input.fork().call(Ident::parse_any).ok().and_then(|key| self.find(&key));
        option.is_some_and(|option| match option.shape {
            // `kind = server` is `server` in other words.
            Shape::OneOf(words) => {
                !words.iter().all(|word| self.options.iter().any(|other| other.key == *word))
            }
            shape => shape.stands_alone(),
        })
    }

    /// Says that `key` is no option, and which are.
    fn unknown(&self, key: &Ident) -> Error {
        let offered = self.all().filter(|option| !matches!(option.shape, Shape::Later(_)));
        let keys: Vec<_> = offered.map(|option| option.key).collect();
        let meant = nearest(&key.to_string(), keys.iter().copied())
            .map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
        let accepted = keys.join("`, `");
        Error::new(key.span(), format!("unknown option `{key}`; {meant}accepted: `{accepted}`"))
    }
}

impl Args {
    /// Reads `key`, `key = value` and `key(...)`, separated by commas.
    pub(crate) fn read(tokens: TokenStream, table: &'static Table) -> Result<Self> {
        let args = Args::read_what_is_right(tokens, table)?;
        args.whole()?;
        Ok(args)
    }

    /// Reads what is right, as long as it can be judged without what is wrong: that is kept as `whole` tells.
    pub(crate) fn read_what_is_right(tokens: TokenStream, table: &'static Table) -> Result<Self> {
        let mut args =
            Args { options: Vec::new(), labels: Vec::new(), error_label: None, mistakes: None, table };
        let mut alone = 0;
        let read = |input: ParseStream<'_>| {
            let mut errors = Errors::default();
            each(input, &mut errors, |input| {
                let stands_alone = table.stands_alone(input);
                args.read_one(input).inspect_err(|error| alone += if stands_alone { count(error) } else { 0 })
            });
            errors.finish(())
        };
        args.mistakes = read.parse2(tokens).err();
        match args.mistakes.take_if(|all| count(all) > alone) {
            Some(all) => Err(all),
            None => Ok(args),
        }
    }

    /// Returns what is wrong.
    pub(crate) fn whole(&self) -> Result<()> {
        self.mistakes.clone().map_or(Ok(()), Err)
    }

    fn read_one(&mut self, input: ParseStream<'_>) -> Result<()> {
        let Ok(key) = input.call(Ident::parse_any) else {
            return Err(input.error("expected an option; write `key` or `key = value`"));
        };
        if let Some(option) = self.table.find(&key) {
            if let (Shape::Labels, true) = (option.shape, input.peek(token::Paren)) {
                return self.read_labels(input);
            }
            if self.table.labels && label::is_typed(input) {
                if key == ErrorLabel::KEY {
                    return self.read_error_label(key, input);
                }
                return Err(label_named_like_option(&key, input));
            }
            let value = Value::read(&key, option, input)?;
            self.refuse_duplicate(&key)?;
            self.options.push(Arg { key, value });
        } else if self.table.labels && label::follows(input) {
            let label = Label::read(key, input)?;
            self.refuse_duplicate(&label.key)?;
            self.labels.push(label);
        } else {
            skip_value(input);
            return Err(self.table.unknown(&key));
        }
        Ok(())
    }

    /// Reads `(name = expr, ..)`, where a label may be named like an option.
    fn read_labels(&mut self, input: ParseStream<'_>) -> Result<()> {
        let list;
        parenthesized!(list in input);
        let mut errors = Errors::default();
        for label in label::read_all(&list)? {
            let known = self.labels.iter().any(|l| l.key == label.key);
            errors.take(if known { Err(twice(&label.key)) } else { Ok(()) });
            self.labels.push(label);
        }
        errors.finish(())
    }

    fn read_error_label(&mut self, key: Ident, input: ParseStream<'_>) -> Result<()> {
        let label = ErrorLabel::read(key, input)?;
        if self.error_label.is_some() {
            return Err(twice(&label.key));
        }
        self.error_label = Some(label);
        Ok(())
    }

    fn refuse_duplicate(&self, key: &Ident) -> Result<()> {
        let labels = self.labels.iter().map(|label| &label.key);
        // What is named like an option came out of `labels(..)`, and is no option.
        let mut keys = self.options.iter().map(|arg| &arg.key).chain(labels);
        let is_option = self.table.find(key).is_some();
        let given = if is_option { self.get(&key.to_string()).is_some() } else { keys.any(|k| k == key) };
        if given { Err(twice(key)) } else { Ok(()) }
    }

    /// Returns what was written for an option.
    pub(crate) fn get(&self, key: &str) -> Option<&Arg> {
        self.options.iter().find(|arg| arg.key == key)
    }

    /// Returns where a bare word stands.
    pub(crate) fn flag(&self, key: &str) -> Option<Span> {
        self.get(key).map(|arg| arg.key.span())
    }

    /// Returns the keys of everything that was written.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Ident> {
        let labels = self.labels.iter().map(|label| &label.key);
        let labels = labels.chain(self.error_label.iter().map(|label| &label.key));
        self.options.iter().map(|arg| &arg.key).chain(labels)
    }

    /// Tells whether `key` is one of the table's options.
    pub(crate) fn is_option(&self, key: &Ident) -> bool {
        self.table.find(key).is_some()
    }

    /// Returns the labels.
    pub(crate) fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Returns the label `error_type`.
    pub(crate) fn error_label(&self) -> Option<&ErrorLabel> {
        self.error_label.as_ref()
    }

    /// Says that a label is no option either.
    pub(crate) fn unknown(&self, key: &Ident) -> Error {
        self.table.unknown(key)
    }

    /// Tells whether `key` may be a slip for an option.
    pub(crate) fn resembles_option(&self, key: &Ident) -> bool {
        nearest(&key.to_string(), self.table.all().map(|option| option.key)).is_some()
    }

    /// Returns the path of the crate, if it is given.
    pub(crate) fn krate(&self) -> Option<&Path> {
        match &self.get("crate")?.value {
            Value::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Returns the path of the crate.
    pub(crate) fn krate_or_default(&self) -> Path {
        self.krate().cloned().unwrap_or_else(default_crate)
    }
}

/// Returns where the crate is found unless said otherwise.
pub(crate) fn default_crate() -> Path {
    parse_quote!(::obs)
}

/// Reads a list separated by commas; goes on behind the next comma after a mistake.
pub(crate) fn each(
    input: ParseStream<'_>,
    errors: &mut Errors,
    mut read: impl FnMut(ParseStream<'_>) -> Result<()>,
) {
    while !input.is_empty() {
        let mut result = read(input);
        if result.is_ok() && !input.is_empty() && !input.peek(Token![,]) {
            result = Err(input.error("expected `,`; write one between two entries"));
        }
        if errors.take(result).is_none() {
            while !input.is_empty() && !input.peek(Token![,]) {
                if input.parse::<TokenTree>().is_err() {
                    return;
                }
            }
        }
        if input.parse::<Option<Token![,]>>().is_err() {
            return;
        }
    }
}

fn count(error: &Error) -> usize {
    error.into_iter().count()
}

fn twice(key: &Ident) -> Error {
    Error::new(key.span(), format!("`{key}` is given twice; remove one of them"))
}

fn label_named_like_option(key: &Ident, input: ParseStream<'_>) -> Error {
    let message =
        format!("`{key}` is an option; put a label of that name into `labels({key}: Type = value)`");
    match Label::read(key.clone(), input) {
        Ok(_) => Error::new(key.span(), message),
        Err(error) => error,
    }
}

/// Passes over the value of an unknown key.
pub(super) fn skip_value(input: ParseStream<'_>) {
    if input.peek(Token![=]) {
        let ahead = input.fork();
        if ahead.parse::<Token![=]>().is_ok() && ahead.parse::<Expr>().is_ok() {
            let _passed = input.parse::<Token![=]>().and_then(|_| input.parse::<Expr>());
        }
    } else if input.peek(token::Paren) {
        let _passed = input.parse::<TokenTree>();
    }
}
