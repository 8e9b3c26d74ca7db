//! Which formats are spoken: `OTEL_PROPAGATORS`.

use std::sync::atomic::{AtomicU8, Ordering};

/// A set of formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Propagators(u8);

static SPOKEN: AtomicU8 = AtomicU8::new(Propagators::DEFAULT.0);

impl Propagators {
    pub(crate) const NONE: Propagators = Propagators(0);
    pub(crate) const TRACE_CONTEXT: Propagators = Propagators(1);
    pub(crate) const BAGGAGE: Propagators = Propagators(2);
    pub(crate) const B3: Propagators = Propagators(4);
    pub(crate) const B3_MULTI: Propagators = Propagators(8);
    pub(crate) const CORRELATION: Propagators = Propagators(16);
    /// What is spoken if nothing is said.
    pub(crate) const DEFAULT: Propagators =
        Propagators::TRACE_CONTEXT.and(Propagators::BAGGAGE).and(Propagators::CORRELATION);

    pub(crate) const fn and(self, other: Propagators) -> Propagators {
        Propagators(self.0 | other.0)
    }

    pub(crate) const fn has(self, other: Propagators) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns those of the process.
    pub(crate) fn spoken() -> Propagators {
        Propagators(SPOKEN.load(Ordering::Relaxed))
    }

    /// Has the process speak these.
    pub(crate) fn speak(self) {
        SPOKEN.store(self.0, Ordering::Relaxed);
    }
}
