//! What an annotation knows of the span it is about to make, handed to the subscriber on the same thread.
//!
//! A parent from another process and the sampling decision must be there when the span is made: afterwards its ids are
//! already out.

use std::cell::{Cell, RefCell};

use tracing_core::Metadata;
use tracing_core::span::Id;

use crate::callsite::Callsite;
use crate::context::SpanContext;
use crate::record::Link;

/// Where a span is attached.
#[derive(Clone, Debug, Default)]
pub enum Parent {
    /// To the span that is current.
    #[default]
    Current,
    /// To nothing: it starts a trace.
    Root,
    /// To a span of this process.
    Local(Id),
    /// To a span of another process.
    Remote(SpanContext),
}

thread_local! {
    static PENDING: RefCell<Option<Pending>> = const { RefCell::new(None) };
    /// Whether anything is on offer: what most spans ask, in one load.
    static IS_ANY: Cell<bool> = const { Cell::new(false) };
}

#[inline]
fn is_any() -> bool {
    IS_ANY.try_with(Cell::get).unwrap_or(false)
}

/// Puts something on offer in the place of what was.
fn replace(pending: Option<Pending>) -> Option<Pending> {
    let _gone = IS_ANY.try_with(|any| any.set(pending.is_some()));
    PENDING.try_with(|p| p.replace(pending)).ok().flatten()
}

/// Takes what is on offer, if it fits.
fn take_if(fits: impl Fn(&Pending) -> bool) -> Option<Pending> {
    if !is_any() {
        return None;
    }
    let found = PENDING.try_with(|p| p.borrow().as_ref().is_some_and(fits)).unwrap_or(false);
    if found { replace(None) } else { None }
}

/// What is handed over.
pub(crate) struct Pending {
    pub(crate) callsite: Option<&'static Callsite>,
    pub(crate) parent: Parent,
    pub(crate) links: Vec<Link>,
}

/// What is said of a span beyond what `tracing` can say.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) callsite: Option<&'static Callsite>,
    pub(crate) parent: &'a Parent,
    pub(crate) links: &'a [Link],
}

impl Told<'_> {
    /// Nothing.
    pub(crate) const NOTHING: Told<'static> = Told { callsite: None, parent: &Parent::Current, links: &[] };

    /// Returns what is handed over on the way through `tracing`.
    pub(crate) fn pending(self) -> Pending {
        Pending { callsite: self.callsite, parent: self.parent.clone(), links: self.links.to_vec() }
    }
}

impl Pending {
    /// Returns what it says.
    pub(crate) fn told(&self) -> Told<'_> {
        Told { callsite: self.callsite, parent: &self.parent, links: &self.links }
    }
}

/// Runs `make`, which creates a span of `metadata`, with `pending` on offer; what nobody took is withdrawn.
pub(crate) fn offer<R>(pending: Pending, make: impl FnOnce() -> R) -> R {
    struct Withdraw(Option<Pending>);
    impl Drop for Withdraw {
        fn drop(&mut self) {
            drop(replace(self.0.take()));
        }
    }
    let _withdraw = Withdraw(replace(Some(pending)));
    make()
}

/// Takes the parent that is on offer for a span of any callsite: an annotation passes it on.
#[inline]
pub(crate) fn take_parent() -> Option<Parent> {
    take_if(|p| p.callsite.is_none()).map(|p| p.parent)
}

/// Takes what is on offer for a span of `metadata`. A span that is opened on the way finds nothing.
#[inline]
pub(crate) fn take(metadata: &Metadata<'_>) -> Option<Pending> {
    take_if(|p| p.callsite.is_none_or(|c| c.metadata().callsite() == metadata.callsite()))
}

#[cfg(test)]
#[allow(clippy::panic)] // a test fails by panicking
mod tests {
    use super::*;
    use crate::callsite::Plan;

    static OURS: Callsite = Callsite::new("test", Plan::TRACED, None);
    static OTHER: Callsite = Callsite::new("test", Plan::TRACED, None);

    #[test]
    fn a_span_that_is_opened_on_the_way_finds_nothing() {
        offer(Pending { callsite: Some(&OURS), parent: Parent::Root, links: Vec::new() }, || {
            assert!(take(OTHER.metadata()).is_none());
            assert!(take_parent().is_none());
            offer(Pending { callsite: Some(&OTHER), parent: Parent::Root, links: Vec::new() }, || {
                assert!(take(OURS.metadata()).is_none())
            });
            assert!(take(OURS.metadata()).is_some());
            assert!(take(OURS.metadata()).is_none());
        });
    }

    #[test]
    fn what_nobody_took_is_withdrawn_also_by_a_panic() {
        offer(Pending { callsite: None, parent: Parent::Root, links: Vec::new() }, || {});
        let unwound = std::panic::catch_unwind(|| {
            offer(Pending { callsite: None, parent: Parent::Root, links: Vec::new() }, || {
                panic!("on the way")
            });
        });
        assert!(unwound.is_err() && take(OURS.metadata()).is_none());
    }
}
