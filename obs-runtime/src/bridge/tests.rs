#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking

mod headers;
mod order;
mod records;

use opentelemetry::trace::TracerProvider as _;

use super::{Tracer, tracer_provider};

fn tracer() -> Tracer {
    tracer_provider().tracer("library")
}
