//! Spans and metric cells: the hot path.

mod block;
pub(crate) mod catalog;
pub(crate) mod cells;
mod exemplars;
mod fields;
pub(crate) mod interest;
pub(crate) mod layer;
pub(crate) mod owned;
pub(crate) mod parent;
pub(crate) mod pending;
pub(crate) mod port;
pub(crate) mod shard;
pub(crate) mod span;
