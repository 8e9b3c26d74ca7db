//! The spans that a thread is in.

use std::cell::UnsafeCell;
use std::mem;

use super::arena::{Key, Slot};

/// A span that was entered. Holds no handle: one that has closed is passed over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entered {
    pub(crate) key: Key,
    pub(crate) slot: &'static Slot,
}

impl Entered {
    /// Tells whether it is open, and of this subscriber.
    #[inline]
    fn is_of(&self, owner: u32) -> bool {
        self.slot.owner() == owner && self.slot.state.is_open(self.key.generation())
    }
}

/// The spans that were entered and not left, of every subscriber, innermost last.
///
/// It is borrowed by its own functions alone, and these call nothing that could come back here: neither the program's
/// allocator, which may make spans.
#[derive(Default)]
pub(crate) struct Stack(UnsafeCell<Vec<Entered>>);

impl Stack {
    #[inline]
    pub(crate) fn push(&self, entered: Entered) {
        let has_room = self.with(|stack| {
            let has_room = stack.len() < stack.capacity();
            if has_room {
                stack.push(entered);
            }
            has_room
        });
        if !has_room {
            self.grow(entered);
        }
    }

    /// Enters a span where there is no room. The stack is away while the allocator is called: what that enters, it leaves.
    #[cold]
    #[inline(never)]
    fn grow(&self, entered: Entered) {
        let mut all = self.with(mem::take);
        all.push(entered);
        let meanwhile = self.with(|stack| mem::replace(stack, all));
        drop(meanwhile); // the allocator again
    }

    /// Leaves a span, which need not be the innermost; the last entry of one that was entered twice.
    #[inline]
    pub(crate) fn pop(&self, key: Key) {
        self.with(|stack| match stack.last() {
            Some(last) if last.key == key => {
                stack.pop();
            }
            _ => leave(stack, key),
        });
    }

    /// Returns the innermost open span of a subscriber.
    #[inline]
    pub(crate) fn top(&self, owner: u32) -> Option<Entered> {
        self.with(|stack| match stack.last() {
            Some(last) if last.is_of(owner) => Some(*last),
            _ => search(stack, owner, &|_| true),
        })
    }

    /// Returns the innermost open span of a subscriber that `fits`.
    pub(crate) fn top_where(&self, owner: u32, fits: fn(&Slot) -> bool) -> Option<Entered> {
        self.with(|stack| search(stack, owner, &fits))
    }

    #[inline(always)]
    #[allow(unsafe_code)]
    fn with<R>(&self, work: impl FnOnce(&mut Vec<Entered>) -> R) -> R {
        // SAFETY: a stack is not `Sync`, and whoever is called by its functions knows no stack, for they neither allocate
        // nor free: the only reference.
        work(unsafe { &mut *self.0.get() })
    }
}

#[cold]
fn leave(stack: &mut Vec<Entered>, key: Key) {
    if let Some(at) = stack.iter().rposition(|e| e.key == key) {
        stack.remove(at);
    }
}

#[inline(never)]
fn search(stack: &[Entered], owner: u32, fits: &dyn Fn(&Slot) -> bool) -> Option<Entered> {
    stack.iter().rev().find(|e| e.is_of(owner) && fits(e.slot)).copied()
}
