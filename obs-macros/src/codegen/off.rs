//! Feature `off`: the function as it was written. What the attributes name is still checked by the compiler.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::body::in_place;
use super::call::Pieces;
use super::output::Output;
use super::shape::Shape;
use crate::syntax::Function;

/// Rebuilds the function without anything that runs.
pub(super) fn rebuild(function: &Function, pieces: &Pieces) -> TokenStream {
    let Function { attrs, vis, sig, inner_attrs, body } = function;
    let checked = checked(function, pieces);
    let stream = if checked.is_some() { in_place(body) } else { body.stream() };
    let mut block = Group::new(body.delimiter(), quote!(#(#inner_attrs)* #checked #stream));
    block.set_span(body.span());
    quote!(#(#attrs)* #vis #sig #block)
}

/// A branch that is never taken: a mistake in an expression is an error with the feature too, and what only an
/// attribute uses is not unused. It does not return to the body, so that the body may use what it moves.
fn checked(function: &Function, pieces: &Pieces) -> Option<TokenStream> {
    let mut expressions = pieces.metrics.clone();
    if let Some(span) = &pieces.span {
        let name = span.name.as_ref().map(ToTokens::to_token_stream);
        let stamp = span.stamp.as_ref().map(|envelope| quote!(&*#envelope));
        expressions.extend([name, span.target.clone(), stamp].into_iter().flatten());
        let krate = &pieces.krate;
        let parent =
            if span.is_lazy { Some(span.relatives(&quote!(#krate::__private))) } else { span.parent.clone() };
        expressions.extend([span.level.clone(), parent].into_iter().flatten());
        expressions.extend(span.field_values.iter().cloned());
    }
    expressions.extend(judged(function, pieces));
    (!expressions.is_empty()).then(|| {
        quote! {
            #[allow(unreachable_code, clippy::empty_loop, clippy::let_underscore_untyped)]
            if false {
                #(let _ = #expressions;)*
                loop {}
            }
        }
    })
}

/// What is asked of the returned value, if its type can be written in the body.
fn judged(function: &Function, pieces: &Pieces) -> Option<TokenStream> {
    let judged = &pieces.ending.judged;
    if judged.is_empty() {
        return None;
    }
    let value = match (Shape::of(&function.sig, pieces.boxed), Output::of(&function.sig.output)) {
        (Shape::Sync | Shape::Async, Output::Type(output)) => *output,
        (Shape::Future(made) | Shape::Stream(made), _) => made.gives?,
        _ => return None,
    };
    if mentions_inferred(value.to_token_stream()) {
        return None;
    }
    let krate = &pieces.krate;
    Some(quote! {{
        let __obs_return: &#value = loop {};
        let __obs_verdict = #krate::__private::Verdict::OK;
        #(let __obs_verdict = #judged;)*
        __obs_verdict
    }})
}

fn mentions_inferred(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "_",
        TokenTree::Group(group) => mentions_inferred(group.stream()),
        _ => false,
    })
}
