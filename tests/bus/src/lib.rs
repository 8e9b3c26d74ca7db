//! What the tests of buses share: servers of their own, and what is asked of the spans.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

mod server;
mod spans;

pub use server::{Nats, RabbitMq, Redis};
pub use spans::Spans;

/// The snippets of the page about buses are tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/buses.md")]
pub struct Buses;
