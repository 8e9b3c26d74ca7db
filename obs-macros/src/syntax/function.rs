//! A function whose body stays tokens.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, GenericParam, Result, Safety, Signature, Token, Visibility, braced, token};

use super::{Binding, Item};
use crate::diag::Errors;

/// What an attribute wants with a function; its words in refusals.
#[derive(Clone, Copy)]
pub(crate) struct Goal {
    /// The attribute, as in `#[traced]`.
    pub(crate) attribute: &'static str,
    /// Where it goes instead of an item without a body of its own.
    pub(crate) instead: &'static str,
}

/// A function with a body.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// `#![...]` at the top of the body.
    pub(crate) inner_attrs: Vec<Attribute>,
    /// The braces and, unread, what is between them.
    pub(crate) body: Group,
}

impl Function {
    /// Refuses what only a caller could answer for, for functions that are called by us; `what` they are, as in `test`.
    pub(crate) fn refuse_what_callers_choose(&self, what: &str, errors: &mut Errors) {
        if let Safety::Unsafe(word) = &self.sig.safety {
            let message =
                format!("nobody upholds the contract of an `unsafe` {what}; make the function safe");
            errors.push(Error::new(word.span, message));
        }
        for param in &self.sig.generics.params {
            let name = match param {
                GenericParam::Type(param) => &param.ident,
                GenericParam::Const(param) => &param.ident,
                GenericParam::Lifetime(_) => continue,
            };
            let message = format!("nobody chooses `{name}` for a {what}; write the type or value out");
            errors.push(Error::new(name.span(), message));
        }
    }

    /// Reads the item as a function; refuses what `goal` cannot work on.
    pub(crate) fn read(item: &Item, goal: Goal) -> Result<Self> {
        let function = |input: ParseStream<'_>| {
            refuse_other_items(input, goal)?;
            let (vis, sig) = (input.parse()?, input.parse()?);
            refuse_bodyless(input, &sig, goal)?;
            // Looks through the invisible delimiters that a `macro_rules!` fragment brings along.
            let content;
            let brace = braced!(content in input);
            // `#![...]` must stay first, whatever is put around the rest.
            let inner_attrs = content.call(Attribute::parse_inner)?;
            let mut body = Group::new(Delimiter::Brace, content.parse()?);
            body.set_span(brace.span.join());
            Ok(Function { attrs: item.attrs.clone(), vis, sig, inner_attrs, body })
        };
        let function = function.parse2(item.rest.clone())?;
        refuse_const(&function.sig, goal)?;
        Ok(function)
    }

    /// Makes a function that does nothing: what is refused for it is refused for all.
    pub(crate) fn bare(sig: Signature) -> Self {
        let body = Group::new(Delimiter::Brace, TokenStream::new());
        Function { attrs: Vec::new(), vis: Visibility::Inherited, sig, inner_attrs: Vec::new(), body }
    }

    /// Returns what the arguments are called in the body.
    pub(crate) fn bindings(&self) -> Vec<Binding> {
        Binding::of(&self.sig)
    }
}

fn refuse_bodyless(input: ParseStream<'_>, sig: &Signature, goal: Goal) -> Result<()> {
    if !input.peek(Token![;]) {
        return Ok(());
    }
    let (name, Goal { attribute, instead }) = (&sig.ident, goal);
    let message = format!("`{attribute}` needs a body, and `{name}` has none; {instead}");
    Err(Error::new(name.span(), message))
}

fn refuse_const(sig: &Signature, Goal { attribute, .. }: Goal) -> Result<()> {
    let Some(word) = &sig.constness else {
        return Ok(());
    };
    let message = format!(
        "`{attribute}` runs code at every call, which a `const fn` cannot; remove `const`, or the attribute"
    );
    Err(Error::new(word.span, message))
}

/// Names the item that is no function, at its keyword.
fn refuse_other_items(input: ParseStream<'_>, goal: Goal) -> Result<()> {
    let ahead = input.fork();
    ahead.parse::<Visibility>()?;
    let keyword = ahead.fork();
    let Some(found) = other_item(&ahead)? else {
        return Ok(());
    };
    let word = keyword.call(Ident::parse_any)?;
    Err(Error::new(
        word.span(),
        format!("`{}` goes on a function, not on {found}; {}", goal.attribute, goal.instead),
    ))
}

/// Tells at which word an item begins and what it is, for an attribute that goes neither on it nor on functions.
pub(crate) fn other_than_block(rest: TokenStream) -> (Span, &'static str) {
    let read = |input: ParseStream<'_>| {
        input.parse::<Visibility>()?;
        let word = input.fork().call(Ident::parse_any)?;
        let found = other_item(input)?;
        input.parse::<TokenStream>()?;
        Ok((word.span(), found.unwrap_or("this item")))
    };
    read.parse2(rest).unwrap_or_else(|error| (error.span(), "this item"))
}

/// Tells what the item is, if it is certainly no function.
fn other_item(ahead: ParseStream<'_>) -> Result<Option<&'static str>> {
    ahead.parse::<Option<Token![unsafe]>>()?;
    if ahead.peek(Token![extern]) {
        ahead.parse::<syn::Abi>()?;
        return Ok(ahead.peek(token::Brace).then_some("an `extern` block"));
    }
    if ahead.peek(Token![const]) {
        ahead.parse::<Token![const]>()?;
        let function = ahead.peek(Token![fn])
            || ahead.peek(Token![async])
            || ahead.peek(Token![unsafe])
            || ahead.peek(Token![extern]);
        return Ok((!function).then_some("a constant"));
    }
    let items: [(bool, &str); 9] = [
        (ahead.peek(Token![struct]), "a struct"),
        (ahead.peek(Token![enum]), "an enum"),
        (ahead.peek(Token![impl]), "an `impl` block"),
        (ahead.peek(Token![trait]), "a trait"),
        (ahead.peek(Token![mod]), "a module"),
        (ahead.peek(Token![static]), "a static"),
        (ahead.peek(Token![type]), "a type alias"),
        (ahead.peek(Token![use]), "an import"),
        (ahead.peek(Token![let]), "a statement"),
    ];
    Ok(items.into_iter().find_map(|(is, name)| is.then_some(name)))
}
