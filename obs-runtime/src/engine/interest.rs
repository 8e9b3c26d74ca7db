//! Whether anybody wants what a callsite makes: `tracing` is asked once, and the answer kept in a byte.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed, Ordering::SeqCst};

use tracing_core::callsite::{self, Callsite};
use tracing_core::{Interest, dispatcher};

use super::cells;

const NEVER: u8 = 0;
const SOMETIMES: u8 = 1;
const ALWAYS: u8 = 2;
const UNREGISTERED: u8 = 3;
/// No span is wanted, but the call is watched all the same.
const MEASURED: u8 = 4;

/// The answer, and whether the callsite is registered at all.
pub(crate) struct Wanted {
    state: AtomicU8,
    /// Whether its calls are counted now; so they are taken to be until somebody asked for the span.
    counts: AtomicBool,
    /// Whether it has metrics.
    measured: bool,
    /// Whether these are turned off.
    muted: AtomicBool,
}

impl Wanted {
    /// Nobody was asked yet. A callsite that is `measured` is watched where its metrics count.
    pub(crate) const fn new(measured: bool) -> Self {
        Wanted {
            state: AtomicU8::new(UNREGISTERED),
            counts: AtomicBool::new(measured),
            measured,
            muted: AtomicBool::new(false),
        }
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

    /// Tells whether its calls are counted; one load.
    #[inline(always)]
    pub(crate) fn counts(&self) -> bool {
        self.counts.load(Relaxed)
    }

    /// Tells whether its metrics are turned off.
    pub(crate) fn is_muted(&self) -> bool {
        self.muted.load(Relaxed)
    }

    /// Turns its metrics on or off.
    pub(crate) fn turn(&self, on: bool) {
        self.muted.store(!on, SeqCst);
        self.refresh();
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
            self.refresh();
        }
        self.is_now(callsite)
    }

    /// Settles that there is no span to be asked for.
    #[inline(always)]
    pub(crate) fn has_no_span(&self) {
        if self.state.load(Relaxed) == UNREGISTERED {
            self.set(&Interest::never());
        }
    }

    /// Keeps what `tracing` answers.
    pub(crate) fn set(&self, interest: &Interest) {
        let value = if interest.is_never() {
            if self.may_count() { MEASURED } else { NEVER }
        } else if interest.is_always() {
            ALWAYS
        } else {
            SOMETIMES
        };
        self.state.store(value, SeqCst);
        self.refresh();
    }

    /// Finds out whether its calls are counted, after something changed that this depends on.
    ///
    /// Whoever changes a thing looks at the others afterwards, in one order for all: the last of two sees both.
    pub(crate) fn refresh(&self) {
        let counts = self.may_count();
        self.counts.store(counts, SeqCst);
        let (from, to) = if counts { (NEVER, MEASURED) } else { (MEASURED, NEVER) };
        let _other = self.state.compare_exchange(from, to, SeqCst, SeqCst);
    }

    fn may_count(&self) -> bool {
        self.measured && cells::are_read() && !self.muted.load(SeqCst)
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

    #[test]
    fn a_call_whose_metrics_are_off_is_watched_for_its_span_alone() {
        let wanted = Wanted::new(true);
        wanted.set(&Interest::always());
        wanted.turn(false);
        assert!(!wanted.is_unwatched() && !wanted.counts());
        wanted.set(&Interest::never());
        assert!(wanted.is_unwatched());
        wanted.turn(true);
        assert!(!wanted.is_unwatched() && wanted.counts());
    }
}
