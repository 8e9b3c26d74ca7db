//! A function whose body stays tokens.

use proc_macro2::{Group, Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Error, Result, Signature, Token, Visibility, token};

use super::{Binding, Item};

/// What an attribute wants with a function; its words in refusals.
#[derive(Clone, Copy)]
pub(crate) struct Goal {
    /// The attribute, as in `#[traced]`.
    pub(crate) attribute: &'static str,
    /// Where it goes instead of an item without a body of its own.
    pub(crate) instead: &'static str,
}

/// A function with a body.
#[derive(Debug)]
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
    /// Reads the item as a function; refuses what `goal` cannot work on.
    pub(crate) fn read(item: &Item, goal: Goal) -> Result<Self> {
        let head = |input: ParseStream<'_>| {
            refuse_other_items(input, goal)?;
            let (vis, sig) = (input.parse()?, input.parse::<Signature>()?);
            if input.peek(Token![;]) {
                return Err(Error::new(
                    sig.ident.span(),
                    format!(
                        "`{}` needs a body, and `{}` has none; {}",
                        goal.attribute, sig.ident, goal.instead
                    ),
                ));
            }
            Ok((vis, sig, input.parse::<Group>()?))
        };
        let (vis, sig, block) = head.parse2(item.rest.clone())?;
        if let Some(constness) = &sig.constness {
            return Err(Error::new(
                constness.span,
                format!(
                    "`{}` runs code at every call, which a `const fn` cannot; remove `const`, or the attribute",
                    goal.attribute
                ),
            ));
        }
        let (inner_attrs, body) = split_inner_attributes(&block)?;
        Ok(Function { attrs: item.attrs.clone(), vis, sig, inner_attrs, body })
    }

    /// Returns what the arguments are called in the body.
    pub(crate) fn bindings(&self) -> Vec<Binding> {
        Binding::of(&self.sig)
    }
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

/// Takes `#![...]` out of a body, for they must stay first.
fn split_inner_attributes(block: &Group) -> Result<(Vec<Attribute>, Group)> {
    struct Inner(Vec<Attribute>, TokenStream);
    impl Parse for Inner {
        fn parse(input: ParseStream<'_>) -> Result<Self> {
            Ok(Inner(input.call(Attribute::parse_inner)?, input.parse()?))
        }
    }
    let Inner(attrs, rest) = syn::parse2(block.stream())?;
    let mut body = Group::new(block.delimiter(), rest);
    body.set_span(block.span());
    Ok((attrs, body))
}
