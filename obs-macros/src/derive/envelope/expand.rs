//! The tokens of an envelope.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Generics, parse_quote};

use super::args::Role;
use super::model::{Model, Part, Parts, Shape};
use crate::codegen::ours;
use crate::syntax::mentions;

/// Emits the implementation of `Envelope`.
pub(super) fn expand(model: &Model) -> TokenStream {
    let Model { krate, ident, shape, .. } = model;
    let p = quote!(#krate::__private);
    let generics = bounded(model, &p);
    let (params, types, conditions) = generics.split_for_impl();
    let stamp = bodies(shape, &Access::Write, |parts, at| stamp(parts, at, &p));
    let context = bodies(shape, &Access::Read, |parts, at| context(parts, at, &p));
    let delivery = tells(shape).then(|| {
        let body = bodies(shape, &Access::Read, |parts, at| delivery(parts, at, &p));
        quote! {
            fn delivery(&self) -> #p::Delivery {
                #body
            }
        }
    });
    quote! {
        impl #params #p::Envelope for #ident #types #conditions {
            fn stamp(&mut self, __obs_context: &#p::Propagated) {
                #stamp
            }

            fn context(&self) -> #p::Propagated {
                #context
            }

            #delivery
        }
    }
}

/// The generics, with what is needed of types that are not known here.
fn bounded(model: &Model, p: &TokenStream) -> Generics {
    let mut generics = model.generics.clone();
    for (ty, role) in &model.open {
        let role = bound(*role);
        generics.make_where_clause().predicates.push(parse_quote!(#ty: #p::#role));
    }
    generics
}

/// The trait that makes a type one of its role, as the user knows it.
fn bound(role: Role) -> Ident {
    match role {
        Role::Headers => Ident::new("Carrier", Span::call_site()),
        role => field_trait(role),
    }
}

/// The trait that the field is used by.
fn field_trait(role: Role) -> Ident {
    let name = match role {
        Role::Context => "ContextField",
        Role::Headers => "HeadersField",
        Role::Inner => "Envelope",
        Role::Attempt => "AttemptField",
        Role::MessageId => "MessageIdField",
        Role::Body => "BodyField",
    };
    Ident::new(name, Span::call_site())
}

/// How a method takes the fields.
enum Access {
    Read,
    Write,
}

/// Where a field is: a reference to it.
type At<'a> = &'a dyn Fn(&Part) -> TokenStream;

/// The body of a method: what `each` makes of the fields, or of those of every variant.
fn bodies(shape: &Shape, access: &Access, each: impl Fn(&Parts, At<'_>) -> TokenStream) -> TokenStream {
    let by = match access {
        Access::Read => quote!(),
        Access::Write => quote!(mut),
    };
    match shape {
        Shape::Struct(parts) => {
            each(parts, &|Part { member, ty, .. }| quote_spanned!(ours(ty.span())=> &#by self.#member))
        }
        Shape::Refused => each(&Parts::default(), &|_| TokenStream::new()),
        Shape::Enum(variants) if variants.is_empty() => quote!(match *self {}),
        Shape::Enum(variants) => {
            let arms = variants.iter().map(|(variant, parts)| {
                let body = each(parts, &|part| local(part).into_token_stream());
                let patterns = parts.carrying.iter().chain(&parts.telling).map(|part| {
                    let (member, local) = (&part.member, local(part));
                    let is_used = mentions(body.clone(), &|word| *word == local);
                    is_used.then(|| quote!(#member: ref #by #local,))
                });
                quote!(Self::#variant { #(#patterns)* .. } => { #body })
            });
            quote!(match *self { #(#arms)* })
        }
    }
}

/// The variable that a field of a variant is bound to.
fn local(part: &Part) -> Ident {
    format_ident!("__obs_field_{}", part.role.key())
}

/// A field of the wrong type is an error at that type.
fn call(part: &Part, method: &str, arguments: &TokenStream, p: &TokenStream) -> TokenStream {
    let ty = &part.ty;
    let mut role = field_trait(part.role);
    role.set_span(ty.span());
    let method = Ident::new(method, ours(ty.span()));
    quote_spanned!(ours(ty.span())=> <#ty as #p::#role>::#method(#arguments))
}

fn stamp(parts: &Parts, at: At<'_>, p: &TokenStream) -> TokenStream {
    let Some(part) = &parts.carrying else { return TokenStream::new() };
    let method = if part.role == Role::Inner { "stamp" } else { "write" };
    let field = at(part);
    let call = call(part, method, &quote!(#field, __obs_context), p);
    quote!(#call;)
}

fn context(parts: &Parts, at: At<'_>, p: &TokenStream) -> TokenStream {
    match &parts.carrying {
        Some(part) => call(part, if part.role == Role::Inner { "context" } else { "read" }, &at(part), p),
        None => quote!(::core::default::Default::default()),
    }
}

/// Tells whether anything is known of the delivery.
fn tells(shape: &Shape) -> bool {
    let is_inner = |part: &Part| part.role == Role::Inner;
    shape.all().iter().any(|parts| !parts.telling.is_empty() || parts.carrying.as_ref().is_some_and(is_inner))
}

/// What the message inside tells, and over it what the fields do.
fn delivery(parts: &Parts, at: At<'_>, p: &TokenStream) -> TokenStream {
    let inner = parts.carrying.as_ref().filter(|part| part.role == Role::Inner);
    let known = match inner {
        Some(part) => call(part, "delivery", &at(part), p),
        None => quote!(::core::default::Default::default()),
    };
    parts.telling.iter().fold(known, |known, part| {
        let field = at(part);
        call(part, "tell", &quote!(#field, #known), p)
    })
}
