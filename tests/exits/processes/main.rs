//! R9 to R12: programs on every runtime, which end in every way, deliver all they recorded to a real collector.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking
#![allow(missing_docs)] // a test's name says what holds

#[cfg(unix)]
mod aborting;
mod collector;
mod exits;
mod runtimes;
#[cfg(unix)]
mod signals;
