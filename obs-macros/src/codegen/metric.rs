//! The update of a declared metric.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Path};

use super::place::at;
use crate::syntax::MetricUse;

/// Begins an update by `verb`. Each mistake is `rustc`'s to tell, at the user's own tokens: an unknown metric, a missing
/// label, a wrong type.
pub(crate) fn update(metric: &MetricUse, verb: &Ident, krate: &Path) -> TokenStream {
    let MetricUse { path, labels } = metric;
    let fields = labels.iter().map(|label| field(&label.key, &label.value));
    let labels = quote_spanned!(path.span()=> #path { #(#fields),* });
    let metric = quote_spanned!(path.span()=> &#path);
    let begin = at(&quote!(#krate::__private::#verb), path.span());
    quote!(#begin(#metric, #labels))
}

/// `region = region` goes out as the shorthand: the lint against the long form would land on the user's code.
fn field(key: &Ident, value: &Expr) -> TokenStream {
    match value {
        Expr::Path(path) if path.path.is_ident(key) => value.to_token_stream(),
        _ => quote!(#key: #value),
    }
}
