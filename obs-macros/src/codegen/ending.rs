//! What an annotated function does between its body's end and its own: the verdict, and what is told of it.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::place::ours;

/// What the annotations say about the end of a call: tokens that may use `__obs_return`, a reference to the value,
/// `__obs_ended`, the call, and `__obs_verdict`.
#[derive(Default)]
pub(crate) struct Ending {
    /// Verdicts, each made of the one before.
    pub(crate) judged: Vec<TokenStream>,
    /// The function that is given the value, `&mut`, before it is judged.
    pub(crate) given: Option<TokenStream>,
    /// Statics of events.
    pub(crate) statics: Vec<TokenStream>,
    /// Statements that tell of the value.
    pub(crate) told: Vec<TokenStream>,
    /// The event that is told of an error only: it wants to know whether the call is one.
    pub(crate) heeding: Option<Ident>,
    /// The event of a slow call, and the milliseconds above which it is one.
    pub(crate) slow: Option<(Ident, u64)>,
}

impl Ending {
    /// Tells whether the value itself is not enough.
    pub(super) fn asks(&self) -> bool {
        !self.judged.is_empty() || !self.told.is_empty()
    }

    /// Tells whether the value must be seen before the call ends, whichever type it has.
    pub(super) fn needs_value(&self) -> bool {
        self.asks() || self.given.is_some()
    }

    /// Gives the value of a synchronous call to who wants it: what makes it writable, and the statement.
    pub(super) fn give(&self) -> (Option<TokenStream>, Option<TokenStream>) {
        let given = self.given.as_ref();
        let statement = given.map(|to| {
            let value = quote_spanned!(ours(to.span())=> &mut __obs_return);
            quote!(#to(#value);)
        });
        (given.map(|_| quote!(mut)), statement)
    }

    /// Wraps the body of a synchronous call, a closure.
    pub(super) fn watch_closure(&self, body: TokenStream, private: &TokenStream) -> TokenStream {
        match &self.slow {
            Some((event, millis)) => quote!(#private::slow(&#event, #millis, #body)),
            None => body,
        }
    }

    /// Wraps the body of a call that is polled: a future, or a stream.
    pub(super) fn watch_future(&self, body: TokenStream, private: &TokenStream) -> TokenStream {
        let body = match &self.given {
            Some(function) => quote!(#private::giving(#body, #function)),
            None => body,
        };
        match &self.slow {
            Some((event, millis)) => quote!(#private::slow_future(&#event, #millis, #body)),
            None => body,
        }
    }

    /// The statement that watches the rest of its block.
    pub(super) fn watch_scope(&self, private: &TokenStream) -> Option<TokenStream> {
        let (event, millis) = self.slow.as_ref()?;
        Some(quote!(let __obs_watch = #private::slow_scope(&#event, #millis);))
    }

    /// The verdict, where the value's own is `own`.
    pub(super) fn verdict(&self, own: &TokenStream) -> TokenStream {
        let Ending { judged, told, heeding, .. } = self;
        let is_heeded = heeding.as_ref().map(|event| quote!(|| __obs_ended.would_tell(&#event)));
        let judge = (!judged.is_empty()).then(|| {
            quote! {
                let __obs_verdict = if __obs_ended.is_watched() #is_heeded {
                    #(let __obs_verdict = #judged;)*
                    __obs_verdict
                } else {
                    __obs_verdict
                };
            }
        });
        quote! {{
            let __obs_verdict = #own;
            #judge
            #(#told)*
            __obs_verdict
        }}
    }
}
