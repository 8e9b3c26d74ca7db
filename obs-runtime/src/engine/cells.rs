//! The cells of one metric: where its numbers are, and how they are added up.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

use once_cell::race::OnceBox;

use super::block::{Block, change, level_bits, level_of};
use super::catalog;
pub(crate) use super::distribution::Distribution;
use super::exemplars::{ExemplarFilter, Exemplars};
use super::grid::Splits;
use super::row::Row;
use super::shard;
use crate::context::Witness;
use crate::record::Exemplar;
use crate::service::Service;

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
    /// What an update goes by: the number of the metric, 0 where that is to be asked for, or [`OFF`](Cells::OFF).
    active: AtomicUsize,
    /// The number that threads find the metric's block by; 0 where it has none yet.
    id: AtomicUsize,
    parts: Mutex<Vec<Part>>,
    exemplars: Exemplars,
}

/// Whether anybody may read the metrics of this process.
static READ: AtomicBool = AtomicBool::new(cfg!(test));

/// Makes metrics count from now on: until somebody can read them, an update does nothing.
pub(crate) fn begin() {
    if !READ.swap(true, SeqCst) {
        catalog::functions().iter().for_each(|callsite| callsite.wanted().refresh());
    }
}

/// Tells whether metrics count.
pub(crate) fn are_read() -> bool {
    READ.load(SeqCst)
}

/// Observations that were not a number.
static LEFT_OUT: AtomicU64 = AtomicU64::new(0);

#[cold]
fn leave_out() {
    LEFT_OUT.fetch_add(1, Relaxed);
}

/// Returns how many observations were left out because they were not a number.
pub(crate) fn left_out() -> u64 {
    LEFT_OUT.load(Relaxed)
}

impl Cells {
    /// In the place of a number: nothing is to be counted.
    pub(super) const OFF: usize = usize::MAX;

    pub(crate) const fn new(layout: Layout) -> Self {
        Cells {
            layout,
            active: AtomicUsize::new(0),
            id: AtomicUsize::new(0),
            parts: Mutex::new(Vec::new()),
            exemplars: Exemplars::new(),
        }
    }

    /// Adds to a sum. Wraps, so that adding `u64::MAX` takes one away.
    #[inline(always)]
    pub(crate) fn add(&self, service: Service, slot: usize, n: u64) {
        shard::number(self, (service.index(), slot), |cell, writer| {
            writer.add(cell, n);
        });
    }

    /// Replaces a level by `next` of it; a level that was never set is 0.
    pub(crate) fn level(&self, service: Service, slot: usize, next: impl Fn(f64) -> f64) {
        shard::number(self, (service.index(), slot), |cell, _| {
            // Others may set it at the same time, whatever thread the block belongs to.
            change(cell, |bits| level_bits(next(level_of(bits).unwrap_or(0.0))));
        });
    }

    /// Adds an observation to a row; one that is not a number is left out and counted, for it would spoil the sum for ever.
    /// `context` is asked where an exemplar is wanted.
    #[inline(always)]
    pub(crate) fn observe(
        &self,
        service: Service,
        row: usize,
        value: f64,
        context: Option<impl Fn() -> Option<Witness>>,
    ) {
        if value.is_nan() {
            return leave_out();
        }
        shard::row(self, (service.index(), row), |row, writer| row.observe(value, writer, context.as_ref()));
    }

    /// Turns the metric on or off. What was counted stays.
    pub(crate) fn turn(&self, on: bool) {
        self.active.store(if on { 0 } else { Self::OFF }, Relaxed);
    }

    /// Tells whether it is turned off.
    pub(crate) fn is_off(&self) -> bool {
        self.active.load(Relaxed) == Self::OFF
    }

    /// Returns a snapshot of which blocks there are.
    pub(crate) fn parts(&self) -> Parts {
        Parts(self.lock().clone())
    }

    /// Returns a row's exemplars, one place a bucket; empty where there is none.
    pub(crate) fn exemplars(&self, service: usize, row: usize) -> Vec<Option<Exemplar>> {
        self.exemplars.of((service, row))
    }

    #[inline(always)]
    pub(super) fn active(&self) -> usize {
        self.active.load(Relaxed)
    }

    /// Lets updates find the metric's number. False while nothing is to be counted.
    pub(super) fn activate(&self) -> bool {
        are_read() && self.active.compare_exchange(0, self.id(), Relaxed, Relaxed) != Err(Self::OFF)
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
        static NUMBERS: AtomicUsize = AtomicUsize::new(1);
        static ROWS: AtomicUsize = AtomicUsize::new(1);
        let next = if self.has_rows() { &ROWS } else { &NUMBERS };
        let id = next.fetch_add(1, Relaxed);
        match self.id.compare_exchange(0, id, Relaxed, Relaxed) {
            Ok(_) => id,
            Err(theirs) => theirs,
        }
    }

    pub(super) fn has_rows(&self) -> bool {
        matches!(self.layout, Layout::Rows { .. })
    }

    /// Tells whether all threads write to one block.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.layout, Layout::Levels { .. })
    }

    /// Makes a row. What is private has no exemplars, and nothing has where none are wanted.
    pub(super) fn new_row(&self, service: usize, row: usize, private: bool) -> Box<Row> {
        let bounds = if let Layout::Rows { bounds, .. } = self.layout { bounds } else { &[] };
        let wanted = !private && !ExemplarFilter::AlwaysOff.is_in_force();
        let exemplars = wanted.then(|| self.exemplars.kept((service, row)));
        Box::new(Row::new(Splits::of(bounds), exemplars))
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

    /// Returns the rows of that block.
    #[allow(unsafe_code)]
    pub(super) fn shared_rows(&self, service: usize) -> &[OnceBox<Row>] {
        let block = self.shared(service);
        // SAFETY: `parts` keeps the block as long as these cells live: none is ever taken out of it, nor changed.
        unsafe { &*Arc::as_ptr(&block) }.rows()
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
        if let Some(cell) = self.0.first().and_then(|part| part.block.numbers().get(slot)) {
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
            .filter_map(|b| b.numbers().get(slot))
            .fold(0, |sum, cell| sum.wrapping_add(cell.load(Relaxed)))
    }

    /// Writes all sums to `into`, by their slots; none where the service did not use the metric.
    pub(crate) fn sums(&self, service: usize, into: &mut Vec<u64>) {
        into.clear();
        for block in self.of(service) {
            let cells = block.numbers();
            into.resize(cells.len(), 0); // all blocks of a metric are of one size
            for (sum, cell) in into.iter_mut().zip(cells) {
                *sum = sum.wrapping_add(cell.load(Relaxed));
            }
        }
    }

    /// Returns a level; `None` where it was never set.
    pub(crate) fn level(&self, service: usize, slot: usize) -> Option<f64> {
        self.of(service).filter_map(|b| b.numbers().get(slot)).find_map(|cell| level_of(cell.load(Relaxed)))
    }

    /// Adds a row's observations to `into`.
    pub(crate) fn distribution(&self, service: usize, row: usize, into: &mut Distribution) {
        for row in self.of(service).filter_map(|b| b.rows().get(row)?.get()) {
            into.add(row);
        }
    }

    fn of(&self, service: usize) -> impl Iterator<Item = &Block> {
        self.0.iter().filter(move |p| p.service == service).map(|p| &*p.block)
    }
}
