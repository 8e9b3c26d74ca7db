//! The span that will be made; the metrics follow from it.

use syn::Result;

use crate::syntax::{Args, Function};
use crate::traced;

/// A function that produces every signal.
pub(crate) struct Model {
    pub(crate) span: traced::Model,
}

impl Model {
    pub(crate) fn new(args: &Args, function: &Function) -> Result<Self> {
        Ok(Model { span: traced::Model::new(args, function)? })
    }
}
