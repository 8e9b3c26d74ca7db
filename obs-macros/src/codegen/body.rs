//! The function around its body: where the call begins, and who is told how it ended.

use proc_macro2::{Group, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::call::{Pieces, Start, callsite};
use super::caller;
use super::metric::at;
use super::output::Output;
use super::shape::{Made, Shape};
use crate::syntax::Function;

/// Rebuilds the function.
pub(crate) fn rebuild(function: &Function, pieces: &Pieces) -> TokenStream {
    let krate = &pieces.krate;
    let private = quote!(#krate::__private);
    let callsite = callsite(function, pieces, &private);
    let start = Start::new(pieces, &private);
    if caller::is_kept(function, pieces.boxed) {
        return caller::rebuild(function, &callsite, &start, &private);
    }
    let work = match Shape::of(&function.sig, pieces.boxed) {
        Shape::Sync => sync(function, &start, &private),
        Shape::Async => asynchronous(function, &start, &private),
        Shape::AsyncTrait => async_trait(function, &start, &private),
        Shape::Future(made) => deferred(function, &made, "future", &start, &private),
        Shape::Stream(made) => deferred(function, &made, "stream", &start, &private),
    };
    around(function, &quote!(#callsite #work))
}

/// Puts statements where the body was.
pub(super) fn around(function: &Function, statements: &TokenStream) -> TokenStream {
    let Function { attrs, vis, sig, inner_attrs, body } = function;
    let mut block = Group::new(body.delimiter(), quote!(#(#inner_attrs)* #statements));
    block.set_span(body.span());
    quote!(#(#attrs)* #vis #sig #block)
}

/// Begins the call now.
pub(super) fn begin(start: &Start, private: &TokenStream) -> TokenStream {
    let Start { parent, values, metrics, stamp } = start;
    quote! {
        let __obs_call = #private::Call::start(
            &__OBS_CALLSITE,
            #private::span(&__OBS_CALLSITE, #parent, #values),
            #metrics,
        );
        #stamp
    }
}

/// The verdict of a value, given by a reference.
pub(super) fn verdict(value: &TokenStream, private: &TokenStream) -> TokenStream {
    quote! {{
        use #private::{OfAnything as _, OfResult as _};
        (&#private::Returned(#value)).verdict()
    }}
}

/// Refuses a returned value that is a future, at the return type. Comes after the verdict, which settles the type where a
/// mistake in the body has left it open: there is one error then, not two.
pub(super) fn refuse_future(output: &syn::Type, private: &TokenStream) -> TokenStream {
    let done = at(&quote!((&#private::Returned(&__obs_return)).done()), output.span());
    quote! {{
        use #private::{IsDone as _, IsFuture as _};
        #done;
    }}
}

fn sync(function: &Function, start: &Start, private: &TokenStream) -> TokenStream {
    let (body, begin) = (&function.body, begin(start, private));
    let output = match Output::of(&function.sig.output) {
        Output::Type(output) => output,
        Output::Never => return quote!(#begin __obs_call.run(move || -> ! #body)),
    };
    let verdict = verdict(&quote!(&__obs_return), private);
    let refuse_future = refuse_future(&output, private);
    quote! {
        #begin
        #[allow(clippy::let_unit_value)]
        let __obs_return = __obs_call.run(move || -> #output #body);
        __obs_call.finish(#verdict);
        #refuse_future
        __obs_return
    }
}

/// The call is made in a block of its own and moves into the future: a variable would be kept beside it.
fn asynchronous(function: &Function, start: &Start, private: &TokenStream) -> TokenStream {
    let (body, begin) = (&function.body, begin(start, private));
    let output = match Output::of(&function.sig.output) {
        Output::Type(output) => output,
        Output::Never => {
            return quote! {
                #private::once({
                    #begin
                    __obs_call.drive(async move #body, |_| #private::Verdict::OK)
                })
                .await;
                #[allow(unreachable_code, clippy::empty_loop)]
                loop {}
            };
        }
    };
    let edge = return_edge(&output);
    // Spliced: braces around a body of one line would be linted.
    let body = body.stream();
    let verdict = verdict(&quote!(__obs_return), private);
    quote! {
        #private::once({
            #begin
            __obs_call.drive(async move { #edge #body }, |__obs_return| #verdict)
        })
        .await
    }
}

/// The body makes a future and does nothing else, so it can be run when that is polled.
fn async_trait(function: &Function, start: &Start, private: &TokenStream) -> TokenStream {
    let (body, begin) = (&function.body, begin(start, private));
    let verdict = verdict(&quote!(__obs_return), private);
    quote! {
        #private::boxed(async move {
            #private::once({
                #begin
                __obs_call.drive(#body, |__obs_return| #verdict)
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
    private: &TokenStream,
) -> TokenStream {
    let Output::Type(output) = Output::of(&function.sig.output) else {
        return sync(function, start, private);
    };
    let body = &function.body;
    let method = proc_macro2::Ident::new(method, proc_macro2::Span::call_site());
    let Start { parent, values, metrics, .. } = start;
    let mut work = quote!(#private::make(move || -> #output #body));
    if let Some(gives) = &made.gives {
        let typed = quote::format_ident!("{method}_of");
        work = quote!(#private::#typed::<#gives, _>(#work));
    }
    let verdict = verdict(&quote!(__obs_return), private);
    let call = quote! {
        #private::Begin::new(&__OBS_CALLSITE, #parent, #values, #metrics)
            .#method(#work, |__obs_return| #verdict)
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
