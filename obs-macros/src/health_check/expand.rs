//! The function as it stands, and its registration.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, ReturnType};

use super::model::{Kind, Model};
use super::owner::Owner;
use crate::codegen::{Shape, at, ours};
use crate::syntax::{Function, Item, conditions, first_paragraph, mentions_self};

/// Emits the function, its descriptor and its catalog entry.
pub(super) fn expand(item: &Item, function: &Function, model: &Model) -> TokenStream {
    let (by_value, registered) = (by_value(model), register(function, model, &[]));
    quote!(#by_value #item #registered)
}

/// The values come as arguments, also where a reference would do.
pub(crate) fn by_value(model: &Model) -> Option<TokenStream> {
    (!model.states.is_empty()).then(|| quote!(#[allow(clippy::needless_pass_by_value)]))
}

/// Emits the descriptor of the function and its catalog entry; `around` it are attributes whose `cfg` is its as well.
pub(crate) fn register(function: &Function, model: &Model, around: &[Attribute]) -> TokenStream {
    let krate = &model.krate;
    let private = quote!(#krate::__private);
    let run = run(function, model, &private);
    let kind = kind(model.kind);
    let (interval, timeout) = (duration(model.interval), duration(model.timeout));
    let initial_delay = duration(model.initial_delay);
    let line = quote_spanned!(function.sig.ident.span()=> ::core::line!());
    let cfg = conditions(around).chain(conditions(&function.attrs));
    let doc = first_paragraph(&function.attrs);
    let Model { name, critical, failures, successes, group, tags, .. } = model;
    let registration = quote! {
        static __OBS_CHECK: #private::HealthCheck = #private::HealthCheck {
            name: #name,
            kind: #private::CheckKind::#kind,
            critical: #critical,
            interval: #interval,
            timeout: #timeout,
            failures: #failures,
            successes: #successes,
            initial_delay: #initial_delay,
            group: #group,
            tags: &[#(#tags),*],
            doc: #doc,
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: #line,
            run: #run,
        };
        #private::entry! { Health, &__OBS_CHECK }
    };
    match model.owner {
        Some(_) => quote!(#(#cfg)* const _: () = { #registration };),
        // Whether a function that takes no `self` is one of an `impl` block, its tokens do not tell. There, the compiler
        // refuses the constant, and names the macro that it comes from.
        None => quote! {
            #(#cfg)*
            #private::functions_of_an_impl_block_need_health_checks_on_the_block!(#registration);
        },
    }
}

/// How it is run: arguments are taken first, so that a missing one is told without running anything.
fn run(function: &Function, model: &Model, private: &TokenStream) -> TokenStream {
    let name = &function.sig.ident;
    let names: Vec<Ident> = (0..model.states.len()).map(|n| format_ident!("__obs_state_{n}")).collect();
    let value = model.owner.iter().filter(|_| model.takes_self).map(|owner| {
        let ty = &owner.ty;
        let state = at(&quote!(#private::State), ty.span());
        let taken = quote_spanned!(ty.span()=> <#state<#ty> as #private::FromStates>::from_states);
        quote!(let __obs_self = #taken(__obs_states)?;)
    });
    let take = names.iter().zip(&model.states).map(|(name, ty)| {
        // What `Self` means is known to the function that takes it.
        let named = if mentions_self(ty.to_token_stream()) { quote!(_) } else { quote!(#ty) };
        let taken = quote_spanned!(ty.span()=> <#named as #private::FromStates>::from_states);
        quote!(let #name = #taken(__obs_states)?;)
    });
    let take: TokenStream = value.chain(take).collect();
    let span = match &function.sig.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => name.span(),
    };
    // Located at the return type, which is what `rustc` talks of when it tells nothing.
    let mut name = name.clone();
    name.set_span(span);
    let path = path(model, &name);
    let of_self = model.takes_self.then(|| quote_spanned!(ours(span)=> &__obs_self,));
    let call = quote_spanned!(span=> #path(#of_self #(#names),*));
    if matches!(Shape::of(&function.sig, false), Shape::Async | Shape::AsyncTrait | Shape::Future(_)) {
        let awaited = quote_spanned!(span=> #call.await);
        quote! {
            #private::Run::Async(|__obs_states| {
                #take
                ::core::result::Result::Ok(::std::boxed::Box::pin(async move {
                    #private::IntoHealth::into_health(#awaited)
                }))
            })
        }
    } else {
        quote! {
            #private::Run::Blocking(|__obs_states| {
                #take
                ::core::result::Result::Ok(::std::boxed::Box::new(move || #private::IntoHealth::into_health(#call)))
            })
        }
    }
}

/// What the function is called from outside of its block.
fn path(model: &Model, name: &Ident) -> TokenStream {
    match &model.owner {
        None => quote!(#name),
        Some(Owner { ty, of_trait: None, .. }) => quote_spanned!(name.span()=> <#ty>::#name),
        Some(Owner { ty, of_trait: Some(path), .. }) => quote_spanned!(name.span()=> <#ty as #path>::#name),
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
