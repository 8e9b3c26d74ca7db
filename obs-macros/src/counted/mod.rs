//! `#[counted]`: every call counts, by outcome.

mod args;
mod expand;
mod model;

pub(crate) use args::TABLE;
pub(crate) use expand::add;
pub(crate) use model::Model;
