//! The values that who counts gives to a dynamic label.

use std::fmt;
use std::marker::PhantomData;

use super::dictionary::DynamicLabel;

/// A value of the dynamic label with the number `N` of the metric `L`: no other label takes it.
pub struct TextLabel<L, const N: usize> {
    number: DynamicLabel,
    label: PhantomData<fn(L)>,
}

impl<L, const N: usize> TextLabel<L, N> {
    pub(super) fn new(number: DynamicLabel) -> Self {
        TextLabel { number, label: PhantomData }
    }

    /// Returns its number.
    #[inline]
    pub fn index(self) -> usize {
        self.number.index()
    }
}

impl<L, const N: usize> Clone for TextLabel<L, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L, const N: usize> Copy for TextLabel<L, N> {} // whatever the label struct is

impl<L, const N: usize> fmt::Debug for TextLabel<L, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TextLabel").field(&self.number).finish()
    }
}
