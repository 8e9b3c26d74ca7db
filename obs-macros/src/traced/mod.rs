//! `#[traced]`: every call is a span.

mod args;
mod expand;
mod message;
mod model;
mod relatives;
mod telling;

pub(crate) use args::{OPTIONS, TABLE};
pub(crate) use expand::add;
pub(crate) use model::Model;
