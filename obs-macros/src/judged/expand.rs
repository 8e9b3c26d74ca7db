//! The judgement as tokens.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit};

use super::model::Model;
use crate::codegen::{Pieces, ours};

/// Adds the judgement to the end of the call.
pub(crate) fn add(model: &Model, pieces: &mut Pieces) {
    let krate = &pieces.krate;
    let private = quote!(#krate::__private);
    let asked = |function: TokenStream, question: &Expr| quote_spanned!(ours(question.span())=> #private::#function(__obs_return, __obs_verdict, #question));
    let ok_if = model.ok_if.as_ref().map(|question| asked(quote!(ok_if), question));
    let error_if = model.error_if.as_ref().map(|question| asked(quote!(error_if), question));
    let error_type = model.error_type.as_ref().map(|name| match name {
        Expr::Lit(ExprLit { lit, .. }) => quote!(__obs_verdict.of_type(#lit)),
        function => asked(quote!(error_type_by), function),
    });
    pieces.ending.judged = ok_if.into_iter().chain(error_if).chain(error_type).collect();
}
