//! Instrumentation of HTTP and gRPC: layers for servers and clients.
//!
//! What the spans and metrics are called is OpenTelemetry's: "Semantic conventions for HTTP spans" and "for HTTP metrics"
//! (stable), "for RPC spans", "for RPC metrics" and "for gRPC" (release candidates).

mod answer;
mod body;
mod call;
mod client;
mod grpc;
mod method;
mod place;
#[cfg(feature = "reqwest")]
mod reqwest;
mod route;
mod server;
#[cfg(all(test, feature = "axum"))]
mod tests;

#[cfg(feature = "reqwest")]
pub use self::reqwest::SendTraced;
pub use answer::ResponseFuture;
pub use body::ResponseBody;
pub use client::{Client, ClientLayer};
pub use route::Route;
pub use server::{Server, ServerLayer};
