//! `#[traced]`: every call is a span.

mod args;
mod expand;
mod model;

pub(crate) use args::{OPTIONS, TABLE};
pub(crate) use expand::add;
pub(crate) use model::Model;
