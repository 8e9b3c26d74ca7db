//! `ok_if`, `error_if`, `error_type`: what all four attributes accept about the returned value.

mod args;
mod expand;
mod model;

pub(crate) use args::{ERROR_IF, ERROR_TYPE, OK_IF};
pub(crate) use expand::add;
pub(crate) use model::Model;
