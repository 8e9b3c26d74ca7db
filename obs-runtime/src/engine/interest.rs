//! Whether anybody wants what a callsite makes: `tracing` is asked once, and the answer kept in a byte.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use tracing_core::callsite::{self, Callsite};
use tracing_core::{Interest, dispatcher};

const NEVER: u8 = 0;
const SOMETIMES: u8 = 1;
const ALWAYS: u8 = 2;
const UNREGISTERED: u8 = 3;
/// No span is wanted, but the call is watched all the same.
const MEASURED: u8 = 4;

/// The answer, and whether the callsite is registered at all.
pub(crate) struct Wanted {
    state: AtomicU8,
    measured: bool,
}

impl Wanted {
    /// Nobody was asked yet. A callsite that is measured is never unwatched.
    pub(crate) const fn new(measured: bool) -> Self {
        Wanted { state: AtomicU8::new(UNREGISTERED), measured }
    }

    /// Tells whether nobody will ever want it; one load.
    #[inline(always)]
    pub(crate) fn is_unwatched(&self) -> bool {
        self.state.load(Relaxed) == NEVER
    }

    /// Tells whether every subscriber wants it; one load.
    #[inline(always)]
    pub(crate) fn is_always(&self) -> bool {
        self.state.load(Relaxed) == ALWAYS
    }

    /// Tells whether the current subscriber wants it.
    #[inline(never)]
    pub(crate) fn is_now(&self, callsite: impl Fn() -> &'static dyn Callsite) -> bool {
        match self.state.load(Relaxed) {
            NEVER | MEASURED => false,
            ALWAYS => true,
            SOMETIMES => dispatcher::get_default(|d| d.enabled(callsite().metadata())),
            _ => self.register(callsite),
        }
    }

    /// Registers with `tracing` on first use. Not under a lock: a subscriber that is asked for its interest may run
    /// annotated code, also this very function.
    #[cold]
    fn register(&self, callsite: impl Fn() -> &'static dyn Callsite) -> bool {
        if self.state.compare_exchange(UNREGISTERED, SOMETIMES, Relaxed, Relaxed).is_ok() {
            callsite::register(callsite());
        }
        self.is_now(callsite)
    }

    /// Keeps what `tracing` answers.
    pub(crate) fn set(&self, interest: &Interest) {
        let value = if interest.is_never() {
            if self.measured { MEASURED } else { NEVER }
        } else if interest.is_always() {
            ALWAYS
        } else {
            SOMETIMES
        };
        self.state.store(value, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;
    use tracing_core::Interest;

    #[test]
    fn a_call_that_is_measured_is_watched_though_nobody_wants_its_span() {
        let (measured, plain) = (Wanted::new(true), Wanted::new(false));
        assert!(!measured.is_unwatched() && !plain.is_unwatched()); // nobody was asked
        for wanted in [&measured, &plain] {
            wanted.set(&Interest::never());
        }
        assert!(!measured.is_unwatched());
        assert!(plain.is_unwatched());
    }
}
