//! Which block a thread writes to: its shard, adopted by the next thread when it ends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use once_cell::race::OnceBox;

use super::block::Writer;
use super::capture::Kept;
use super::cells::{self, Cells};
use super::row::Row;
use super::table::Found;
pub(super) use super::table::Table;

/// A service, and a slot of the metric.
pub(super) type Slot = (usize, usize);

/// Hands a number of the current thread to `update`, which must not panic. Nothing, where the metric is off.
///
/// Neither waits nor allocates, but for the first update of a metric on a thread and service. A thread whose locals are
/// gone, and code that runs inside such a first update, write to a block shared by all.
#[inline(always)]
pub(super) fn number(cells: &Cells, (service, slot): Slot, update: impl Fn(&AtomicU64, Writer)) {
    let id = cells.active();
    if id == Cells::OFF {
        return;
    }
    let found = HOT.with(|hot| hot.of(service).numbers.get(id)?.get().get(slot));
    match found {
        Some(number) => update(number, Writer::Only),
        None => seek_number(cells, (service, slot), &update),
    }
}

#[cold]
fn seek_number(cells: &Cells, (service, slot): Slot, update: &dyn Fn(&AtomicU64, Writer)) {
    if !cells.activate() {
        return;
    }
    if ready(cells, service) {
        let found = HOT.with(|hot| hot.of(service).numbers.get(cells.id())?.get().get(slot));
        if let Some(number) = found {
            update(number, Writer::Only);
        }
    } else if let Some(number) = cells.shared(service).numbers().get(slot) {
        update(number, Writer::Shared);
    }
}

/// Hands a row of the current thread to `update`, as [`number`] does.
#[inline(always)]
pub(super) fn row(cells: &Cells, (service, slot): Slot, update: impl Fn(&Row, Writer)) {
    let id = cells.active();
    if id == Cells::OFF {
        return;
    }
    let found = HOT.with(|hot| hot.of(service).rows.get(id)?.get().get(slot)?.get());
    let (row, writer) = match found {
        Some(row) => (row, Writer::Only),
        None => match seek_row(cells, (service, slot)) {
            Some(sought) => sought,
            None => return,
        },
    };
    update(row, writer); // in one place, so that it stands here
}

#[cold]
fn seek_row(cells: &Cells, (service, slot): Slot) -> Option<(&Row, Writer)> {
    if !cells.activate() {
        return None;
    }
    if !ready(cells, service) {
        let row = cells.shared_rows(service).get(slot)?;
        return Some((row.get_or_init(|| cells.new_row(service, slot, false)), Writer::Shared));
    }
    let (row, private) = HOT.with(|hot| {
        let row: &'static OnceBox<Row> = hot.of(service).rows.get(cells.id())?.get().get(slot)?;
        Some((row, hot.private.get()))
    })?;
    Some((row.get_or_init(|| cells.new_row(service, slot, private)), Writer::Only))
}

/// What a thread finds its numbers by: a view of the table of its shard, or of the innermost capture, for one service.
struct Hot {
    service: Cell<usize>,
    found: Cell<Found>,
    private: Cell<bool>,
}

thread_local! {
    static HOT: Hot = const { Hot { service: Cell::new(0), found: Cell::new(Found::NOTHING), private: Cell::new(false) } };
    static LOCAL: Local = Local::adopt();
}

impl Hot {
    #[inline(always)]
    fn of(&self, service: usize) -> Found {
        if self.service.get() == service { self.found.get() } else { Found::NOTHING }
    }

    /// Forgets a table that goes away, or is not the one to write to any more.
    fn reset() {
        HOT.with(|hot| hot.found.set(Found::NOTHING));
    }
}

/// Makes the thread find its block of a metric. False where it can have none.
fn ready(cells: &Cells, service: usize) -> bool {
    LOCAL.try_with(|local| local.ready(cells, service)) == Ok(true)
}

/// The shards of threads that ended.
static POOL: Mutex<Vec<Table>> = Mutex::new(Vec::new());

/// What a thread has: its shard, and the captures in force on top of it.
struct Local {
    stack: RefCell<Vec<Rc<Blocks>>>,
}

impl Local {
    fn adopt() -> Self {
        let adopted = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let own = Blocks { table: RefCell::new(adopted.unwrap_or_default()), capture: None };
        Local { stack: RefCell::new(vec![Rc::new(own)]) }
    }

    fn ready(&self, cells: &Cells, service: usize) -> bool {
        let Ok(stack) = self.stack.try_borrow() else {
            return false;
        };
        stack.last().is_some_and(|blocks| blocks.ready(cells, service))
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        Hot::reset();
        let own = self.stack.get_mut().drain(..).next();
        if let Some(blocks) = own.and_then(Rc::into_inner) {
            let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
            pool.push(blocks.table.into_inner());
        }
    }
}

/// Puts a capture's blocks on top of what the current thread writes to, until the guard is dropped.
pub(super) fn enter(kept: &Arc<Kept>) -> Inside {
    cells::begin();
    let blocks = Rc::new(Blocks { table: RefCell::new(kept.table()), capture: Some(Arc::clone(kept)) });
    let _gone = LOCAL.try_with(|local| {
        if let Ok(mut stack) = local.stack.try_borrow_mut() {
            stack.push(Rc::clone(&blocks));
        }
    });
    Hot::reset();
    Inside(Some(blocks))
}

/// The current thread is inside a capture. Those of a thread may be dropped in any order.
#[derive(Debug)]
pub(crate) struct Inside(Option<Rc<Blocks>>);

impl Drop for Inside {
    fn drop(&mut self) {
        let Some(own) = self.0.take() else { return };
        Hot::reset();
        let _gone = LOCAL.try_with(|local| {
            if let Ok(mut stack) = local.stack.try_borrow_mut() {
                stack.retain(|blocks| !Rc::ptr_eq(blocks, &own));
            }
        });
        if let Some(Blocks { table, capture: Some(kept) }) = Rc::into_inner(own) {
            kept.give_back(table.into_inner());
        }
    }
}

#[derive(Debug)]
struct Blocks {
    table: RefCell<Table>,
    /// What keeps them from the world.
    capture: Option<Arc<Kept>>,
}

impl Blocks {
    fn ready(&self, cells: &Cells, service: usize) -> bool {
        let Ok(mut table) = self.table.try_borrow_mut() else {
            return false;
        };
        let own = || match &self.capture {
            Some(kept) => kept.own(cells, service),
            None => cells.own(service),
        };
        let outgrown = table.add(cells, service, own);
        let found = table.found(service);
        HOT.with(|hot| {
            hot.service.set(service);
            hot.found.set(found);
            hot.private.set(self.capture.is_some());
        });
        drop(outgrown); // now that nothing leads there
        true
    }
}
