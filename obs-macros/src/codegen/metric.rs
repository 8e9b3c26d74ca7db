//! The update of a declared metric.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Path};

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

/// Moves a path, so that an error about what it names is shown at `span`; it is still found where it was written.
///
/// Only its ends are moved, each to an end of `span`: an editor that is asked what the user's own word means would
/// offer the words of a path that lies on it as well.
pub(crate) fn at(path: &TokenStream, span: Span) -> TokenStream {
    let (start, end) = ends(span);
    let tokens = path.clone().into_iter().enumerate().map(|(index, mut token)| {
        token.set_span(token.span().located_at(if index == 0 { start } else { end }));
        token
    });
    tokens.collect()
}

/// Moves an expression, so that an error about it is shown at `span`, all of it: for what an editor is not asked about.
pub(super) fn over(tokens: &TokenStream, span: Span) -> TokenStream {
    let moved = tokens.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    moved.collect()
}

/// Returns the places before and behind a span. Outside of the compiler a span has none.
fn ends(span: Span) -> (Span, Span) {
    if !proc_macro::is_available() {
        return (span, span);
    }
    let span = span.unwrap();
    (span.start().into(), span.end().into())
}
