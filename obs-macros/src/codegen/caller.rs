//! `#[track_caller]`: the body must not move into a closure, which has no caller to tell.
//!
//! A body whose value is no verdict stays where it is. One that returns a `Result` or an `Option`, so that `?` may leave
//! it, moves into a `#[track_caller]` function beside the call.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{FnArg, GenericParam, Pat, Safety, Signature, Type};

use super::body::{around, finish, in_place};
use super::call::{Pieces, Start};
use super::ending::Ending;
use super::metric::over;
use super::output::{Output, tells_nothing};
use super::shape::Shape;
use crate::syntax::Function;

/// Tells whether the body must keep its caller. An `async fn` has none, with or without the attribute.
pub(super) fn is_kept(function: &Function, boxed: bool) -> bool {
    let tracked = function.attrs.iter().any(|attr| attr.path().is_ident("track_caller"));
    tracked && matches!(Shape::of(&function.sig, boxed), Shape::Sync)
}

/// Tells whether the body moves into a method: beside the call, and with a `self` or `Self` that only a method has.
pub(crate) fn needs_method(function: &Function, pieces: &Pieces) -> bool {
    let moves = match Output::of(&function.sig.output) {
        Output::Type(output) => tells(&output) || pieces.ending.asks(),
        Output::Never => false,
    };
    is_kept(function, pieces.boxed) && moves && needs_type(function)
}

fn needs_type(function: &Function) -> bool {
    let Function { sig, body, .. } = function;
    sig.receiver().is_some() || mentions_self(sig.to_token_stream()) || mentions_self(body.to_token_stream())
}

/// Rebuilds the function.
pub(super) fn rebuild(
    function: &Function,
    callsite: &TokenStream,
    start: &Start,
    ending: &Ending,
    private: &TokenStream,
) -> TokenStream {
    let begin = start.begin("Scope", private);
    let watch = ending.watch_scope(private);
    match Output::of(&function.sig.output) {
        Output::Type(output) if tells(&output) || ending.asks() => {
            beside(function, &output, &quote!(#callsite #begin), ending, private)
        }
        Output::Type(output) if !tells_nothing(&output) => {
            let body = &function.body;
            let plain = over(&quote!(#private::returned(&__obs_return).plain()), output.span());
            around(
                function,
                &quote! {
                    #callsite #begin #watch
                    #[allow(clippy::let_unit_value, clippy::let_and_return)]
                    let __obs_return: #output = #body;
                    #plain;
                    __obs_return
                },
            )
        }
        Output::Type(_) | Output::Never => {
            let body = in_place(&function.body);
            around(function, &quote!(#callsite #begin #watch #body))
        }
    }
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

/// Moves the body into a function of its own: inside where it can be, next to it where it needs `self` or `Self`.
fn beside(
    function: &Function,
    output: &Type,
    begin: &TokenStream,
    ending: &Ending,
    private: &TokenStream,
) -> TokenStream {
    let Function { attrs, sig, inner_attrs, body, .. } = function;
    let needs_type = needs_type(function);
    let name = name(&sig.ident, sig.receiver().is_some());
    let (outer, passed) = passed_on(sig, &name, needs_type);
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
    let nested = (!needs_type).then_some(&sibling);
    let function = Function { sig: outer, inner_attrs: Vec::new(), ..function.clone() };
    let work = around(
        &function,
        &quote! {
            #nested #begin
            let __obs_return: #output = {
                #watch
                #passed
            };
            #finish
            __obs_return
        },
    );
    if needs_type { quote!(#work #sibling) } else { work }
}

/// What speaks of the body: which code is there, and which lints it may break.
fn goes_along(attr: &syn::Attribute) -> bool {
    ["cfg", "allow", "expect", "warn", "deny"].iter().any(|name| attr.path().is_ident(name))
}

/// A trait's `impl` can hold no second method: `rustc` shows this name when it says so.
fn name(function: &Ident, is_method: bool) -> Ident {
    let function = function.unraw();
    if is_method {
        format_ident!(
            "__obs_track_caller_on_{function}_whose_value_is_judged_is_not_for_trait_impls",
            span = function.span()
        )
    } else {
        format_ident!("__obs_body_of_{function}", span = function.span())
    }
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

fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "Self",
        TokenTree::Group(group) => mentions_self(group.stream()),
        _ => false,
    })
}
