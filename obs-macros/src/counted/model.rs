//! The counter that will be updated.

use syn::Result;

use crate::metrics::{Kind, Meter};
use crate::syntax::{Args, Function};

/// What counts the calls.
pub(crate) struct Model {
    /// The counter; the shared family if absent.
    pub(crate) metric: Option<Meter>,
}

impl Model {
    pub(crate) fn new(args: &Args, function: &Function) -> Result<Self> {
        Ok(Model { metric: Meter::read(Kind::Counter, args, function)? })
    }
}
