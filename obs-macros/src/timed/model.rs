//! The histogram that will be updated.

use syn::Result;

use crate::metrics::{Kind, Meter};
use crate::syntax::{Args, Function};

/// What times the calls.
pub(crate) struct Model {
    /// The histogram; the shared family if absent.
    pub(crate) metric: Option<Meter>,
    /// Whether the calls in flight are gauged.
    pub(crate) in_flight: bool,
}

impl Model {
    pub(crate) fn new(args: &Args, function: &Function) -> Result<Self> {
        let metric = Meter::read(Kind::Histogram, args, function)?;
        Ok(Model { metric, in_flight: args.flag("in_flight").is_some() })
    }
}
