//! Real programs over real sockets: the shop, a small service, Prometheus, a third-party collector.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking
#![allow(missing_docs)] // a test's name says what holds

mod broker;
mod chain;
mod collector;
mod conformance;
mod examples;
mod forms;
mod health;
mod interop;
mod layered;
mod prometheus;
mod pushed;
mod readme;
mod receivers;
mod reliability;
mod rooms;
mod schema;
mod shop;
mod spool;
mod start;
mod stress;
mod weighed;
