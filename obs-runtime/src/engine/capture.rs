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
        let metric = metric(cells);
        Parts(
            self.0
                .lock()
                .blocks
                .iter()
                .filter(|(of, _)| *of == metric)
                .map(|(_, part)| part.clone())
                .collect(),
        )
    }
}

/// Tells a metric from all others: those with rows are numbered apart.
type Metric = (bool, usize);

fn metric(cells: &Cells) -> Metric {
    (cells.has_rows(), cells.id())
}

/// What the threads inside a capture share.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Every block, with whose it is.
    blocks: Vec<(Metric, Part)>,
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
        let (metric, shared) = (metric(cells), cells.is_shared());
        let mut state = self.lock();
        let known = state.blocks.iter().find(|(of, part)| shared && *of == metric && part.service == service);
        if let Some((_, part)) = known {
            return Arc::clone(&part.block);
        }
        let block = cells.private();
        state.blocks.push((metric, Part { service, shared, block: Arc::clone(&block) }));
        block
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Witness;
    use crate::engine::cells::Layout;
    use crate::service::Service;

    /// Keeps cells for ever, in sight of those who look for leaks.
    fn kept(layout: Layout) -> &'static Cells {
        static ALL: Mutex<Vec<&'static Cells>> = Mutex::new(Vec::new());
        let cells: &Cells = Box::leak(Box::new(Cells::new(layout)));
        ALL.lock().unwrap_or_else(PoisonError::into_inner).push(cells);
        cells
    }

    #[test]
    fn a_gauge_and_a_histogram_of_one_number_are_two() {
        let gauge = || kept(Layout::Levels { slots: 1 });
        let histogram = || kept(Layout::Rows { rows: 1, bounds: &[1.0] });
        let (mut level, mut row) = (gauge(), histogram());
        while level.id() != row.id() {
            if level.id() < row.id() {
                level = gauge();
            } else {
                row = histogram();
            }
        }
        let capture = Capture::default();
        let _inside = capture.enter();
        row.observe(Service::PROCESS, 0, 0.5, None::<fn() -> Option<Witness>>);
        level.level(Service::PROCESS, 0, |_| 7.0);
        assert_eq!(capture.parts(level).level(0, 0), Some(7.0));
        assert_eq!(capture.parts(level).blocks(), 1);
    }
}
