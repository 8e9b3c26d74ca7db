//! The function around its body: where the call begins, and who is told how it ended.

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::call::{Pieces, Start, callsite};
use super::caller;
use super::ending::Ending;
use super::metric::over;
use super::off;
use super::output::Output;
use super::shape::{Made, Shape};
use crate::syntax::Function;

/// Rebuilds the function.
pub(crate) fn rebuild(function: &Function, pieces: &Pieces) -> TokenStream {
    if cfg!(feature = "off") {
        return off::rebuild(function, pieces);
    }
    let krate = &pieces.krate;
    let private = quote!(#krate::__private);
    let callsite = callsite(function, pieces, &private);
    let start = Start::new(pieces, &private);
    let ending = &pieces.ending;
    if caller::is_kept(function, pieces.boxed) {
        return caller::rebuild(function, &callsite, &start, ending, &private);
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

/// Puts statements where the body was.
pub(super) fn around(function: &Function, statements: &TokenStream) -> TokenStream {
    let Function { attrs, vis, sig, inner_attrs, body } = function;
    let mut block = Group::new(body.delimiter(), quote!(#(#inner_attrs)* #statements));
    block.set_span(body.span());
    quote!(#(#attrs)* #vis #sig #block)
}

/// Begins the call now.
pub(super) fn begin(start: &Start, private: &TokenStream) -> TokenStream {
    let Start { parent, is_lazy, values, metrics, stamp } = start;
    let span = if *is_lazy { quote!(span_among) } else { quote!(span) };
    quote! {
        let __obs_call = #private::Call::start(
            &__OBS_CALLSITE,
            #private::#span(&__OBS_CALLSITE, #parent, #values),
            #metrics,
        );
        #stamp
    }
}

/// The verdict of a value, given by a reference.
fn verdict(value: &TokenStream, private: &TokenStream) -> TokenStream {
    quote! {{
        use #private::{OfAnything as _, OfError as _, OfResult as _};
        (&&&#private::Returned(#value)).verdict()
    }}
}

/// The closure that judges a value by reference: where the work has been awaited, and it may be a future itself.
fn judge(ending: &Ending, private: &TokenStream) -> TokenStream {
    let verdict = verdict(&quote!(__obs_return), private);
    if !ending.asks() {
        return quote!(|__obs_return, _| #verdict);
    }
    let verdict = ending.verdict(&verdict);
    quote!(|__obs_return, __obs_ended| #verdict)
}

/// The verdict of what a function returned when its work was done.
pub(super) fn verdict_of_returned(ending: &Ending, private: &TokenStream) -> TokenStream {
    if !ending.asks() {
        return verdict(&quote!(&__obs_return), private);
    }
    let verdict = ending.verdict(&verdict(&quote!(__obs_return), private));
    quote! {{
        let (__obs_return, __obs_ended) = (&__obs_return, __obs_call.ended());
        #verdict
    }}
}

/// Refuses a returned value that is a future, at the return type. Comes after the verdict, which settles the type where a
/// mistake in the body has left it open: there is one error then, not two.
pub(super) fn refuse_future(output: &syn::Type, private: &TokenStream) -> TokenStream {
    let done = over(&quote!((&#private::Returned(&__obs_return)).done()), output.span());
    quote! {{
        use #private::{IsDone as _, IsFuture as _};
        #done;
    }}
}

fn sync(function: &Function, start: &Start, ending: &Ending, private: &TokenStream) -> TokenStream {
    let (body, begin) = (&function.body, begin(start, private));
    let output = match Output::of(&function.sig.output) {
        Output::Type(output) => output,
        Output::Never => {
            let body = ending.watch_closure(quote!(move || -> ! #body), private);
            return quote!(#begin __obs_call.run(#body));
        }
    };
    let verdict = verdict_of_returned(ending, private);
    let body = ending.watch_closure(quote!(move || -> #output #body), private);
    let refuse_future = refuse_future(&output, private);
    quote! {
        #begin
        #[allow(clippy::let_unit_value)]
        let __obs_return = __obs_call.run(#body);
        __obs_call.finish(#verdict);
        #refuse_future
        __obs_return
    }
}

/// The call is made in a block of its own and moves into the future: a variable would be kept beside it.
fn asynchronous(function: &Function, start: &Start, ending: &Ending, private: &TokenStream) -> TokenStream {
    let (body, begin) = (&function.body, begin(start, private));
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
    // Spliced: braces around a body of one line would be linted.
    let body = body.stream();
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
    let begin = begin(start, private);
    let body = ending.watch_future(function.body.to_token_stream(), private);
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
    let Start { parent, is_lazy, values, metrics, .. } = start;
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
