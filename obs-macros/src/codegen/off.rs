//! Feature `off`: the function as it was written. What the attributes name is still checked by the compiler.

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote};

use super::call::Pieces;
use crate::syntax::Function;

/// Rebuilds the function without anything that runs.
pub(super) fn rebuild(function: &Function, pieces: &Pieces) -> TokenStream {
    let Function { attrs, vis, sig, inner_attrs, body } = function;
    let (checked, stream) = (checked(pieces), body.stream());
    let mut block = Group::new(body.delimiter(), quote!(#(#inner_attrs)* #checked #stream));
    block.set_span(body.span());
    quote!(#(#attrs)* #vis #sig #block)
}

/// A branch that is never taken: a mistake in an expression is an error with the feature too, and what only an
/// attribute uses is not unused. It does not return to the body, so that the body may use what it moves.
fn checked(pieces: &Pieces) -> Option<TokenStream> {
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
