//! `#[health_check]`: a function that tells whether something works.

mod args;
mod expand;
mod model;
mod owner;

use proc_macro2::TokenStream;

use crate::syntax::{Args, Function, Goal};
use crate::{diag, fuse, pipeline};

pub(crate) use args::TABLE;
pub(crate) use expand::{by_value, register};
pub(crate) use model::Model;
pub(crate) use owner::Owner;

pub(crate) const NAME: &str = "health_check";

pub(crate) const GOAL: Goal = Goal {
    attribute: "#[health_check]",
    instead: "put it on a function, or on a method of an `impl` block under `#[obs::health_checks]`",
};

/// The recipe: arguments → function → model → expansion.
pub(crate) fn run(attr: TokenStream, item: TokenStream) -> TokenStream {
    if fuse::is_fused(&attr) {
        return item; // its block has taken it in
    }
    pipeline::run(item, |item| {
        let args = Args::read(attr, &TABLE);
        let function = Function::read(item, GOAL);
        let (args, function) = diag::both(args, function)?;
        let model = Model::new(&args, &function, None)?;
        Ok(expand::expand(item, &function, &model))
    })
}
