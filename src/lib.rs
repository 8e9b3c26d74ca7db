//! Spans, metrics, health checks and context propagation for Rust services, by annotation.

#[doc(hidden)]
pub use obs_runtime::__private;
pub use obs_runtime::*;

#[doc = include_str!("docs/envelope.md")]
#[doc(inline)]
pub use obs_macros::Envelope;
#[doc = include_str!("docs/label.md")]
#[doc(inline)]
pub use obs_macros::Label;
#[doc = include_str!("docs/counted.md")]
#[doc(inline)]
pub use obs_macros::counted;
#[doc = include_str!("docs/health_check.md")]
#[doc(inline)]
pub use obs_macros::health_check;
#[doc = include_str!("docs/metrics.md")]
#[doc(inline)]
pub use obs_macros::metrics;
#[doc = include_str!("docs/observed.md")]
#[doc(inline)]
pub use obs_macros::observed;
#[doc = include_str!("docs/timed.md")]
#[doc(inline)]
pub use obs_macros::timed;
#[doc = include_str!("docs/traced.md")]
#[doc(inline)]
pub use obs_macros::traced;
