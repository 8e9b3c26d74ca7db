//! The numbers of one metric that one writer writes.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::cells::Layout;

/// A row of numbers, or of distributions.
#[derive(Debug)]
pub(crate) enum Block {
    Numbers(Box<[AtomicU64]>),
    Rows(Box<[OnceLock<Row>]>),
}

impl Block {
    pub(super) fn new(layout: Layout) -> Self {
        match layout {
            Layout::Sums { slots } => Block::Numbers(numbers(slots, 0)),
            Layout::Levels { slots } => Block::Numbers(numbers(slots, NEVER_SET)),
            Layout::Rows { rows, .. } => Block::Rows((0..rows).map(|_| OnceLock::new()).collect()),
        }
    }

    pub(super) fn number(&self, slot: usize) -> Option<&AtomicU64> {
        match self {
            Block::Numbers(numbers) => numbers.get(slot),
            Block::Rows(_) => None,
        }
    }

    pub(super) fn row(&self, row: usize, buckets: usize) -> Option<&Row> {
        match self {
            Block::Rows(rows) => rows.get(row).map(|r| r.get_or_init(|| Row::new(buckets))),
            Block::Numbers(_) => None,
        }
    }

    pub(super) fn known_row(&self, row: usize) -> Option<&Row> {
        match self {
            Block::Rows(rows) => rows.get(row)?.get(),
            Block::Numbers(_) => None,
        }
    }
}

/// One distribution of one writer.
#[derive(Debug)]
pub(crate) struct Row {
    pub(super) buckets: Box<[AtomicU64]>,
    pub(super) sum: AtomicU64,
}

impl Row {
    fn new(buckets: usize) -> Self {
        Row { buckets: numbers(buckets, 0), sum: AtomicU64::new(0.0_f64.to_bits()) }
    }

    pub(super) fn observe(&self, bucket: usize, value: f64, writer: Writer) {
        if let Some(cell) = self.buckets.get(bucket) {
            writer.add(cell, 1);
        }
        let add = |bits| (f64::from_bits(bits) + value).to_bits();
        match writer {
            Writer::Only => self.sum.store(add(self.sum.load(Relaxed)), Relaxed),
            Writer::Shared => change(&self.sum, add),
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
    pub(super) fn add(self, cell: &AtomicU64, n: u64) {
        match self {
            Writer::Only => cell.store(cell.load(Relaxed).wrapping_add(n), Relaxed),
            Writer::Shared => {
                cell.fetch_add(n, Relaxed);
            }
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

fn numbers(count: usize, value: u64) -> Box<[AtomicU64]> {
    (0..count).map(|_| AtomicU64::new(value)).collect()
}
