//! What annotated code does, seen through captured telemetry.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking
#![allow(missing_docs)] // a test's name says what holds

mod along;
mod blocks;
mod cancellation;
mod channels;
mod children;
mod context;
mod endings;
mod error_labels;
mod errors;
mod events;
mod fusing;
mod hostile;
mod inline;
mod isolation;
mod messages;
mod names;
mod options;
mod outcomes;
mod services;
mod shapes;
mod slow;
mod streams;
mod tasks;
mod timers;

/// Runs a future to its end on this thread.
fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
