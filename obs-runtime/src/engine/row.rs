//! One distribution of one writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use once_cell::race::OnceBox;

use super::block::{Writer, change, numbers};
use super::exemplars::Kept;
use super::grid::{self, COARSE, FINE, Place, Splits};
use crate::context::Witness;

/// Cells that are made together: four octaves.
pub(super) const CHUNK: usize = 32;
/// So many observations of a bucket by a thread there is an exemplar, whether or not a reader saw the former.
const RENEWED: u64 = 256;

/// Fine cells, by chunk.
type Fine = [OnceBox<[AtomicU64; CHUNK]>; FINE / CHUNK];

/// What a row counted: per cell of the grid what is not above the first bound in it, and per bound what is above it in its
/// cell. Cells are made when something falls near them.
#[derive(Debug)]
pub(crate) struct Row {
    splits: &'static Splits,
    /// Where there may be exemplars.
    exemplars: Option<Arc<Kept>>,
    pub(super) sum: AtomicU64,
    pub(super) zero: AtomicU64,
    pub(super) fine: Fine,
    pub(super) above: Box<[AtomicU64]>,
    rare: OnceBox<Rare>,
}

/// The cells of what most distributions do not have.
#[derive(Debug)]
pub(super) struct Rare {
    pub(super) coarse: [AtomicU64; COARSE],
    pub(super) negative_fine: Fine,
    pub(super) negative_coarse: [AtomicU64; COARSE],
}

impl Row {
    pub(super) fn new(splits: &'static Splits, exemplars: Option<Arc<Kept>>) -> Self {
        Row {
            splits,
            exemplars,
            sum: AtomicU64::new(0.0_f64.to_bits()),
            zero: AtomicU64::new(0),
            fine: [const { OnceBox::new() }; FINE / CHUNK],
            above: numbers(splits.bounds().len(), 0),
            rare: OnceBox::new(),
        }
    }

    pub(super) fn splits(&self) -> &'static Splits {
        self.splits
    }

    pub(super) fn rare(&self) -> Option<&Rare> {
        self.rare.get()
    }

    /// Adds an observation, which is a number. `context` is asked for if an exemplar is wanted.
    #[inline(always)]
    pub(super) fn observe(
        &self,
        value: f64,
        writer: Writer,
        context: Option<impl FnOnce() -> Option<Witness>>,
    ) {
        let (bucket, cell) = match grid::fine(value) {
            Some(at) => {
                let first = self.splits.first_of_fine(at);
                let bucket = self.splits.bucket(first, value);
                (bucket, if bucket == first { in_chunk(&self.fine, at) } else { self.above.get(bucket - 1) })
            }
            None => self.unusual(value),
        };
        let Some(cell) = cell else { return };
        let former = writer.add(cell, 1);
        let add = |bits| (f64::from_bits(bits) + value).to_bits();
        match writer {
            Writer::Only => self.sum.store(add(self.sum.load(Relaxed)), Relaxed),
            Writer::Shared => change(&self.sum, add),
        }
        if let (Some(context), Some(kept)) = (context, &self.exemplars)
            && (kept.wants(bucket) || former.is_multiple_of(RENEWED))
        {
            kept.offer(bucket, self.splits.bounds().len() + 1, context, value);
        }
    }

    /// Returns the bucket and the cell of what most distributions do not have.
    #[cold]
    fn unusual(&self, value: f64) -> (usize, Option<&AtomicU64>) {
        let place = Place::of(value);
        let first = self.splits.first_bucket(place);
        let bucket = self.splits.bucket(first, value);
        (bucket, if bucket == first { self.rare_cell(place) } else { self.above.get(bucket - 1) })
    }

    fn rare_cell(&self, place: Place) -> Option<&AtomicU64> {
        if place == Place::Zero {
            return Some(&self.zero);
        }
        let rare = self.rare.get_or_init(|| Box::new(Rare::new()));
        match place {
            Place::Zero => None,
            Place::Fine { negative: false, at } => in_chunk(&self.fine, at),
            Place::Fine { negative: true, at } => in_chunk(&rare.negative_fine, at),
            Place::Coarse { negative: false, at } => rare.coarse.get(at),
            Place::Coarse { negative: true, at } => rare.negative_coarse.get(at),
        }
    }
}

impl Rare {
    fn new() -> Self {
        Rare {
            coarse: [const { AtomicU64::new(0) }; COARSE],
            negative_fine: [const { OnceBox::new() }; FINE / CHUNK],
            negative_coarse: [const { AtomicU64::new(0) }; COARSE],
        }
    }
}

#[inline]
fn in_chunk(fine: &Fine, at: usize) -> Option<&AtomicU64> {
    let chunk = fine.get(at / CHUNK)?;
    chunk.get_or_init(|| Box::new([const { AtomicU64::new(0) }; CHUNK])).get(at % CHUNK)
}
