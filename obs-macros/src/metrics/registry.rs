//! `registry!();`: metric names that are unique in the whole crate.
//!
//! At the crate root it makes a type, and each declared metric gives the type a constant called after the metric: rustc
//! refuses two constants of one name and marks both (E0592). Where the crate has no registry, the type is one of the
//! declaration's own, for a glob import goes before what stands outside of its block.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Error;

use super::expand::cfg;
use super::model::Metric;
use crate::diag;
use crate::syntax::is_snake;

/// Expands `registry!()`, and lets it be an error anywhere but at the crate root.
pub(crate) fn run(input: TokenStream) -> TokenStream {
    let registry = registry();
    let made = quote! {
        #[doc(hidden)]
        #[allow(dead_code, non_camel_case_types, missing_debug_implementations, missing_copy_implementations)]
        pub(crate) struct #registry;
        const _: fn() = || {
            let _ = crate::#registry;
        };
    };
    match input.into_iter().next() {
        Some(token) => {
            let error = Error::new(token.span(), "`registry!` takes nothing; write `obs::registry!();`");
            diag::keep(made, &error)
        }
        None => made,
    }
}

/// The name is what rustc says where the macro stands elsewhere: that the root has none.
fn registry() -> Ident {
    format_ident!("obs_registry_which_stands_at_the_crate_root")
}

/// Emits what makes a metric's name unique.
pub(super) fn entry(metric: &Metric) -> TokenStream {
    let (name, span) = (metric.name.value(), metric.name.span());
    if !is_snake(&name) {
        return TokenStream::new(); // refused already
    }
    let (registry, cfg) = (registry(), cfg(&metric.attrs));
    let once = format_ident!("{name}_is_the_name_of_one_metric_in_this_crate", span = span);
    let constant = quote_spanned!(span=> const #once: () = (););
    quote! {
        #(#cfg)*
        #[allow(dead_code, non_camel_case_types, non_upper_case_globals, non_local_definitions, unused_imports)]
        #[allow(clippy::wildcard_imports)]
        const _: () = {
            struct #registry;
            {
                use crate::*;
                impl #registry {
                    #constant
                }
            }
        };
    }
}
