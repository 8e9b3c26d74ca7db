//! `#[track_caller]`: the body must not move into a closure, which has no caller to tell.
//!
//! A body whose value is no verdict stays where it is, and so does one that nothing leaves before its end. One whose value
//! is judged, and which `?` may leave, moves into a `#[track_caller]` function beside the call.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, GenericParam, Meta, Pat, Safety, Signature, Type, parse_quote};

use super::body::{around, finish, in_place};
use super::call::{Pieces, Start};
use super::ending::Ending;
use super::outer;
use super::output::{Output, tells_nothing};
use super::place::over;
use super::shape::Shape;
use crate::syntax::{Function, mentions};

/// Tells whether the body must keep its caller. An `async fn` has none, with or without the attribute.
pub(super) fn is_kept(function: &Function, boxed: bool) -> bool {
    let tracked = function.attrs.iter().any(|attr| attr.path().is_ident("track_caller"));
    tracked && matches!(Shape::of(&function.sig, boxed), Shape::Sync)
}

/// How the body is watched that must keep its caller.
pub(super) enum Way {
    /// Where it is: its value tells nothing.
    InPlace,
    /// Where it is, and its value is looked at.
    Valued,
    /// Where it is: its value must tell nothing, for it may be left unseen.
    Unseen,
    /// From a function of its own.
    Beside,
}

impl Way {
    pub(super) fn of(output: &Type, sig: &Signature, body: &Group, ending: &Ending) -> Self {
        if !ending.needs_value() && tells_nothing(&sig.output) {
            return Way::InPlace;
        }
        match may_be_left(body.stream()) {
            false => Way::Valued,
            true if tells(output) || ending.needs_value() => Way::Beside,
            true => Way::Unseen,
        }
    }

    pub(super) fn is_judged(&self) -> bool {
        matches!(self, Way::Valued | Way::Beside)
    }
}

/// Tells whether the body may be left before its end: by `?`, `return`, or what a macro makes.
fn may_be_left(body: TokenStream) -> bool {
    let (mut word, mut call) = (false, false);
    body.into_iter().any(|token| {
        let is_left = match &token {
            TokenTree::Ident(word) => word == "return",
            TokenTree::Punct(mark) => mark.as_char() == '?',
            TokenTree::Group(group) => call || may_be_left(group.stream()),
            TokenTree::Literal(_) => false,
        };
        call = word && matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '!');
        word = matches!(token, TokenTree::Ident(_));
        is_left
    })
}

/// Tells whether the body moves into a method: beside the call, and with something of the `impl` block that only a method
/// has.
pub(crate) fn needs_method(function: &Function, pieces: &Pieces) -> bool {
    let Function { sig, body, .. } = function;
    let moves = match Output::of(&sig.output) {
        Output::Type(output) => matches!(Way::of(&output, sig, body, &pieces.ending), Way::Beside),
        Output::Never => false,
    };
    is_kept(function, pieces.boxed) && moves && outer::is_needed(function, &pieces.generics)
}

/// Rebuilds the function.
pub(super) fn rebuild(
    function: &Function,
    pieces: &Pieces,
    callsite: &TokenStream,
    start: &Start,
    private: &TokenStream,
) -> TokenStream {
    let ending = &pieces.ending;
    let begin = start.scope(private);
    let begin = quote!(#callsite #begin);
    let (watch, body) = (ending.watch_scope(private), in_place(&function.body));
    let Output::Type(output) = Output::of(&function.sig.output) else {
        return around(function, &quote!(#begin #watch #body));
    };
    let finish = match Way::of(&output, &function.sig, &function.body, ending) {
        Way::InPlace => return around(function, &quote!(#begin #watch #body)),
        Way::Beside => return beside(function, pieces, &output, &begin, private),
        Way::Valued => finish(&output, ending, private),
        Way::Unseen => over(&quote!(#private::returned(&__obs_return).plain();), output.span()),
    };
    let (writable, give) = ending.give();
    around(
        function,
        &quote! {
            #begin
            #[allow(clippy::let_unit_value, clippy::let_and_return)]
            let #writable __obs_return: #output = { #watch #body };
            #give
            #finish
            __obs_return
        },
    )
}

/// Tells whether the value is a verdict, or `?` may leave the body.
fn tells(output: &Type) -> bool {
    match output {
        Type::Path(ty) => ty.path.segments.last().is_some_and(|s| s.ident == "Result" || s.ident == "Option"),
        Type::Group(ty) => tells(&ty.elem),
        Type::Paren(ty) => tells(&ty.elem),
        _ => false,
    }
}

/// Moves the body into a function of its own: inside where it can be, next to it where it needs the `impl` block.
fn beside(
    function: &Function,
    pieces: &Pieces,
    output: &Type,
    begin: &TokenStream,
    private: &TokenStream,
) -> TokenStream {
    let Function { sig, inner_attrs, body, .. } = function;
    let (ending, needs_type) = (&pieces.ending, outer::is_needed(function, &pieces.generics));
    let name = name(function, needs_type);
    let (outer, passed) = passed_on(sig, &name, needs_type);
    let attrs: Vec<Attribute> = function.attrs.iter().map(allowed).collect();
    let mut inner = sig.clone();
    inner.ident = name;
    let attrs_of_body = attrs.iter().filter(|attr| goes_along(attr));
    let stream = body.stream();
    let sibling = quote! {
        #(#attrs_of_body)*
        #[track_caller]
        #[doc(hidden)]
        #[inline(always)]
        #[allow(dead_code, clippy::inline_always, clippy::too_many_arguments)]
        #inner { #(#inner_attrs)* #stream }
    };
    let finish = finish(output, ending, private);
    let watch = ending.watch_scope(private);
    let (writable, give) = ending.give();
    let nested = (!needs_type).then_some(&sibling);
    let function = Function { sig: outer, inner_attrs: Vec::new(), attrs: attrs.clone(), ..function.clone() };
    let work = around(
        &function,
        &quote! {
            #nested #begin
            let #writable __obs_return: #output = {
                #watch
                #passed
            };
            #give
            #finish
            __obs_return
        },
    );
    if needs_type { quote!(#work #sibling) } else { work }
}

/// What speaks of the body: which code is there, and which lints it may break.
fn goes_along(attr: &Attribute) -> bool {
    ["cfg", "allow", "warn", "deny"].iter().any(|name| attr.path().is_ident(name))
}

/// Of what is expected of the function, some is found in one half of it and some in the other: neither expects it.
fn allowed(attr: &Attribute) -> Attribute {
    let mut attr = attr.clone();
    if let Meta::List(list) = &mut attr.meta
        && list.path.is_ident("expect")
    {
        list.path = parse_quote!(allow);
    }
    attr
}

/// Names the function beside. A trait's `impl` can hold no second method, and `rustc` shows the name when it says so; that
/// it adds that the method is not found cannot be helped, for no other path leads there.
fn name(function: &Function, is_method: bool) -> Ident {
    let of = function.sig.ident.unraw();
    let mut name = if is_method {
        format_ident!(
            "__obs_track_caller_on_{of}_whose_value_is_judged_is_not_for_trait_impls",
            span = of.span()
        )
    } else {
        format_ident!("__obs_body_of_{of}", span = of.span())
    };
    // What another attribute, under a name that was not known, has put beside already.
    while mentions(function.body.stream(), &|word| *word == name) {
        name = format_ident!("{name}_too");
    }
    name
}

/// Returns the signature whose arguments can be passed on, and the call that does.
fn passed_on(sig: &Signature, name: &Ident, needs_type: bool) -> (Signature, TokenStream) {
    let mut outer = sig.clone();
    let mut arguments = Vec::new();
    for (at, input) in outer.inputs.iter_mut().enumerate() {
        match input {
            FnArg::Receiver(receiver) => {
                receiver.mutability = None;
                arguments.push(receiver.self_token.to_token_stream());
            }
            FnArg::Typed(argument) => {
                let ident = match &*argument.pat {
                    Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => pat.ident.clone(),
                    _ => format_ident!("__obs_argument_{at}"),
                };
                *argument.pat = syn::parse_quote!(#ident);
                arguments.push(ident.to_token_stream());
            }
        }
    }
    let chosen = sig.generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some(&param.ident),
        GenericParam::Const(param) => Some(&param.ident),
        GenericParam::Lifetime(_) => None,
    });
    let chosen = quote!(#(#chosen),*);
    let chosen = (!chosen.is_empty()).then(|| quote!(::<#chosen>));
    let path = if needs_type { quote!(Self::#name) } else { quote!(#name) };
    let call = quote!(#path #chosen (#(#arguments),*));
    let call = if matches!(sig.safety, Safety::Unsafe(_)) { quote!(unsafe { #call }) } else { call };
    (outer, call)
}
