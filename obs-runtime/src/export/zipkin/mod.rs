//! Traces in Zipkin's v2 JSON (`POST /api/v2/spans`).

mod endpoint;
mod span;

#[cfg(test)]
mod tests;
