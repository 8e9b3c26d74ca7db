//! A call around a body that stays where it was written.

use std::fmt;

use super::Call;
use crate::engine::span::Entered;
use crate::outcome::Verdict;

/// The call while its body runs in place, so that `Location::caller()` inside is still the function's caller. Ends the
/// call when it is dropped: `ok`, unless the thread unwinds.
pub struct Scope<'a, const N: usize> {
    _entered: Entered<'a>,
    call: &'a Call<N>,
}

impl<'a, const N: usize> Scope<'a, N> {
    pub(super) fn new(call: &'a Call<N>) -> Self {
        Scope { _entered: call.span.enter(), call }
    }
}

impl<const N: usize> Drop for Scope<'_, N> {
    fn drop(&mut self) {
        if !self.call.finish_if_unwinding() {
            self.call.finish(Verdict::OK);
        }
    }
}

impl<const N: usize> fmt::Debug for Scope<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("call", self.call).finish_non_exhaustive()
    }
}
