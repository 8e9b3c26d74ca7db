//! `#[track_caller]`: the body must not move into a closure, which has no caller of its own to tell.

use proc_macro2::TokenStream;

use super::call::Start;
use crate::syntax::Function;

/// Tells whether the body must keep its caller.
pub(super) fn is_kept(_function: &Function, _boxed: bool) -> bool {
    false
}

/// Rebuilds the function.
pub(super) fn rebuild(
    _function: &Function,
    _callsite: &TokenStream,
    _start: &Start,
    _private: &TokenStream,
) -> TokenStream {
    TokenStream::new()
}
