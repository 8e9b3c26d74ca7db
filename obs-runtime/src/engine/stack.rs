//! The spans that a thread is in.

use std::cell::RefCell;

use super::arena::{Key, Slot};

/// A span that was entered. Holds no handle: one that has closed is passed over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entered {
    pub(crate) key: Key,
    pub(crate) slot: &'static Slot,
    pub(crate) owner: u32,
}

impl Entered {
    #[inline]
    fn is_open(&self) -> bool {
        self.slot.state.is_open(self.key.generation())
    }
}

/// The spans that were entered and not left, of every subscriber, innermost last.
#[derive(Debug, Default)]
pub(crate) struct Stack(RefCell<Vec<Entered>>);

impl Stack {
    #[inline]
    pub(crate) fn push(&self, entered: Entered) {
        if let Ok(mut stack) = self.0.try_borrow_mut() {
            stack.push(entered);
        }
    }

    /// Leaves a span, which need not be the innermost; the last entry of one that was entered twice.
    #[inline]
    pub(crate) fn pop(&self, key: Key) {
        let Ok(mut stack) = self.0.try_borrow_mut() else { return };
        if stack.last().is_some_and(|e| e.key == key) {
            stack.pop();
        } else if let Some(at) = stack.iter().rposition(|e| e.key == key) {
            stack.remove(at);
        }
    }

    /// Returns the innermost open span of a subscriber.
    #[inline]
    pub(crate) fn top(&self, owner: u32) -> Option<Entered> {
        let stack = self.0.try_borrow().ok()?;
        stack.iter().rev().find(|e| e.owner == owner && e.is_open()).copied()
    }

    /// Returns the innermost open span of a subscriber that `fits`, which must not look at the stack.
    pub(crate) fn top_where(&self, owner: u32, fits: impl Fn(&Slot) -> bool) -> Option<Entered> {
        let stack = self.0.try_borrow().ok()?;
        stack.iter().rev().find(|e| e.owner == owner && e.is_open() && fits(e.slot)).copied()
    }
}
