//! Where open spans live: slots in per-thread shards, named by ids that know which use of the slot they mean.
//!
//! A slot is made once and never freed, and everything in it is atomic or under a lock: an id that outlived its span, or
//! that somebody made up, finds another generation and reads nothing. Threads take slots from their own shard without
//! read-modify-write; a span that closes elsewhere goes back over the shard's return stack. The shard of a thread that
//! ended is adopted by the next one.

mod cell;
mod counted;
mod extra;
mod key;
mod local;
mod returned;
mod shard;
mod slot;
mod state;

#[cfg(test)]
mod tests;

pub(crate) use extra::Extra;
pub(crate) use key::Key;
pub(crate) use local::Home;
pub(crate) use shard::{find, started_and_live};
pub(crate) use slot::{Context, INLINE, Slot};
pub(crate) use state::Release;
