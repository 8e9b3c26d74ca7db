//! What is counted, and why it is lost.

use std::fmt;

/// A kind of telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Data points of metrics that are pushed.
    Metrics,
}

impl Signal {
    /// Returns the value of the `signal` label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Signal::Traces => "traces",
            Signal::Logs => "logs",
            Signal::Metrics => "metrics",
        }
    }
}

/// Makes the enum of reasons, their label values and the list of all.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),* $(,)?) => {
        /// Why a record was dropped.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason { $($(#[$doc])* $variant),* }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),*];

            /// Returns the value of the `reason` label.
            pub const fn as_str(self) -> &'static str {
                match self { $(Reason::$variant => $text),* }
            }
        }
    };
}

reasons! {
    /// The thread that made it, or the intake of the I/O thread, had as much waiting as it may.
    RingFull = "ring_full",
    /// The traces that the tail rule had not decided on held too many bytes.
    TailBytes = "tail_bytes",
    /// Its trace held too many spans before the tail rule could decide on it.
    TailSpans = "tail_spans",
    /// Its trace did not end in time for the tail rule.
    TailAge = "tail_age",
    /// The exporter's queue held too many records.
    QueueItems = "queue_items",
    /// The exporter's queue held too many bytes.
    QueueBytes = "queue_bytes",
    /// The record alone is larger than a request may be.
    TooLarge = "too_large",
    /// The destination did not answer in time.
    Timeout = "timeout",
    /// The destination could not be reached or was busy until the last attempt.
    RetryExhausted = "retry_exhausted",
    /// The destination refused it for good.
    Refused = "refused",
    /// The destination sent us elsewhere; redirects are never followed.
    Redirect = "redirect",
    /// The destination's answer cannot be understood, so that delivery is not certain.
    ResponseInvalid = "response_invalid",
    /// The spool on disk held as much as it may, or the disk had no room.
    SpoolFull = "spool_full",
    /// What the spool holds cannot be read.
    SpoolCorrupt = "spool_corrupt",
    /// The pipeline was shut down first.
    Shutdown = "shutdown",
    /// It was made in a process that was forked off, which has none of the threads that export.
    Forked = "forked",
    /// What was to hand it on panicked.
    Panicked = "panicked",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
