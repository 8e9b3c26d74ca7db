//! The tokens of an error type.

use proc_macro2::TokenStream;
use quote::quote;

use super::model::{Model, Names};

/// Emits the implementations of `ErrorType` and `ErrorNames`.
pub(super) fn expand(model: &Model) -> TokenStream {
    let Model { krate, ident, generics, names } = model;
    let (params, args, bounds) = generics.split_for_impl();
    let name = match names {
        Names::One(name) => quote!(#name),
        Names::Variants(variants) if variants.is_empty() => quote!(match *self {}),
        Names::Variants(variants) => {
            let arms = variants.iter().map(|(variant, name)| quote!(Self::#variant { .. } => #name,));
            quote!(match self { #(#arms)* })
        }
    };
    let all = names.distinct();
    quote! {
        impl #params #krate::__private::ErrorType for #ident #args #bounds {
            fn error_type(&self) -> &'static ::core::primitive::str {
                #name
            }
        }

        impl #params #krate::__private::ErrorNames for #ident #args #bounds {
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#all),*];
        }
    }
}
