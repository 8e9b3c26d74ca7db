//! The function as it stands, inside one that captures what it does.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::model::Model;
use crate::codegen::ours;
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
    let (argument, given) = match model.telemetry {
        Some(span) => {
            // Located at the argument's type, which is what the compiler talks of where it is another one.
            let telemetry = Ident::new("__obs_telemetry", ours(span));
            (quote!(#telemetry), Some(telemetry))
        }
        None => (quote!(_), None),
    };
    let testing = quote!(#krate::testing);
    match (model.is_async, model.is_test) {
        (false, _) => quote!(#testing::capture(|#argument| #name(#given))),
        (true, true) => quote!(#testing::capture_async(async |#argument| #name(#given).await).await),
        (true, false) => quote!(#testing::block_on(async |#argument| #name(#given).await)),
    }
}
