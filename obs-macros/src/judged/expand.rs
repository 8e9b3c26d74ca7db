//! The judgement as tokens.

use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit};

use super::model::Model;
use crate::codegen::Pieces;

/// Adds the judgement to the end of the call.
pub(crate) fn add(model: &Model, pieces: &mut Pieces) {
    let krate = &pieces.krate;
    let private = quote!(#krate::__private);
    let mut changes = Vec::new();
    if let Some(question) = &model.ok_if {
        let asked = quote_spanned!(question.span()=> #private::asked(&__obs_return, #question));
        changes.push(quote!(.overruled(!#asked)));
    }
    if let Some(question) = &model.error_if {
        let asked = quote_spanned!(question.span()=> #private::asked(&__obs_return, #question));
        changes.push(quote!(.overruled(#asked)));
    }
    match &model.error_type {
        Some(Expr::Lit(ExprLit { lit, .. })) => changes.push(quote!(.of_type(#lit))),
        Some(name) => {
            let named =
                quote_spanned!(name.span()=> #private::error_type_by(&__obs_return, __obs_verdict, #name));
            pieces.ending.named = Some(named);
        }
        None => {}
    }
    pieces.ending.judged = changes;
}
