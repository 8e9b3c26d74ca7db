//! Updates that are kept from the world: those of one test, on whichever threads it runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::block::Block;
use super::cells::{Cells, Part, Parts};
use super::shard::{self, Table};

pub(crate) use super::shard::Inside;

/// Keeps the updates of who is inside from the world. Clones are the same capture, on other threads too. Captures nest:
/// the innermost gets the updates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Capture(Arc<Kept>);

impl Capture {
    /// Enters on this thread, until the guard is dropped.
    pub(crate) fn enter(&self) -> Inside {
        shard::enter(&self.0)
    }

    /// Returns what the capture has of a metric.
    pub(crate) fn parts(&self, cells: &Cells) -> Parts {
        let id = cells.id();
        Parts(self.0.lock().blocks.iter().filter(|(of, _)| *of == id).map(|(_, part)| part.clone()).collect())
    }
}

/// What the threads inside a capture share.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Every block, with its metric's id.
    blocks: Vec<(usize, Part)>,
    /// The tables of threads that left: a future that is polled again goes on with one of them.
    tables: Vec<Table>,
}

impl Kept {
    /// Returns the table that a thread writes by, alone.
    pub(super) fn table(&self) -> Table {
        self.lock().tables.pop().unwrap_or_default()
    }

    /// Takes a table for the next thread.
    pub(super) fn give_back(&self, table: Table) {
        self.lock().tables.push(table);
    }

    /// Returns a block that one thread is to write to; levels have one for all threads.
    pub(super) fn own(&self, cells: &Cells, service: usize) -> Arc<Block> {
        let (id, shared) = (cells.id(), cells.is_shared());
        let mut state = self.lock();
        let known = state.blocks.iter().find(|(of, part)| shared && *of == id && part.service == service);
        if let Some((_, part)) = known {
            return Arc::clone(&part.block);
        }
        let block = cells.private();
        state.blocks.push((id, Part { service, shared, block: Arc::clone(&block) }));
        block
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
