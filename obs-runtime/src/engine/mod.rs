//! Spans and metric cells: the hot path.

mod fields;
pub(crate) mod layer;
pub(crate) mod pending;
pub(crate) mod port;
