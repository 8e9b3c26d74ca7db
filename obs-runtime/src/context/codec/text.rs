//! Short texts of a fixed length, on the stack.

use std::fmt;
use std::ops::Deref;

/// A text of `N` ASCII characters; it costs no allocation.
#[derive(Clone, Copy, PartialEq, Eq)]
// Words are compared and checked at once.
#[repr(align(8))]
pub(in crate::context) struct Text<const N: usize>([u8; N]);

impl<const N: usize> Text<N> {
    pub(super) const fn new(bytes: [u8; N]) -> Self {
        Text(bytes)
    }

    /// Returns the text with `part` at a place in it; unchanged where it has no room for it.
    #[inline]
    pub(super) fn with<const M: usize>(mut self, at: usize, part: [u8; M]) -> Self {
        if let Some(room) = self.0.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *room = part;
        }
        self
    }
}

impl<const N: usize> Deref for Text<N> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
