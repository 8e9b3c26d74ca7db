//! The README's tables for who comes from other crates: each row tried, theirs beside ours.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking
#![allow(missing_docs)] // a test's name says what holds

mod autometrics;
mod dashboards;
mod facade;
mod instrument;
mod process;
mod prometheus;
mod tables;

/// Runs a future to its end on this thread.
fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
