//! Where generated tokens are shown, which is not where their names are found.

use proc_macro2::{Span, TokenStream};

/// Returns the span of tokens of ours that are shown at the user's: a name of ours must mean what it means among our other
/// tokens, also if the user's come out of a `macro_rules!`, which has names of its own.
pub(crate) fn ours(shown: Span) -> Span {
    Span::call_site().located_at(shown)
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
pub(crate) fn over(tokens: &TokenStream, span: Span) -> TokenStream {
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
