//! What an annotated function does between its body's end and its own: the verdict, and what is told of it.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// What the annotations say about the end of a call, each part tokens that may use `__obs_return` and `__obs_verdict`.
#[derive(Default)]
pub(crate) struct Ending {
    /// Method calls on the value's own verdict.
    pub(crate) judged: Vec<TokenStream>,
    /// A verdict made of `__obs_verdict`.
    pub(crate) named: Option<TokenStream>,
    /// Statics of events.
    pub(crate) statics: Vec<TokenStream>,
    /// Statements that tell of the value.
    pub(crate) told: Vec<TokenStream>,
    /// The event of a slow call, and the milliseconds above which it is one.
    pub(crate) slow: Option<(Ident, u64)>,
}

impl Ending {
    /// Wraps the body of a synchronous call, a closure.
    pub(super) fn watch_closure(&self, body: TokenStream, private: &TokenStream) -> TokenStream {
        match &self.slow {
            Some((event, millis)) => quote!(#private::slow(&#event, #millis, #body)),
            None => body,
        }
    }

    /// Wraps the body of an asynchronous call, a future.
    pub(super) fn watch_future(&self, body: TokenStream, private: &TokenStream) -> TokenStream {
        match &self.slow {
            Some((event, millis)) => quote!(#private::slow_future(&#event, #millis, #body)),
            None => body,
        }
    }

    /// Ends `__obs_call` with the verdict on `__obs_return`.
    pub(super) fn finish(&self, private: &TokenStream) -> TokenStream {
        let verdict = quote! {{
            use #private::{OfAnything as _, OfError as _, OfResult as _};
            (&&&#private::Returned(&__obs_return)).verdict()
        }};
        let Ending { judged, named, told, .. } = self;
        if judged.is_empty() && named.is_none() && told.is_empty() {
            return quote!(__obs_call.finish(#verdict););
        }
        let judge = (!judged.is_empty() || named.is_some()).then(|| {
            let judged = (!judged.is_empty()).then(|| quote!(let __obs_verdict = __obs_verdict #(#judged)*;));
            let verdict = named.clone().unwrap_or_else(|| quote!(__obs_verdict));
            quote! {
                let __obs_verdict = if __obs_call.is_watched() { #judged #verdict } else { __obs_verdict };
            }
        });
        quote! {
            let __obs_verdict = #verdict;
            #judge
            #(#told)*
            __obs_call.finish(__obs_verdict);
        }
    }
}
