//! Spans, metrics, health checks and context propagation for Rust services, by annotation.

#[doc = include_str!("docs/envelope.md")]
pub use obs_macros::Envelope;
#[doc = include_str!("docs/label.md")]
pub use obs_macros::Label;
#[doc = include_str!("docs/metrics.md")]
pub use obs_macros::metrics;
pub use obs_macros::{counted, health_check, observed, timed, traced};
#[doc(hidden)]
pub use obs_runtime::__private;
pub use obs_runtime::*;
