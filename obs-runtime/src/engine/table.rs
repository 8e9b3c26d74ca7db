//! A thread's blocks, by service and by the metric's id.

use std::cell::Cell;
use std::mem;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use once_cell::race::OnceBox;

use super::block::Block;
use super::cells::Cells;
use super::row::Row;

/// What the slots of one metric are, by its id; empty where it has no block yet.
type Known<T> = Vec<Cell<&'static [T]>>;

/// Blocks that one thread writes to. Numbers and rows have ids of their own.
#[derive(Debug, Default)]
pub(super) struct Table {
    services: Vec<ByService>,
}

#[derive(Debug, Default)]
struct ByService {
    numbers: Known<AtomicU64>,
    rows: Known<OnceBox<Row>>,
    /// What the slices above are slices of.
    blocks: Vec<Arc<Block>>,
}

/// A view of the table for one service.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) numbers: &'static [Cell<&'static [AtomicU64]>],
    pub(super) rows: &'static [Cell<&'static [OnceBox<Row>]>],
}

impl Found {
    pub(super) const NOTHING: Found = Found { numbers: &[], rows: &[] };
}

/// What a table outgrew, and views of it may still lead to.
#[derive(Default)]
pub(super) struct Outgrown {
    _numbers: Known<AtomicU64>,
    _rows: Known<OnceBox<Row>>,
}

impl Table {
    /// Adds the block of a metric, if it has none here yet. To be dropped when no view of the table is left.
    #[must_use]
    pub(super) fn add(
        &mut self,
        cells: &Cells,
        service: usize,
        own: impl FnOnce() -> Arc<Block>,
    ) -> Outgrown {
        if self.services.len() <= service {
            self.services.resize_with(service + 1, ByService::default);
        }
        let Some(by) = self.services.get_mut(service) else { return Outgrown::default() };
        let id = cells.id();
        if cells.has_rows() {
            let _rows = make_room(&mut by.rows, id);
            if let Some(place) = by.rows.get(id).filter(|place| place.get().is_empty()) {
                let block = own();
                place.set(forever(block.rows()));
                by.blocks.push(block);
            }
            Outgrown { _rows, ..Outgrown::default() }
        } else {
            let _numbers = make_room(&mut by.numbers, id);
            if let Some(place) = by.numbers.get(id).filter(|place| place.get().is_empty()) {
                let block = own();
                place.set(forever(block.numbers()));
                by.blocks.push(block);
            }
            Outgrown { _numbers, ..Outgrown::default() }
        }
    }

    /// Returns a view that holds until the table grows, or is dropped.
    pub(super) fn found(&self, service: usize) -> Found {
        self.services
            .get(service)
            .map_or(Found::NOTHING, |by| Found { numbers: forever(&by.numbers), rows: forever(&by.rows) })
    }
}

/// Makes room for an id; returns what was outgrown.
fn make_room<T>(known: &mut Known<T>, id: usize) -> Known<T> {
    if known.len() > id {
        return Vec::new();
    }
    let len = (id + 1).next_power_of_two();
    let mut bigger = Vec::with_capacity(len);
    bigger.extend(known.iter().map(|place| Cell::new(place.get())));
    bigger.resize_with(len, || Cell::new(&[][..]));
    mem::replace(known, bigger)
}

/// Lets a slice be found as long as its owner sees to it that nobody does so any more when it is gone.
#[allow(unsafe_code)]
fn forever<T>(slice: &[T]) -> &'static [T] {
    // SAFETY: the slices of a block are found by way of its table alone, which keeps the block; a table is found by way of
    // `shard::HOT` alone, which `shard` resets before the table goes to another thread or capture, and points elsewhere
    // before what the table outgrew is dropped. Nothing is taken from it but for the length of one update.
    unsafe { slice::from_raw_parts(slice.as_ptr(), slice.len()) }
}
