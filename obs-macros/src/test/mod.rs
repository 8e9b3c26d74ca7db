//! `#[test]`: a test that sees its own telemetry.

mod args;
mod expand;
mod model;

use proc_macro2::TokenStream;

use crate::diag;
use crate::pipeline;
use crate::syntax::{Args, Function, Goal};

const GOAL: Goal = Goal {
    attribute: "#[obs::test]",
    instead: "put it on `fn name(t: &obs::testing::Telemetry)`, or on one without arguments",
};

/// The recipe: arguments → function → model → expansion.
pub(crate) fn run(attr: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::run(item, |item| {
        let args = Args::read(attr, &args::TABLE);
        let function = Function::read(item, GOAL);
        let (args, function) = diag::both(args, function)?;
        let model = model::Model::new(&args, &function)?;
        Ok(expand::expand(&function, &model))
    })
}
