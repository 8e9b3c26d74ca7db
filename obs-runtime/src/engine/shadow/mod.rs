//! Layers of others on top of our subscriber.
//!
//! [`Stacked`] is the outermost and, through [`Spans`], the innermost of the stack: it asks the layers about a callsite
//! once, and a span that none of them wants never reaches them. What layers keep with a span stands in a registry of
//! `tracing_subscriber`, for its extensions cannot be made elsewhere; that registry knows nothing of parents and threads.

mod spans;
mod stacked;
mod table;

#[cfg(test)]
mod tests;

pub use spans::{SpanData, Spans};
pub(crate) use stacked::{AnyLayer, Stacked};
