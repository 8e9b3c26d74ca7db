//! The function as it stands, and its registration.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use super::model::{Kind, Model};
use crate::syntax::{Function, Item, first_paragraph};

/// Emits the function, its descriptor and its catalog entry.
pub(super) fn expand(item: &Item, function: &Function, model: &Model) -> TokenStream {
    let krate = &model.krate;
    let private = quote!(#krate::__private);
    let run = run(function, model, &private);
    let kind = kind(model.kind);
    let (interval, timeout) = (duration(model.interval), duration(model.timeout));
    let line = quote_spanned!(function.sig.ident.span()=> ::core::line!());
    let cfg = function.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let doc = first_paragraph(&function.attrs);
    let Model { name, critical, failures, successes, .. } = model;
    // The values come as arguments, also where a reference would do.
    let by_value = (!model.states.is_empty()).then(|| quote!(#[allow(clippy::needless_pass_by_value)]));
    quote! {
        #by_value
        #item
        #(#cfg)*
        const _: () = {
            static __OBS_CHECK: #private::HealthCheck = #private::HealthCheck {
                name: #name,
                kind: #private::CheckKind::#kind,
                critical: #critical,
                interval: #interval,
                timeout: #timeout,
                failures: #failures,
                successes: #successes,
                initial_delay: ::core::time::Duration::ZERO,
                group: "",
                tags: &[],
                doc: #doc,
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: #line,
                run: #run,
            };
            #private::entry! { Health, &__OBS_CHECK }
        };
    }
}

/// How it is run: arguments are taken first, so that a missing one is told without running anything.
fn run(function: &Function, model: &Model, private: &TokenStream) -> TokenStream {
    let name = &function.sig.ident;
    let names: Vec<Ident> = (0..model.states.len()).map(|n| format_ident!("__obs_state_{n}")).collect();
    let take = names.iter().zip(&model.states).map(|(name, ty)| {
        let taken = quote_spanned!(ty.span()=> <#ty as #private::FromStates>::from_states);
        quote!(let #name = #taken(__obs_states)?;)
    });
    let span = match &function.sig.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => name.span(),
    };
    // Located at the return type, which is what `rustc` talks of when it tells nothing.
    let mut name = name.clone();
    name.set_span(span);
    let call = quote_spanned!(span=> #name(#(#names),*));
    if function.sig.asyncness.is_some() {
        let awaited = quote_spanned!(span=> #call.await);
        quote! {
            #private::Run::Async(|__obs_states| {
                #(#take)*
                ::core::result::Result::Ok(::std::boxed::Box::pin(async move {
                    #private::IntoHealth::into_health(#awaited)
                }))
            })
        }
    } else {
        quote! {
            #private::Run::Blocking(|__obs_states| {
                #(#take)*
                ::core::result::Result::Ok(::std::boxed::Box::new(move || #private::IntoHealth::into_health(#call)))
            })
        }
    }
}

fn kind(kind: Kind) -> Ident {
    let name = match kind {
        Kind::Liveness => "Liveness",
        Kind::Readiness => "Readiness",
        Kind::Startup => "Startup",
    };
    Ident::new(name, Span::call_site())
}

fn duration(duration: Duration) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanos))
}
