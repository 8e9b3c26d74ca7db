//! The id of an open span: which slot, and which use of it.

use std::num::NonZeroU64;

use tracing_core::span::Id;

use super::state::GENERATION_BITS;

/// Bits of an id: generation, shard, slot. All ones in the last two are no slot.
const SLOT_BITS: u32 = 22;
const SHARD_BITS: u32 = 16;
const _: () = assert!(GENERATION_BITS + SHARD_BITS + SLOT_BITS == 64);

/// Slots of one shard, and shards of the process: as many as ids can tell apart, less the one that is no slot.
pub(super) const SLOTS: u32 = (1 << SLOT_BITS) - 1;
pub(super) const SHARDS: usize = 1 << SHARD_BITS;

/// Names one use of one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u64);

/// Names a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(u64);

impl Place {
    pub(super) const fn new(shard: u16, slot: u32) -> Self {
        Place((shard as u64) << SLOT_BITS | (slot as u64 + 1))
    }

    #[inline]
    pub(super) const fn shard(self) -> u16 {
        (self.0 >> SLOT_BITS) as u16
    }
}

impl Key {
    /// The key of a span that found no room: every use of it does nothing.
    pub(crate) const NOWHERE: Key = Key(u64::MAX);

    #[inline]
    pub(super) const fn new(generation: u32, place: Place) -> Self {
        Key((generation as u64) << (64 - GENERATION_BITS) | place.0)
    }

    /// Reads a key out of the id that `tracing` holds.
    #[inline]
    pub(crate) fn of(id: &Id) -> Self {
        Key(id.into_u64())
    }

    /// Returns the id that `tracing` is given.
    #[inline]
    pub(crate) fn id(self) -> Id {
        Id::from_non_zero_u64(NonZeroU64::new(self.0).unwrap_or(NonZeroU64::MAX))
    }

    /// Returns it as a number, to be kept in an atomic.
    pub(crate) const fn get(self) -> u64 {
        self.0
    }

    /// Makes a key of [`get`](Key::get)'s number; `None` for zero.
    pub(crate) fn from_u64(value: u64) -> Option<Self> {
        (value != 0).then_some(Key(value))
    }

    #[inline]
    pub(crate) const fn generation(self) -> u32 {
        (self.0 >> (64 - GENERATION_BITS)) as u32
    }

    #[inline]
    pub(super) const fn shard(self) -> u16 {
        (self.0 >> SLOT_BITS) as u16
    }

    /// Returns the slot's index; one that no shard has for keys that name no slot.
    #[inline]
    pub(super) const fn slot(self) -> u32 {
        ((self.0 as u32) & ((1 << SLOT_BITS) - 1)).wrapping_sub(1)
    }
}
