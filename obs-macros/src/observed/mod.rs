//! `#[observed]`: `traced`, `counted` and `timed` with the calls in flight, on the shared families.

mod args;
mod expand;
mod model;

pub(crate) use args::TABLE;
pub(crate) use expand::add;
pub(crate) use model::Model;
