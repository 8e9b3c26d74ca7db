//! The update of a declared metric.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use crate::syntax::MetricUse;

/// Begins an update by `verb`. Each mistake is `rustc`'s to tell, at the user's own tokens: an unknown metric, a missing
/// label, a wrong type.
pub(crate) fn update(metric: &MetricUse, verb: &Ident, krate: &Path) -> TokenStream {
    let MetricUse { path, labels } = metric;
    let keys = labels.iter().map(|(key, _)| key);
    let values = labels.iter().map(|(_, value)| value);
    let labels = quote_spanned!(path.span()=> #path { #(#keys: #values),* });
    let metric = quote_spanned!(path.span()=> &#path);
    quote!(#krate::__private::#verb(#metric, #labels))
}
