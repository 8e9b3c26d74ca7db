//! One trace across message buses: real servers, real clients.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking
#![allow(missing_docs)] // a test's name says what holds

mod jetstream;
mod nats;
mod rabbitmq;
mod redis_streams;
mod websocket;

use std::time::Duration;

/// Waits for what must come, at most 60 seconds.
async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, future).await.unwrap_or_else(|_| panic!("waited 60 s for {what}"))
}
