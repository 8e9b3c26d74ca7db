//! Observations added up over rows, as a reader is shown them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::grid::{COARSE_OFFSET, COARSE_SCALE, FINE, FINE_OFFSET, Place, SCALE, Splits, ZERO};
use super::row::{CHUNK, Row};
use crate::record::{Buckets, Exponential};

/// Exponential buckets that a reader is shown at most, above zero and below it.
const MAX_BUCKETS: i32 = 160;

/// Observations added up; without buckets while there is none. May be used again after [`clear`](Distribution::clear),
/// which keeps its memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Distribution {
    /// Per declared bucket.
    pub(crate) buckets: Vec<u64>,
    pub(crate) sum: f64,
    zero: u64,
    positive: Side,
    negative: Side,
}

/// Observations of one sign, per cell of the grid.
#[derive(Clone, Debug, Default, PartialEq)]
struct Side {
    fine: Vec<u64>,
    /// The first fine cell that has any, and the one after the last.
    touched: Option<(usize, usize)>,
    /// Per cell of eight octaves, those of the fine part too; only where there is one beyond it.
    coarse: Vec<u64>,
    /// What is shown where it is not the cells themselves.
    merged: Vec<u64>,
}

/// The exponential index of the first element of `Side::coarse`.
const COARSE_START: i32 = FINE_OFFSET >> (SCALE - COARSE_SCALE);

impl Distribution {
    /// Forgets all observations.
    pub(crate) fn clear(&mut self) {
        self.buckets.clear();
        (self.sum, self.zero) = (0.0, 0);
        self.positive.clear();
        self.negative.clear();
    }

    /// Adds what a row has.
    pub(super) fn add(&mut self, row: &Row) {
        let splits = row.splits();
        self.buckets.resize(splits.bounds().len() + 1, 0);
        self.sum += f64::from_bits(row.sum.load(Relaxed));
        self.put(splits, Place::Zero, &row.zero);
        for (at, cell) in cells(&row.fine) {
            self.put(splits, Place::Fine { negative: false, at }, cell);
        }
        if let Some(rare) = row.rare() {
            for (at, cell) in cells(&rare.negative_fine) {
                self.put(splits, Place::Fine { negative: true, at }, cell);
            }
            for (at, cell) in rare.coarse.iter().enumerate() {
                self.put(splits, Place::Coarse { negative: false, at }, cell);
            }
            for (at, cell) in rare.negative_coarse.iter().enumerate() {
                self.put(splits, Place::Coarse { negative: true, at }, cell);
            }
        }
        for (bound, cell) in row.above.iter().enumerate() {
            let count = cell.load(Relaxed);
            if let Some(place) = splits.places().get(bound).filter(|_| count > 0) {
                self.count(bound + 1, *place, count);
            }
        }
    }

    fn put(&mut self, splits: &Splits, place: Place, cell: &AtomicU64) {
        let count = cell.load(Relaxed);
        if count > 0 {
            self.count(splits.first_bucket(place), place, count);
        }
    }

    fn count(&mut self, bucket: usize, place: Place, count: u64) {
        if let Some(sum) = self.buckets.get_mut(bucket) {
            *sum += count;
        }
        match place {
            Place::Zero => self.zero += count,
            Place::Fine { negative, at } => self.side(negative).fine(at, count),
            Place::Coarse { negative, at } => self.side(negative).coarse(at, count),
        }
    }

    fn side(&mut self, negative: bool) -> &mut Side {
        if negative { &mut self.negative } else { &mut self.positive }
    }

    /// Returns them in exponential buckets: of the highest resolution at which they are not too many.
    pub(crate) fn exponential(&mut self) -> Exponential<'_> {
        let sides = [&self.positive, &self.negative];
        let scale = sides.into_iter().map(Side::scale).min().unwrap_or(SCALE);
        Exponential {
            scale,
            zero_threshold: ZERO,
            zero_count: self.zero,
            positive: self.positive.buckets(scale),
            negative: self.negative.buckets(scale),
        }
    }
}

impl Side {
    fn clear(&mut self) {
        if let Some((from, to)) = self.touched.take()
            && let Some(cells) = self.fine.get_mut(from..to)
        {
            cells.fill(0);
        }
        self.coarse.clear();
    }

    fn fine(&mut self, at: usize, count: u64) {
        self.fine.resize(FINE, 0);
        if let Some(cell) = self.fine.get_mut(at) {
            *cell += count;
        }
        let (from, to) = self.touched.unwrap_or((at, at));
        self.touched = Some((from.min(at), to.max(at + 1)));
    }

    fn coarse(&mut self, at: usize, count: u64) {
        let at = at + (COARSE_OFFSET - COARSE_START) as usize;
        if self.coarse.len() <= at {
            self.coarse.resize(at + 1, 0);
        }
        if let Some(cell) = self.coarse.get_mut(at) {
            *cell += count;
        }
    }

    /// The exponential indices of the first and the last fine cell that has any.
    fn range(&self) -> Option<(i32, i32)> {
        let (from, to) = self.touched?;
        Some((from as i32 + FINE_OFFSET, to as i32 - 1 + FINE_OFFSET))
    }

    /// The highest resolution at which it has few enough buckets.
    fn scale(&self) -> i32 {
        if !self.coarse.is_empty() {
            return COARSE_SCALE;
        }
        let Some((first, last)) = self.range() else { return SCALE };
        let fits = |by: &i32| (last >> by) - (first >> by) < MAX_BUCKETS;
        SCALE - (0..SCALE - COARSE_SCALE).find(fits).unwrap_or(SCALE - COARSE_SCALE)
    }

    fn buckets(&mut self, scale: i32) -> Buckets<'_> {
        let Side { fine, touched, coarse, merged } = self;
        let cells = touched.and_then(|(from, to)| fine.get(from..to)).unwrap_or_default();
        let first = touched.map_or(0, |(from, _)| from as i32 + FINE_OFFSET);
        if scale == SCALE {
            return Buckets { offset: first, counts: cells };
        }
        let by = SCALE - scale;
        let start = if coarse.is_empty() { first >> by } else { COARSE_START };
        merged.clear();
        merged.extend_from_slice(coarse);
        for (index, count) in (first..).zip(cells) {
            let at = ((index >> by) - start) as usize;
            if merged.len() <= at {
                merged.resize(at + 1, 0);
            }
            if let Some(sum) = merged.get_mut(at) {
                *sum += count;
            }
        }
        let empty = merged.iter().take_while(|count| **count == 0).count();
        Buckets { offset: start + empty as i32, counts: merged.get(empty..).unwrap_or_default() }
    }
}

/// The cells that were made, and where they are.
fn cells(fine: &[once_cell::race::OnceBox<[AtomicU64; CHUNK]>]) -> impl Iterator<Item = (usize, &AtomicU64)> {
    let made = fine.iter().enumerate().filter_map(|(chunk, cells)| Some((chunk, cells.get()?)));
    made.flat_map(|(chunk, cells)| cells.iter().enumerate().map(move |(at, cell)| (chunk * CHUNK + at, cell)))
}
