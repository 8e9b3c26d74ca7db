//! Where an observation was made.

use std::sync::Arc;

use super::SpanContext;

/// Where an observation was made: what its exemplar leads to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Witness {
    pub(crate) context: SpanContext,
    pub(crate) correlation_id: Option<Arc<str>>,
}
