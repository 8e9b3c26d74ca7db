//! The span as tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::model::{Envelope, Kind, Model};
use super::relatives::Relatives;
use super::telling;
use crate::codegen::{Pieces, SpanPiece};
use crate::syntax::{Field, Level, Render};

/// Adds the span to what the function produces.
pub(crate) fn add(model: &Model, pieces: &mut Pieces) {
    let krate = &pieces.krate;
    let private = quote!(#krate::__private);
    let span = SpanPiece {
        name: model.name.clone(),
        target: model.target.as_ref().map(ToTokens::to_token_stream),
        level: model.level.as_ref().map(|l| level(l, &private)),
        kind: kind(model.kind, &private),
        parent: parent(model, &private),
        relatives: relatives(&model.relatives),
        is_lazy: model.relatives.is_any(),
        sample: model.sample,
        constants: constants(model),
        field_names: model.fields.iter().map(|field| field.name.clone()).collect(),
        field_values: model.fields.iter().map(|field| value(field, &private)).collect(),
        are_variables: model.fields.iter().all(|field| is_variable(&field.expr)),
        stamp: stamp(model),
    };
    telling::add(model, &span, &private, &mut pieces.ending);
    pieces.span = Some(span);
    pieces.signal("SPAN");
}

pub(super) fn level(level: &Level, private: &TokenStream) -> TokenStream {
    match level {
        Level::Named(name) => quote!(#private::Level::#name),
        Level::Path(path) => quote!(#path),
    }
}

fn kind(kind: Kind, private: &TokenStream) -> Option<TokenStream> {
    let name = match kind {
        Kind::Server => "Server",
        Kind::Client => "Client",
        Kind::Producer => "Producer",
        Kind::Consumer => "Consumer",
        Kind::Internal => return None,
    };
    let name = Ident::new(name, Span::call_site());
    Some(quote!(#private::SpanKind::#name))
}

/// A handled message continues the trace of its sender.
fn parent(model: &Model, private: &TokenStream) -> Option<TokenStream> {
    Some(match &model.envelope {
        Some(Envelope { expr, is_reference }) if model.kind == Kind::Consumer => {
            let borrowed = if *is_reference {
                quote_spanned!(expr.span()=> &*#expr)
            } else {
                quote_spanned!(expr.span()=> &#expr)
            };
            quote!(#private::parent_of(#borrowed))
        }
        _ if let Some(parent) = &model.relatives.parent => {
            quote_spanned!(parent.span()=> #private::parent(&(#parent)))
        }
        _ if model.root => quote!(#private::Parent::Root),
        _ => return None,
    })
}

/// The method calls that add what it is linked to and follows from. What has a name is borrowed, for the body wants it too.
fn relatives(relatives: &Relatives) -> Vec<TokenStream> {
    let Relatives { link, follows_from, .. } = relatives;
    let link = link.as_ref().map(|expr| {
        let borrow = matches!(expr, Expr::Path(_) | Expr::Field(_)).then(|| quote_spanned!(expr.span()=> &));
        quote_spanned!(expr.span()=> .linked(#borrow #expr))
    });
    let follows_from = follows_from.as_ref().map(|expr| quote_spanned!(expr.span()=> .following(#expr)));
    link.into_iter().chain(follows_from).collect()
}

/// A sent message takes the context of its span along.
fn stamp(model: &Model) -> Option<TokenStream> {
    let Envelope { expr, is_reference } = model.envelope.as_ref().filter(|_| model.kind == Kind::Producer)?;
    Some(if *is_reference {
        quote_spanned!(expr.span()=> &mut *#expr)
    } else {
        quote_spanned!(expr.span()=> &mut #expr)
    })
}

fn is_variable(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if path.path.get_ident().is_some())
}

/// The names of the OpenTelemetry messaging conventions.
fn constants(model: &Model) -> Vec<TokenStream> {
    let operation = if model.kind == Kind::Producer { "send" } else { "process" };
    let operation = model.kind.is_message().then(|| quote!(("messaging.operation.type", #operation)));
    let destination = model.destination.as_ref();
    let destination = destination.map(|name| quote!(("messaging.destination.name", #name)));
    let system = model.system.as_ref().map(|name| quote!(("messaging.system", #name)));
    destination.into_iter().chain(operation).chain(system).collect()
}

/// A `&dyn Value`. What is shown is borrowed twice: it may be unsized.
fn value(field: &Field, private: &TokenStream) -> TokenStream {
    let expr = &field.expr;
    match field.render {
        Render::Value => {
            let borrowed = quote_spanned!(expr.span()=> &(#expr));
            quote!(#private::value(#borrowed))
        }
        Render::Display => {
            let borrowed = quote_spanned!(expr.span()=> &&(#expr));
            quote!(&#private::display(#borrowed))
        }
        Render::Debug => {
            let borrowed = quote_spanned!(expr.span()=> &&(#expr));
            quote!(&#private::debug(#borrowed))
        }
    }
}
