//! `err`, `ret`, `slow`: events of the call itself, as tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::expand::level;
use super::model::{Model, Telling};
use crate::codegen::{Ending, SpanPiece, ours};
use crate::syntax::ReportBy;

/// Adds the events to the end of the call.
pub(super) fn add(model: &Model, span: &SpanPiece, private: &TokenStream, ending: &mut Ending) {
    let target = span.target.clone().unwrap_or_else(|| quote!(::core::module_path!()));
    let event = |name: &str, ident: &Ident, level: &TokenStream, fields: &str| {
        let fields = Ident::new(fields, Span::call_site());
        quote! {
            static #ident: #private::EventSite = #private::EventSite::new(
                #name,
                #target,
                #level,
                (::core::file!(), ::core::line!(), ::core::module_path!()),
                #private::EventSite::#fields,
                &#ident,
            );
        }
    };
    if let Some(ret) = &model.ret {
        let ident = Ident::new("__OBS_RET", Span::call_site());
        let level = ret.report.level.as_ref().map(|l| level(l, private)).or_else(|| span.level.clone());
        let level = level.unwrap_or_else(|| quote!(#private::Level::INFO));
        ending.statics.push(event("return", &ident, &level, "RETURN"));
        ending.told.push(told_value(ret, &ident, private));
    }
    if let Some(err) = &model.err {
        let ident = Ident::new("__OBS_ERR", Span::call_site());
        let level = err.report.level.as_ref();
        let level =
            level.map_or_else(|| quote!(#private::Level::ERROR), |l| super::expand::level(l, private));
        ending.statics.push(event("error", &ident, &level, "ERROR"));
        ending.told.push(told_error(err, &ident, private));
        ending.heeding = Some(ident);
    }
    if let Some((millis, at)) = model.slow {
        let ident = Ident::new("__OBS_SLOW", at);
        ending.statics.push(event("slow call", &ident, &quote!(#private::Level::WARN), "SLOW"));
        ending.slow = Some((ident, millis));
    }
}

/// The value, or that of `Ok`.
fn told_value(Telling { report, span }: &Telling, event: &Ident, private: &TokenStream) -> TokenStream {
    let show = match report.render.unwrap_or(ReportBy::Debug) {
        ReportBy::Display => quote!(by_display),
        ReportBy::Debug => quote!(by_debug),
    };
    let shown = quote_spanned!(ours(*span)=> &#private::#show(__obs_value));
    quote! {
        if let ::core::option::Option::Some(__obs_value) = #private::returned(__obs_return).recorded() {
            __obs_ended.ret(&#event, #shown);
        }
    }
}

/// The error, where the call is judged to be one.
fn told_error(Telling { report, span }: &Telling, event: &Ident, private: &TokenStream) -> TokenStream {
    let error = match report.render.unwrap_or(ReportBy::Display) {
        ReportBy::Display => quote!(error_by_display),
        ReportBy::Debug => quote!(error_by_debug),
    };
    let error = quote_spanned!(ours(*span)=> #private::#error(__obs_return, __obs_verdict));
    quote! {
        if let ::core::option::Option::Some(__obs_error) = #error {
            __obs_ended.err(&#event, &__obs_error);
        }
    }
}
