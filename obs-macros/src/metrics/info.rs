//! The tokens of an info: what tells its facts.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::model::{Label, Metric, Values};
use crate::codegen::at;

/// Emits the implementation of `Facts`.
pub(super) fn facts(metric: &Metric, p: &TokenStream) -> TokenStream {
    let ident = &metric.ident;
    let texts = metric.labels.iter().filter_map(|label| text(label, p));
    let known: Option<Vec<_>> = metric.labels.iter().map(known).collect();
    let known = match known {
        Some(known) => quote!(::core::option::Option::Some(&[#(#known),*])),
        None => quote!(::core::option::Option::None),
    };
    quote! {
        impl #p::Facts for #ident {
            const KNOWN: ::core::option::Option<&'static [&'static ::core::primitive::str]> = #known;

            fn texts(self) -> #p::Texts {
                #p::texts([#(#texts),*])
            }
        }
    }
}

fn known(label: &Label) -> Option<TokenStream> {
    match &label.values {
        Values::Known(text) => Some(quote!(#text)),
        _ => None,
    }
}

fn text(label: &Label, p: &TokenStream) -> Option<TokenStream> {
    let ident = &label.ident;
    match &label.values {
        Values::Known(text) => Some(quote!({
            const __OBS_TEXT: &'static ::core::primitive::str = #text;
            #p::Fact::text(__OBS_TEXT)
        })),
        Values::Fact(ty) => {
            let p = at(p, ty.span());
            let text = quote_spanned!(ty.span()=> <#ty as #p::Fact>::text);
            Some(quote!(#text(self.#ident)))
        }
        _ => None,
    }
}
