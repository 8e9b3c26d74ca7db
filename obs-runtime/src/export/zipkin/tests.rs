#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking

mod sentences;
mod wire;
