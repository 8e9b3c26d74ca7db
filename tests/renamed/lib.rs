//! Code that calls `obs` otherwise, shadows its names and allows no lint, with every macro in it.
//!
//! What must hold is that it compiles, and that clippy finds nothing in it.

#![deny(warnings, missing_docs, unused_qualifications, unreachable_pub, clippy::all, clippy::pedantic)]
#![deny(
    elided_lifetimes_in_paths,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unused_results
)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions
)]
#![deny(clippy::shadow_reuse, clippy::shadow_same, clippy::shadow_unrelated, clippy::question_mark_used)]
#![deny(clippy::pattern_type_mismatch, clippy::unreachable, clippy::infinite_loop, clippy::let_unit_value)]
#![forbid(unsafe_code)]

pub mod blocks;
pub mod functions;
pub mod messages;
pub mod metrics;
pub mod shadowed;
