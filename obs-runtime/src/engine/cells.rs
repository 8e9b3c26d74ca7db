//! The cells of one metric: where its numbers are, and how they are added up.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use super::block::{Block, change, level_bits, level_of};
use super::exemplars::Exemplars;
use super::shard;
use crate::context::SpanContext;
use crate::record::Exemplar;

/// What a metric's cells hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Layout {
    /// Integers that are only added to: every thread has its own, a reader sums them.
    Sums { slots: usize },
    /// Numbers that are set: one cell for all threads.
    Levels { slots: usize },
    /// Distributions, one a row; a row is made at its first observation.
    Rows { rows: usize, bounds: &'static [f64] },
}

/// The cells of one metric.
///
/// A thread writes to a block of its own by plain load and store; who reads sums over the blocks. Blocks are made when
/// a thread first uses the metric under a service, and outlive the thread: the next thread adopts them.
#[derive(Debug)]
pub(crate) struct Cells {
    layout: Layout,
    id: AtomicUsize,
    parts: Mutex<Vec<Part>>,
    exemplars: Exemplars,
}

impl Cells {
    pub(crate) const fn new(layout: Layout) -> Self {
        Cells { layout, id: AtomicUsize::new(0), parts: Mutex::new(Vec::new()), exemplars: Exemplars::new() }
    }

    /// Adds to a sum. Wraps, so that adding `u64::MAX` takes one away.
    pub(crate) fn add(&self, slot: usize, n: u64) {
        shard::write(self, |target| {
            if let Some(cell) = target.block.number(slot) {
                target.writer.add(cell, n);
            }
        });
    }

    /// Replaces a level by `next` of it; a level that was never set is 0.
    pub(crate) fn level(&self, slot: usize, next: impl Fn(f64) -> f64) {
        shard::write(self, |target| {
            if let Some(cell) = target.block.number(slot) {
                // Others may set it at the same time, whatever thread the block belongs to.
                change(cell, |bits| level_bits(next(level_of(bits).unwrap_or(0.0))));
            }
        });
    }

    /// Adds an observation to a row; one that is not a number is left out, for it would spoil the sum for ever.
    pub(crate) fn observe(&self, row: usize, value: f64, context: Option<&SpanContext>) {
        let Layout::Rows { bounds, .. } = self.layout else {
            return;
        };
        if value.is_nan() {
            return;
        }
        let bucket = bounds.partition_point(|bound| *bound < value);
        shard::write(self, |target| {
            if let Some(cells) = target.block.row(row, bounds.len() + 1) {
                cells.observe(bucket, value, target.writer);
            }
            if let Some(context) = context.filter(|_| !target.private) {
                self.exemplars.offer((target.service, row), bucket, bounds.len() + 1, context, value);
            }
        });
    }

    /// Returns a snapshot of which blocks there are.
    pub(crate) fn parts(&self) -> Parts {
        Parts(self.lock().clone())
    }

    /// Returns a row's exemplars, one place a bucket; empty where there is none.
    pub(crate) fn exemplars(&self, service: usize, row: usize) -> Vec<Option<Exemplar>> {
        self.exemplars.of((service, row))
    }

    /// Returns the number that threads find the metric's block by; the first is 1.
    pub(super) fn id(&self) -> usize {
        match self.id.load(Relaxed) {
            0 => self.take_id(),
            id => id,
        }
    }

    #[cold]
    fn take_id(&self) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let id = NEXT.fetch_add(1, Relaxed);
        match self.id.compare_exchange(0, id, Relaxed, Relaxed) {
            Ok(_) => id,
            Err(theirs) => theirs,
        }
    }

    /// Tells whether all threads write to one block.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.layout, Layout::Levels { .. })
    }

    /// Makes a block that no reader of this metric finds.
    pub(super) fn private(&self) -> Arc<Block> {
        Arc::new(Block::new(self.layout))
    }

    /// Returns the block that a thread is to write to alone; levels have one for all threads.
    pub(super) fn own(&self, service: usize) -> Arc<Block> {
        if self.is_shared() {
            return self.shared(service);
        }
        let block = self.private();
        self.lock().push(Part { service, shared: false, block: Arc::clone(&block) });
        block
    }

    /// Returns the block that any thread may write to, by read-modify-write.
    pub(super) fn shared(&self, service: usize) -> Arc<Block> {
        let mut parts = self.lock();
        if let Some(part) = parts.iter().find(|p| p.shared && p.service == service) {
            return Arc::clone(&part.block);
        }
        let block = self.private();
        parts.push(Part { service, shared: true, block: Arc::clone(&block) });
        block
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Part>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One block and the service it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(super) service: usize,
    pub(super) shared: bool,
    pub(super) block: Arc<Block>,
}

/// The blocks of a metric at one moment; reads what is in them now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts(pub(super) Vec<Part>);

impl Parts {
    /// Puts a level before those of the blocks, for this snapshot.
    pub(crate) fn put_first(&mut self, cells: &Cells, service: usize, slot: usize, level: f64) {
        let is_ours = self.0.first().is_some_and(|part| !part.shared && part.service == service);
        if !is_ours {
            self.0.insert(0, Part { service, shared: false, block: cells.private() });
        }
        if let Some(cell) = self.0.first().and_then(|part| part.block.number(slot)) {
            cell.store(level_bits(level), Relaxed);
        }
    }

    /// Returns the services that used the metric, ascending.
    pub(crate) fn services(&self) -> Vec<usize> {
        let mut services: Vec<usize> = self.0.iter().map(|p| p.service).collect();
        services.sort_unstable();
        services.dedup();
        services
    }

    /// Returns how many blocks there are.
    #[cfg(test)]
    pub(crate) fn blocks(&self) -> usize {
        self.0.len()
    }

    /// Tells whether a service used the metric.
    pub(crate) fn has(&self, service: usize) -> bool {
        self.0.iter().any(|p| p.service == service)
    }

    /// Returns a sum.
    pub(crate) fn sum(&self, service: usize, slot: usize) -> u64 {
        self.of(service)
            .filter_map(|b| b.number(slot))
            .fold(0, |sum, cell| sum.wrapping_add(cell.load(Relaxed)))
    }

    /// Returns a level; `None` where it was never set.
    pub(crate) fn level(&self, service: usize, slot: usize) -> Option<f64> {
        self.of(service).filter_map(|b| b.number(slot)).find_map(|cell| level_of(cell.load(Relaxed)))
    }

    /// Adds a row's observations to `into`.
    pub(crate) fn distribution(&self, service: usize, row: usize, into: &mut Distribution) {
        for row in self.of(service).filter_map(|b| b.known_row(row)) {
            into.buckets.resize(row.buckets.len().max(into.buckets.len()), 0);
            for (sum, cell) in into.buckets.iter_mut().zip(&row.buckets) {
                *sum += cell.load(Relaxed);
            }
            into.sum += f64::from_bits(row.sum.load(Relaxed));
        }
    }

    fn of(&self, service: usize) -> impl Iterator<Item = &Block> {
        self.0.iter().filter(move |p| p.service == service).map(|p| &*p.block)
    }
}

/// Observations added up; without buckets while there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Distribution {
    pub(crate) buckets: Vec<u64>,
    pub(crate) sum: f64,
}
