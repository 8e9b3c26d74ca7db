//! The function around its body: where the call begins, and who is told how it ended.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::call::{Pieces, Start, callsite};
use super::caller;
use super::ending::Ending;
use super::off;
use super::output::{Output, tells_nothing};
use super::place::{ours, over};
use super::shape::{Made, Shape};
use crate::syntax::{Function, begins_with_item};

/// Rebuilds the function.
pub(crate) fn rebuild(function: &Function, pieces: &Pieces) -> TokenStream {
    if cfg!(feature = "off") {
        return off::rebuild(function, pieces);
    }
    let krate = &pieces.krate;
    let private = quote!(#krate::__private);
    let callsite = callsite(function, pieces, is_judged(function, pieces), &private);
    let start = Start::new(pieces, &private);
    let ending = &pieces.ending;
    if caller::is_kept(function, pieces.boxed) {
        return caller::rebuild(function, pieces, &callsite, &start, &private);
    }
    let work = match Shape::of(&function.sig, pieces.boxed) {
        Shape::Sync => sync(function, &start, ending, &private),
        Shape::Async => asynchronous(function, &start, ending, &private),
        Shape::AsyncTrait => async_trait(function, &start, ending, &private),
        Shape::Future(made) => deferred(function, &made, "future", &start, ending, &private),
        Shape::Stream(made) => deferred(function, &made, "stream", &start, ending, &private),
    };
    around(function, &quote!(#callsite #work))
}

/// Tells whether a synchronous call that ends without a verdict must have panicked.
fn is_judged(function: &Function, pieces: &Pieces) -> bool {
    let Function { sig, body, .. } = function;
    match (Shape::of(sig, pieces.boxed), Output::of(&sig.output)) {
        (Shape::Sync, Output::Type(output)) if caller::is_kept(function, pieces.boxed) => {
            caller::Way::of(&output, sig, body, &pieces.ending).is_judged()
        }
        (Shape::Sync, Output::Type(_)) => pieces.ending.needs_value() || !tells_nothing(&sig.output),
        _ => false,
    }
}

/// Puts statements where the body was.
pub(super) fn around(function: &Function, statements: &TokenStream) -> TokenStream {
    let Function { attrs, vis, sig, inner_attrs, body } = function;
    let mut block = Group::new(body.delimiter(), quote!(#(#inner_attrs)* #statements));
    block.set_span(body.span());
    quote!(#(#attrs)* #vis #sig #block)
}

/// The closure that judges a value by reference: where the work has been awaited, and it may be a future itself.
fn judge(ending: &Ending, private: &TokenStream) -> TokenStream {
    let verdict = quote!(#private::awaited(__obs_return).verdict());
    if !ending.asks() {
        return quote!(|__obs_return, _| #verdict);
    }
    let verdict = ending.verdict(&verdict);
    quote!(|__obs_return, __obs_ended| #verdict)
}

/// Ends the call by what the function returned. A future is refused, at the return type.
pub(super) fn finish(output: &syn::Type, ending: &Ending, private: &TokenStream) -> TokenStream {
    if !ending.asks() {
        let verdict = over(&quote!(#private::returned(&__obs_return).verdict()), output.span());
        return quote! {
            if __obs_call.is_open() {
                __obs_call.finish(#verdict);
            }
        };
    }
    let own = over(&quote!(#private::returned(__obs_return).verdict()), output.span());
    let verdict = ending.verdict(&own);
    quote! {
        let __obs_verdict = {
            let (__obs_return, __obs_ended) = (&__obs_return, __obs_call.ended());
            #verdict
        };
        __obs_call.finish(__obs_verdict);
    }
}

/// The body among other statements. Without its braces, behind which `rustc` explains a body's type less well; with them
/// if it begins with items, which would be linted behind a statement, or is the work of another attribute, which has names
/// of its own.
pub(super) fn in_place(body: &Group) -> TokenStream {
    let is_call = |token| matches!(token, TokenTree::Ident(word) if word == "__obs_call");
    if begins_with_item(body.stream()) || body.stream().into_iter().any(is_call) {
        in_braces(body).to_token_stream()
    } else {
        body.stream()
    }
}

/// The body in braces of ours: the user's would be linted around one line, where no function is.
pub(super) fn in_braces(body: &Group) -> Group {
    let mut braces = Group::new(body.delimiter(), body.stream());
    braces.set_span(ours(body.span()));
    braces
}

/// A body whose value tells nothing stays where it is; any other moves into a closure, so that its value is seen whichever
/// way it is left.
fn sync(function: &Function, start: &Start, ending: &Ending, private: &TokenStream) -> TokenStream {
    let begin = start.scope(private);
    let output = match Output::of(&function.sig.output) {
        Output::Type(output) if ending.needs_value() || !tells_nothing(&function.sig.output) => output,
        Output::Type(_) | Output::Never => {
            let (watch, body) = (ending.watch_scope(private), in_place(&function.body));
            return quote!(#begin #watch #body);
        }
    };
    let body = &function.body;
    let body = ending.watch_closure(quote!(move || -> #output #body), private);
    let finish = finish(&output, ending, private);
    let (writable, give) = ending.give();
    quote! {
        #begin
        #[allow(clippy::let_unit_value)]
        let #writable __obs_return = #private::make(#body);
        #give
        #finish
        __obs_return
    }
}

/// The call is made in a block of its own and moves into the future: a variable would be kept beside it.
fn asynchronous(function: &Function, start: &Start, ending: &Ending, private: &TokenStream) -> TokenStream {
    let (body, begin) = (&function.body, start.call(private));
    let output = match Output::of(&function.sig.output) {
        Output::Type(output) => output,
        Output::Never => {
            let body = ending.watch_future(quote!(async move #body), private);
            return quote! {
                #private::once({
                    #begin
                    __obs_call.drive(#body, |_, _| #private::Verdict::OK)
                })
                .await;
                #[allow(unreachable_code, clippy::empty_loop)]
                loop {}
            };
        }
    };
    let edge = return_edge(&output);
    let body = in_place(body);
    let body = ending.watch_future(quote!(async move { #edge #body }), private);
    let judge = judge(ending, private);
    quote! {
        #private::once({
            #begin
            __obs_call.drive(#body, #judge)
        })
        .await
    }
}

/// The body makes a future and does nothing else, so it can be run when that is polled.
fn async_trait(function: &Function, start: &Start, ending: &Ending, private: &TokenStream) -> TokenStream {
    let begin = start.call(private);
    let body = ending.watch_future(in_braces(&function.body).to_token_stream(), private);
    let judge = judge(ending, private);
    quote! {
        #private::boxed(async move {
            #private::once({
                #begin
                __obs_call.drive(#body, #judge)
            })
            .await
        })
    }
}

/// The body runs now, for it may do more than make a future; the call begins at the first poll.
fn deferred(
    function: &Function,
    made: &Made,
    method: &str,
    start: &Start,
    ending: &Ending,
    private: &TokenStream,
) -> TokenStream {
    let Output::Type(output) = Output::of(&function.sig.output) else {
        return sync(function, start, ending, private);
    };
    let body = &function.body;
    let method = proc_macro2::Ident::new(method, proc_macro2::Span::call_site());
    let Start { parent, is_lazy, values, metrics, messages, .. } = start;
    let begin = if *is_lazy { quote!(among) } else { quote!(new) };
    let mut work = quote!(#private::make(move || -> #output #body));
    if let Some(gives) = &made.gives {
        let typed = quote::format_ident!("{method}_of");
        work = quote!(#private::#typed::<#gives, _>(#work));
    }
    let work = ending.watch_future(work, private);
    let judge = judge(ending, private);
    let call = quote! {
        #private::Begin::#begin(&__OBS_CALLSITE, #parent, #values, #metrics)
            #messages
            .#method(#work, #judge)
    };
    if made.boxed { quote!(#private::boxed(#call)) } else { call }
}

/// A return that never happens: tells inference the type of an async block, which cannot be written.
fn return_edge(output: &syn::Type) -> TokenStream {
    quote_spanned! {output.span()=>
        #[allow(
            unknown_lints,
            unreachable_code,
            clippy::diverging_sub_expression,
            clippy::empty_loop,
            clippy::let_unit_value,
            clippy::let_with_type_underscore,
            clippy::needless_return
        )]
        if false {
            let __obs_never: #output = loop {};
            return __obs_never;
        }
    }
}
