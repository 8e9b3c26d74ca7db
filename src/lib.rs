//! Spans, metrics, health checks and context propagation for Rust services, by annotation.

#[doc(hidden)]
pub use obs_runtime::__private;
pub use obs_runtime::*;
pub use obs_macros::{Envelope, Label, counted, health_check, metrics, observed, timed, traced};
