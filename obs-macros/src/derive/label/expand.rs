//! The tokens of a label.

use proc_macro2::TokenStream;
use quote::quote;

use super::model::Model;

/// Emits the implementation of `LabelValue`.
pub(super) fn expand(model: &Model) -> TokenStream {
    let Model { krate, ident, .. } = model;
    if model.generic {
        return TokenStream::new(); // it cannot be implemented without knowing the bounds, nor be used as a label
    }
    let texts = model.values.iter().map(|v| &v.text);
    let arms = model.values.iter().enumerate().map(|(index, value)| {
        let variant = &value.variant;
        quote!(Self::#variant => #index,)
    });
    let index = if model.refused { quote!(0) } else { quote!(match self { #(#arms)* }) };
    quote! {
        impl #krate::__private::LabelValue for #ident {
            const VALUES: &'static [&'static ::core::primitive::str] = &[#(#texts),*];

            #[inline]
            fn index(self) -> ::core::primitive::usize {
                #index
            }
        }
    }
}
