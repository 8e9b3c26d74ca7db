//! A reference to something that lives for ever, kept in an atomic.

use std::fmt;
use std::ptr;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{Acquire, Release};

/// Holds an `Option<&'static T>`.
pub(crate) struct Static<T>(AtomicPtr<T>);

impl<T: Sync> Static<T> {
    pub(crate) const fn none() -> Self {
        Static(AtomicPtr::new(ptr::null_mut()))
    }

    #[inline]
    pub(crate) fn set(&self, value: Option<&'static T>) {
        self.0.store(value.map_or(ptr::null_mut(), |v| ptr::from_ref(v).cast_mut()), Release);
    }

    #[inline]
    #[allow(unsafe_code)]
    pub(crate) fn get(&self) -> Option<&'static T> {
        // SAFETY: null, or made of a `&'static T` by `set`, and never written through.
        unsafe { self.0.load(Acquire).as_ref() }
    }
}

impl<T> fmt::Debug for Static<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Static")
    }
}
