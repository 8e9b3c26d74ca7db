#![allow(clippy::unwrap_used)] // a test fails by panicking

mod sentences;
