//! Spans and metric cells: the hot path.

mod ambient;
mod arena;
#[cfg(feature = "opentelemetry")]
pub(crate) mod attached;
pub(crate) mod batch;
mod block;
#[cfg(feature = "opentelemetry")]
pub(crate) mod by_hand;
pub(crate) mod capture;
mod carried;
pub(crate) mod catalog;
pub(crate) mod cells;
pub(crate) mod collector;
mod distribution;
pub(crate) mod exemplars;
mod fields;
#[allow(unsafe_code)] // tells the C library what to call
pub(crate) mod fork;
pub(crate) mod global;
mod grid;
pub(crate) mod interest;
pub(crate) mod layer;
pub(crate) mod limits;
pub(crate) mod owned;
pub(crate) mod parent;
pub(crate) mod pending;
pub(crate) mod port;
#[allow(unsafe_code)] // the queue
pub(crate) mod ring;
mod row;
pub(crate) mod sampler;
pub(crate) mod shadow;
pub(crate) mod shard;
pub(crate) mod span;
mod stack;
#[cfg(feature = "opentelemetry")]
pub(crate) mod stand_in;
pub(crate) mod started;
pub(crate) mod subscriber;
mod sync;
mod table;
mod thread;
#[allow(unsafe_code)] // reads a register
pub(crate) mod tick;
pub(crate) mod wire;
