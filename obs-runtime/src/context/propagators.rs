//! Which formats are spoken: `OTEL_PROPAGATORS`.

use std::sync::atomic::{AtomicU8, Ordering};

/// A format in which a context travels, by its name in `OTEL_PROPAGATORS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Propagator {
    /// `traceparent` and `tracestate`: `tracecontext` (W3C Trace Context).
    TraceContext,
    /// `baggage`: `baggage` (W3C Baggage).
    Baggage,
    /// One header of Zipkin's: `b3`. What came in the other form is read, too.
    B3,
    /// Its older form, of several headers: `b3multi`. What came in one header is read, too, and comes first.
    B3Multi,
    /// `x-correlation-id` and `x-request-id`: `correlation`.
    Correlation,
}

impl Propagator {
    /// All of them, in the order of their names here.
    pub(crate) const ALL: [Propagator; 5] = [
        Propagator::TraceContext,
        Propagator::Baggage,
        Propagator::B3,
        Propagator::B3Multi,
        Propagator::Correlation,
    ];

    /// Returns its name, as in `tracecontext`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Propagator::TraceContext => "tracecontext",
            Propagator::Baggage => "baggage",
            Propagator::B3 => "b3",
            Propagator::B3Multi => "b3multi",
            Propagator::Correlation => "correlation",
        }
    }
}

/// A set of formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Propagators(u8);

static SPOKEN: AtomicU8 = AtomicU8::new(Propagators::DEFAULT.0);

impl Propagators {
    const NONE: Propagators = Propagators(0);

    /// What is spoken if nothing is said.
    pub(crate) const DEFAULT: Propagators =
        Propagators::NONE.and(Propagator::TraceContext).and(Propagator::Baggage).and(Propagator::Correlation);

    const fn and(self, propagator: Propagator) -> Propagators {
        Propagators(self.0 | 1 << propagator as u8)
    }

    pub(crate) const fn has(self, propagator: Propagator) -> bool {
        self.0 & 1 << propagator as u8 != 0
    }

    /// Returns the names of the headers they write.
    #[cfg(feature = "opentelemetry")]
    pub(crate) fn fields(self) -> impl Iterator<Item = &'static str> {
        let spoken = Propagator::ALL.into_iter().filter(move |propagator| self.has(*propagator));
        spoken
            .flat_map(|propagator| match propagator {
                Propagator::TraceContext => &["traceparent", "tracestate"][..],
                Propagator::Baggage => &["baggage"],
                Propagator::B3 => &["b3"],
                Propagator::B3Multi => &["x-b3-traceid", "x-b3-spanid", "x-b3-sampled"],
                Propagator::Correlation => &["x-correlation-id", "x-request-id"],
            })
            .copied()
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

impl FromIterator<Propagator> for Propagators {
    fn from_iter<I: IntoIterator<Item = Propagator>>(propagators: I) -> Self {
        propagators.into_iter().fold(Propagators::NONE, Propagators::and)
    }
}
