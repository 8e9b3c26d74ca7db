//! Spans, metrics, health checks and context propagation for Rust services, by annotation.

pub use obs_macros::{Envelope, Label, counted, health_check, metrics, observed, timed, traced};
#[doc(hidden)]
pub use obs_runtime::__private;
pub use obs_runtime::*;
