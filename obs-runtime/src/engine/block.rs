//! The numbers of one metric that one writer writes.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use once_cell::race::OnceBox;

use super::cells::Layout;
use super::row::Row;

/// A row of numbers, or of distributions.
#[derive(Debug)]
pub(crate) enum Block {
    Numbers(Box<[AtomicU64]>),
    Rows(Box<[OnceBox<Row>]>),
}

impl Block {
    pub(super) fn new(layout: Layout) -> Self {
        match layout {
            Layout::Sums { slots } => Block::Numbers(numbers(slots, 0)),
            Layout::Levels { slots } => Block::Numbers(numbers(slots, NEVER_SET)),
            Layout::Rows { rows, .. } => Block::Rows((0..rows).map(|_| OnceBox::new()).collect()),
        }
    }

    pub(super) fn numbers(&self) -> &[AtomicU64] {
        match self {
            Block::Numbers(numbers) => numbers,
            Block::Rows(_) => &[],
        }
    }

    pub(super) fn rows(&self) -> &[OnceBox<Row>] {
        match self {
            Block::Rows(rows) => rows,
            Block::Numbers(_) => &[],
        }
    }
}

/// Who writes to a block.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Writer {
    /// This thread alone: load and store.
    Only,
    /// Any thread: read-modify-write.
    Shared,
}

impl Writer {
    /// Adds, and returns what was there.
    #[inline(always)]
    pub(super) fn add(self, cell: &AtomicU64, n: u64) -> u64 {
        match self {
            Writer::Only => {
                let former = cell.load(Relaxed);
                cell.store(former.wrapping_add(n), Relaxed);
                former
            }
            Writer::Shared => cell.fetch_add(n, Relaxed),
        }
    }
}

/// The bits of a level that was never set: a NaN that no arithmetic makes.
const NEVER_SET: u64 = u64::MAX;

pub(super) fn level_of(bits: u64) -> Option<f64> {
    (bits != NEVER_SET).then(|| f64::from_bits(bits))
}

pub(super) fn level_bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

pub(super) fn change(cell: &AtomicU64, next: impl Fn(u64) -> u64) {
    let _former = cell.fetch_update(Relaxed, Relaxed, |bits| Some(next(bits)));
}

pub(super) fn numbers(count: usize, value: u64) -> Box<[AtomicU64]> {
    (0..count).map(|_| AtomicU64::new(value)).collect()
}
