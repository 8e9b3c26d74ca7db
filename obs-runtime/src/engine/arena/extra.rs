//! What few spans have, and keep beside their slots.

use std::sync::Arc;

use crate::engine::ambient::Held;
use crate::engine::wire::{MOST, compact, count};

/// Room for bytes that stays for the slot's next use.
const KEPT: usize = 1024;

/// Bytes of fields from which on those that were recorded twice are looked for.
const COMPACT_FROM: usize = 4096;

/// What few spans have. Belongs to the generation it names; an older one is empty.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    pub(super) generation: Option<u32>,
    /// Fields and links beyond those in the slot.
    pub(crate) bytes: Vec<u8>,
    /// The size at which repeated fields are looked for.
    pub(crate) compact_at: usize,
    pub(crate) links: usize,
    pub(crate) dropped_links: u32,
    pub(crate) dropped_fields: u32,
    /// What goes along with spans, in the slot that holds it for them.
    pub(crate) ambient: Option<Arc<Held>>,
}

impl Extra {
    /// Adds fields that were recorded late, and counts those that do not fit.
    pub(crate) fn add_fields(&mut self, fields: &[u8]) {
        if self.bytes.len() + fields.len() > self.compact_at.max(COMPACT_FROM) {
            compact(&mut self.bytes);
            self.compact_at = 2 * self.bytes.len();
        }
        if self.bytes.len() + fields.len() > MOST {
            let dropped = u32::try_from(count(fields)).unwrap_or(u32::MAX);
            self.dropped_fields = self.dropped_fields.saturating_add(dropped);
        } else {
            self.bytes.extend_from_slice(fields);
        }
    }

    /// Empties it, for the next generation. Returns what the caller drops when it has no lock.
    pub(super) fn reset(&mut self) -> Option<Arc<Held>> {
        self.generation = None;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.compact_at = 0;
        self.links = 0;
        self.dropped_links = 0;
        self.dropped_fields = 0;
        self.ambient.take()
    }
}
