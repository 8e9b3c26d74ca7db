//! Which block a thread writes to: its shard, adopted by the next thread when it ends.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use super::block::{Block, Writer};
use super::capture::Kept;
use super::cells::Cells;
use crate::service::Service;

/// Where one update goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) block: &'a Block,
    pub(super) writer: Writer,
    pub(super) service: usize,
    /// Whether a capture keeps it from the world.
    pub(super) private: bool,
}

/// Hands the block of the current thread and service to `update`, which must not panic.
///
/// Neither waits nor allocates, but for the first update of a metric on a thread and service. A thread whose locals are
/// gone, and code that runs inside such a first update, write to a block shared by all.
#[inline]
pub(super) fn write(cells: &Cells, update: impl Fn(Target<'_>)) {
    let service = Service::current().index();
    let done = LOCAL.try_with(|local| local.write(cells, service, &update));
    if done != Ok(true) {
        update(Target { block: &cells.shared(service), writer: Writer::Shared, service, private: false });
    }
}

/// A thread's blocks, by service and by the metric's id.
pub(super) type Table = Vec<Vec<Option<Arc<Block>>>>;

/// The shards of threads that ended.
static POOL: Mutex<Vec<Table>> = Mutex::new(Vec::new());

thread_local! {
    static LOCAL: Local = Local::adopt();
}

/// What a thread has: its shard, and the captures in force on top of it.
struct Local {
    stack: RefCell<Vec<Rc<Blocks>>>,
}

impl Local {
    fn adopt() -> Self {
        let adopted = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let own = Blocks::new(adopted.unwrap_or_default(), None);
        Local { stack: RefCell::new(vec![Rc::new(own)]) }
    }

    #[inline]
    fn write(&self, cells: &Cells, service: usize, update: &impl Fn(Target<'_>)) -> bool {
        let Ok(stack) = self.stack.try_borrow() else {
            return false;
        };
        stack.last().is_some_and(|blocks| blocks.write(cells, service, update))
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let own = self.stack.get_mut().drain(..).next();
        if let Some(blocks) = own.and_then(Rc::into_inner) {
            let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
            pool.push(blocks.table.into_inner());
        }
    }
}

/// Puts a capture's blocks on top of what the current thread writes to, until the guard is dropped.
pub(super) fn enter(kept: &Arc<Kept>) -> Inside {
    let blocks = Rc::new(Blocks::new(kept.table(), Some(Arc::clone(kept))));
    let _gone = LOCAL.try_with(|local| {
        if let Ok(mut stack) = local.stack.try_borrow_mut() {
            stack.push(Rc::clone(&blocks));
        }
    });
    Inside(Some(blocks))
}

/// The current thread is inside a capture. Those of a thread may be dropped in any order.
#[derive(Debug)]
pub(crate) struct Inside(Option<Rc<Blocks>>);

impl Drop for Inside {
    fn drop(&mut self) {
        let Some(own) = self.0.take() else { return };
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
    fn new(table: Table, capture: Option<Arc<Kept>>) -> Self {
        Blocks { table: RefCell::new(table), capture }
    }

    #[inline]
    fn write(&self, cells: &Cells, service: usize, update: &impl Fn(Target<'_>)) -> bool {
        let id = cells.id();
        self.write_known(service, id, update)
            || (self.add(cells, service, id) && self.write_known(service, id, update))
    }

    #[inline]
    fn write_known(&self, service: usize, id: usize, update: &impl Fn(Target<'_>)) -> bool {
        let Ok(table) = self.table.try_borrow() else {
            return false;
        };
        let Some(Some(block)) = table.get(service).and_then(|t| t.get(id)) else {
            return false;
        };
        update(Target { block, writer: Writer::Only, service, private: self.capture.is_some() });
        true
    }

    #[cold]
    fn add(&self, cells: &Cells, service: usize, id: usize) -> bool {
        let Ok(mut table) = self.table.try_borrow_mut() else {
            return false;
        };
        if table.len() <= service {
            table.resize_with(service + 1, Vec::new);
        }
        let Some(blocks) = table.get_mut(service) else {
            return false;
        };
        if blocks.len() <= id {
            blocks.resize_with(id + 1, || None);
        }
        let Some(place) = blocks.get_mut(id) else {
            return false;
        };
        *place = Some(match &self.capture {
            Some(kept) => kept.own(cells, service),
            None => cells.own(service),
        });
        true
    }
}
