//! Instrumentation of HTTP servers.

mod server;
mod span;
#[cfg(test)]
mod tests;

pub use server::{Server, ServerFuture, ServerLayer};
