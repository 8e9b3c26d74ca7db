//! The span as tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::message::{Argument, Trust};
use super::model::{Kind, Model};
use super::relatives::Relatives;
use super::telling;
use crate::codegen::{Ending, Pieces, SpanPiece, at, ours};
use crate::syntax::{Field, Level, Render};

/// How many messages a call is about, by the OpenTelemetry messaging conventions.
const BATCH: &str = "messaging.batch.message_count";

/// Adds the span to what the function produces.
pub(crate) fn add(model: &Model, pieces: &mut Pieces) {
    let krate = &pieces.krate;
    let private = quote!(#krate::__private);
    let (field_names, field_values) = fields(model, &private);
    let span = SpanPiece {
        name: model.name.clone(),
        target: model.target.as_ref().map(ToTokens::to_token_stream),
        level: model.level.as_ref().map(|l| level(l, &private)),
        kind: kind(model.kind, &private),
        parent: parent(model, &private),
        relatives: relatives(model, &private),
        is_lazy: is_lazy(model),
        sample: model.sample,
        constants: constants(model),
        field_names,
        field_values,
        are_variables: model.fields.iter().all(|field| is_variable(&field.expr)),
        stamp: stamp(model),
        messages: model.message.batch.as_ref().map(|batch| batch_size(batch, &private)),
    };
    telling::add(model, &span, &private, &mut pieces.ending);
    reply(model, &private, &mut pieces.ending);
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
    let message = &model.message;
    Some(match &message.envelope {
        Some(envelope) if model.kind.receives() => {
            let (envelope, trust) = (borrowed(envelope), trust(message.trust, private));
            quote!(#private::received(#envelope, #trust))
        }
        _ if let Some(parent) = &model.relatives.parent => {
            quote_spanned!(parent.span()=> #private::parent(&(#parent)))
        }
        _ if model.root || message.batch.is_some() => quote!(#private::Parent::Root),
        _ => return None,
    })
}

fn trust(trust: Trust, private: &TokenStream) -> TokenStream {
    let variant = trust.variant();
    quote!(#private::Trust::#variant)
}

fn borrowed(Argument { expr, is_reference }: &Argument) -> TokenStream {
    let deref = is_reference.then(|| quote_spanned!(expr.span()=> *));
    quote_spanned!(expr.span()=> &#deref #expr)
}

/// The method calls that add what it is linked to and follows from. What has a name is borrowed, for the body wants it too.
fn relatives(model: &Model, private: &TokenStream) -> Vec<TokenStream> {
    let Relatives { parent, link, follows_from } = &model.relatives;
    let believed = model.message.trust;
    let trusting = (parent.is_some() && believed != Trust::Continue).then(|| {
        let trust = trust(believed, private);
        quote!(.trusting(#trust))
    });
    let batch = model.message.batch.as_ref().map(|batch| {
        let messages = borrowed(batch);
        quote_spanned!(batch.expr.span()=> .batch(#messages))
    });
    let link = link.as_ref().map(|expr| {
        let borrow = matches!(expr, Expr::Path(_) | Expr::Field(_)).then(|| quote_spanned!(expr.span()=> &));
        quote_spanned!(expr.span()=> .linked(#borrow #expr))
    });
    let follows_from = follows_from.as_ref().map(|expr| quote_spanned!(expr.span()=> .following(#expr)));
    [trusting, batch, link, follows_from].into_iter().flatten().collect()
}

/// Tells whether its relatives are found by running code of the user's, which must not run for nobody.
fn is_lazy(model: &Model) -> bool {
    let message = &model.message;
    model.relatives.is_any() || message.batch.is_some() || message.envelope.is_some() && model.kind.receives()
}

/// A sent message takes the context of its span along.
fn stamp(model: &Model) -> Option<TokenStream> {
    let Argument { expr, is_reference } = model.message.envelope.as_ref().filter(|_| model.kind.sends())?;
    Some(if *is_reference {
        quote_spanned!(expr.span()=> &mut *#expr)
    } else {
        quote_spanned!(expr.span()=> &mut #expr)
    })
}

/// An answer takes the span's context along; one that came back is linked to.
fn reply(model: &Model, private: &TokenStream, ending: &mut Ending) {
    let Some(span) = model.message.reply else { return };
    if model.kind.receives() {
        ending.given = Some(at(&quote!(#private::stamp_reply), span));
    } else {
        ending.told.push(quote_spanned!(ours(span)=> #private::link_reply(__obs_return, __obs_ended);));
    }
}

/// The fields, and how many messages there are, where they are many.
fn fields(model: &Model, private: &TokenStream) -> (Vec<String>, Vec<TokenStream>) {
    let mut names: Vec<String> = model.fields.iter().map(|field| field.name.clone()).collect();
    let mut values: Vec<TokenStream> = model.fields.iter().map(|field| value(field, private)).collect();
    if let Some(batch) = model.message.batch.as_ref().filter(|_| !names.iter().any(|name| name == BATCH)) {
        let size = batch_size(batch, private);
        names.push(BATCH.to_owned());
        values.push(quote!(&#size));
    }
    (names, values)
}

fn batch_size(batch: &Argument, private: &TokenStream) -> TokenStream {
    let messages = borrowed(batch);
    quote_spanned!(ours(batch.expr.span())=> #private::batch_size(#messages))
}

fn is_variable(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if path.path.get_ident().is_some())
}

/// The names of the OpenTelemetry messaging conventions.
fn constants(model: &Model) -> Vec<TokenStream> {
    let operation = if model.kind == Kind::Producer { "send" } else { "process" };
    let operation = model
        .kind
        .is_message()
        .then(|| quote!(("messaging.operation.name", #operation), ("messaging.operation.type", #operation)));
    let message = &model.message;
    let destination = message.destination.as_ref();
    let destination = destination.map(|name| quote!(("messaging.destination.name", #name)));
    let system = message.system.as_ref().map(|name| quote!(("messaging.system", #name)));
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
