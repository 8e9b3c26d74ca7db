//! The tokens of an envelope.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::args::Role;
use super::model::{Model, Place};
use crate::codegen::ours;

/// Emits the implementation of `Envelope`.
pub(super) fn expand(model: &Model) -> TokenStream {
    let Model { krate, ident, .. } = model;
    let p = quote!(#krate::__private);
    let (generics, types, conditions) = model.generics.split_for_impl();
    let (stamp, context) = match &model.place {
        Some(place) => bodies(place, &p),
        None => (quote!(), quote!(::core::default::Default::default())),
    };
    quote! {
        impl #generics #p::Envelope for #ident #types #conditions {
            fn stamp(&mut self, __obs_context: &#p::Propagated) {
                #stamp
            }

            fn context(&self) -> #p::Propagated {
                #context
            }
        }
    }
}

/// The bodies of `stamp` and `context`; a field of the wrong type is an error at that type.
fn bodies(place: &Place, p: &TokenStream) -> (TokenStream, TokenStream) {
    let Place { field, ty, role } = place;
    let role = match role {
        Role::Context => quote_spanned!(ty.span()=> ContextField),
        Role::Headers => quote_spanned!(ty.span()=> HeadersField),
    };
    (
        quote_spanned!(ours(ty.span())=> <#ty as #p::#role>::write(&mut self.#field, __obs_context);),
        quote_spanned!(ours(ty.span())=> <#ty as #p::#role>::read(&self.#field)),
    )
}
