//! Spans and metric cells: the hot path.

mod block;
pub(crate) mod catalog;
pub(crate) mod cells;
#[allow(dead_code)] // the subscriber that uses it is being built
pub(crate) mod collector;
mod exemplars;
mod fields;
pub(crate) mod interest;
pub(crate) mod layer;
#[allow(dead_code)] // the subscriber that uses it is being built
pub(crate) mod limits;
pub(crate) mod owned;
pub(crate) mod parent;
pub(crate) mod pending;
pub(crate) mod port;
#[allow(dead_code, unsafe_code)] // the queue; its users are being built
pub(crate) mod ring;
#[allow(dead_code)] // the subscriber that uses it is being built
pub(crate) mod sampler;
pub(crate) mod shard;
pub(crate) mod span;
mod sync;
#[allow(dead_code, unsafe_code)] // reads a register; the subscriber that uses it is being built
pub(crate) mod tick;
#[allow(dead_code)] // the subscriber that uses it is being built
pub(crate) mod wire;
