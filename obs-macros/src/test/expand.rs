//! The function as it stands, inside one that captures what it does.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::model::Model;
use crate::codegen::at;
use crate::syntax::Function;

/// Emits the test, with the function inside.
pub(super) fn expand(function: &Function, model: &Model) -> TokenStream {
    let Function { attrs, vis, sig, inner_attrs, body } = function;
    let (name, output) = (&sig.ident, &sig.output);
    // The last of the attributes: those that make a test otherwise see it as it stands.
    let test = (!model.is_test).then(|| quote!(#[::core::prelude::v1::test]));
    let stream = body.stream();
    let asyncness = (model.is_async && model.is_test).then_some(&sig.asyncness);
    let run = run(function, model);
    quote! {
        #(#attrs)*
        #test
        #vis #asyncness fn #name() #output {
            #sig {
                #(#inner_attrs)*
                #stream
            }
            #run
        }
    }
}

/// What the test does.
fn run(function: &Function, model: &Model) -> TokenStream {
    let (krate, name) = (&model.krate, &function.sig.ident);
    // Located at the argument's type, which is what the compiler talks of where it is another one.
    let span = model.telemetry.unwrap_or_else(Span::call_site);
    let testing = at(&quote!(#krate::testing), span);
    let inside = if model.telemetry.is_some() {
        let mut name = name.clone();
        name.set_span(name.span().located_at(span));
        quote!(#name)
    } else if model.is_async {
        quote!(async |_| #name().await)
    } else {
        quote!(|_| #name())
    };
    match (model.is_async, model.is_test) {
        (false, _) => quote_spanned!(span=> #testing::capture(#inside)),
        (true, true) => quote_spanned!(span=> #testing::capture_async(#inside).await),
        (true, false) => quote_spanned!(span=> #testing::block_on(#inside)),
    }
}
