//! The counter that will be updated.

use syn::Result;

use crate::syntax::{Args, MetricUse};

/// What counts the calls.
pub(crate) struct Model {
    /// The counter; the shared family if absent.
    pub(crate) metric: Option<MetricUse>,
}

impl Model {
    pub(crate) fn new(args: &Args) -> Result<Self> {
        Ok(Model { metric: MetricUse::read(args)? })
    }
}
