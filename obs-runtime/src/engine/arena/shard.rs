//! The slots that one thread takes from.

use std::sync::OnceLock;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};

use super::cell::Static;
use super::key::{Key, Place, SHARDS, SLOTS};
use super::returned::Returned;
use super::slot::Slot;

/// Slots in a shard's first chunk; each chunk has twice as many as the one before.
const FIRST: u32 = 8;
const CHUNKS: usize = 19;
const _: () = assert!(FIRST * ((1 << CHUNKS) - 1) <= SLOTS);

/// Every shard that was made.
static TABLE: [Static<Shard>; SHARDS] = [const { Static::none() }; SHARDS];
static MADE: AtomicUsize = AtomicUsize::new(0);

/// Chunks that stay where they are, and the way back for slots that were closed elsewhere.
#[derive(Debug)]
pub(crate) struct Shard {
    index: u16,
    chunks: [OnceLock<Box<[Slot]>>; CHUNKS],
    pub(super) returned: Returned<Slot>,
    /// Spans that its owner ever started; only he writes.
    pub(super) started: AtomicU64,
    /// Spans that its owner ever ended, whoever started them; only he writes.
    pub(super) ended: AtomicU64,
}

impl Shard {
    /// Makes a shard, for ever; `None` where there are as many as ids can tell apart.
    pub(super) fn make() -> Option<&'static Shard> {
        let index = MADE.fetch_update(Relaxed, Relaxed, |n| (n < SHARDS).then_some(n + 1)).ok()?;
        let place = TABLE.get(index)?;
        let chunks = [const { OnceLock::new() }; CHUNKS];
        let shard = Box::leak(Box::new(Shard {
            index: u16::try_from(index).ok()?,
            chunks,
            returned: Returned::new(),
            started: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        }));
        place.set(Some(shard));
        Some(shard)
    }

    pub(super) fn index(&self) -> u16 {
        self.index
    }

    /// Makes the chunk that follows `made` others, and returns its first slot; the others are linked behind it. `None`
    /// where there is no room for it, or it was made meanwhile: by the program's allocator, which may make spans.
    #[cold]
    pub(super) fn grow(&'static self, made: usize) -> Option<&'static Slot> {
        let (base, count) = (FIRST * ((1 << made) - 1), FIRST << made);
        let place = self.chunks.get(made)?;
        place
            .set((base..base + count).map(|index| Slot::new(Place::new(self.index, index))).collect())
            .ok()?;
        let chunk = place.get()?;
        for (slot, next) in chunk.iter().zip(chunk.iter().skip(1)) {
            slot.link(Some(next));
        }
        chunk.first()
    }

    #[inline]
    pub(super) fn slot(&self, index: u32) -> Option<&Slot> {
        // Chunk n begins at FIRST * (2^n - 1).
        let place = index / FIRST + 1;
        let chunk = place.checked_ilog2()?;
        let offset = index.wrapping_sub(FIRST * ((1 << chunk) - 1));
        self.chunks.get(chunk as usize)?.get()?.get(offset as usize)
    }
}

/// Returns a shard by its index.
pub(super) fn shard(index: u16) -> Option<&'static Shard> {
    TABLE.get(usize::from(index))?.get()
}

/// Returns how many spans were ever started, and how many of them have not ended. Leaves out those of a foreign registry.
pub(crate) fn started_and_live() -> (u64, u64) {
    let shards = TABLE.iter().map_while(Static::get);
    // Ends first: what starts or ends meanwhile counts as live.
    let ended: u64 = shards.clone().map(|shard| shard.ended.load(Relaxed)).sum();
    let started: u64 = shards.map(|shard| shard.started.load(Relaxed)).sum();
    (started, started.saturating_sub(ended))
}

/// Finds the slot that a key names. Whether the key's generation is alive is for the slot's state to say.
#[inline]
pub(crate) fn find(key: Key) -> Option<&'static Slot> {
    shard(key.shard())?.slot(key.slot())
}
