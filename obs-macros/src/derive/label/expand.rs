//! The tokens of a label.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::model::{Model, Of, Value};
use crate::codegen::at;

/// The value of the numbers that are out of bounds.
const OTHER: &str = "_OTHER";

/// Emits the implementation of `LabelValue`.
pub(super) fn expand(model: &Model) -> TokenStream {
    let Model { krate, ident, of, generic } = model;
    if *generic {
        return TokenStream::new(); // it cannot be implemented without knowing the bounds, nor be used as a label
    }
    let p = quote!(#krate::__private);
    let (texts, index) = match of {
        Of::Variants(values) => (texts(values), position(values)),
        Of::Refused(values) => (texts(values), quote!(0)),
        Of::Numbers { min, max, span } => numbers(*min, *max, *span),
        Of::Inner(ty) => inner(ty, &p),
    };
    quote! {
        impl #p::LabelValue for #ident {
            const VALUES: &'static [&'static ::core::primitive::str] = #texts;

            #[inline]
            fn index(self) -> ::core::primitive::usize {
                #index
            }
        }
    }
}

fn texts(values: &[Value]) -> TokenStream {
    let texts = values.iter().map(|v| &v.text);
    quote!(&[#(#texts),*])
}

fn position(values: &[Value]) -> TokenStream {
    let arms = values.iter().enumerate().map(|(index, value)| {
        let variant = &value.variant;
        quote!(Self::#variant => #index,)
    });
    quote!(match self { #(#arms)* })
}

/// The bounds stand where the user wrote one, as rustc refuses one that the number cannot reach.
fn numbers(min: u32, max: u32, span: Span) -> (TokenStream, TokenStream) {
    let texts = (min..=max).map(|number| number.to_string()).chain([OTHER.to_owned()]);
    let spanned = |number: u32| {
        let mut literal = Literal::u32_unsuffixed(number);
        literal.set_span(span);
        literal
    };
    let (first, last, others) = (spanned(min), spanned(max), (max - min) as usize + 1);
    let index = quote! {
        #[allow(
            unreachable_patterns, // all numbers of the type may be values
            clippy::unnecessary_fallible_conversions // some types convert by themselves
        )]
        match self.0 {
            __obs_number @ #first..=#last => {
                <::core::primitive::usize as ::core::convert::TryFrom<_>>::try_from(__obs_number - #first)
                    .unwrap_or(#others)
            }
            _ => #others,
        }
    };
    (quote!(&[#(#texts),*]), index)
}

fn inner(ty: &Type, p: &TokenStream) -> (TokenStream, TokenStream) {
    let p = at(p, ty.span());
    (
        quote_spanned!(ty.span()=> <#ty as #p::LabelValue>::VALUES),
        quote_spanned!(ty.span()=> <#ty as #p::LabelValue>::index(self.0)),
    )
}
