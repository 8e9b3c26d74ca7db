//! The histogram that will be updated.

use syn::Result;

use crate::syntax::{Args, MetricUse};

/// What times the calls.
pub(crate) struct Model {
    /// The histogram; the shared family if absent.
    pub(crate) metric: Option<MetricUse>,
    /// Whether the calls in flight are gauged.
    pub(crate) in_flight: bool,
}

impl Model {
    pub(crate) fn new(args: &Args) -> Result<Self> {
        Ok(Model { metric: MetricUse::read(args)?, in_flight: args.flag("in_flight").is_some() })
    }
}
