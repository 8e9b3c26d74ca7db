//! What an annotation knows of the span it is about to make, handed to the subscriber on the same thread.
//!
//! A parent from another process and the sampling decision must be there when the span is made: afterwards its ids are
//! already out.

use std::cell::{Cell, RefCell};
use std::ptr;

use tracing_core::Metadata;
use tracing_core::span::Id;

use crate::callsite::Callsite;
use crate::context::{Passing, Propagated, Received, SpanContext};
use crate::record::Link;

/// Where a span is attached.
#[derive(Clone, Debug, Default)]
pub enum Parent {
    /// To the span that is current.
    #[default]
    Current,
    /// To nothing: it starts a trace.
    Root,
    /// To nothing: it starts a trace that is exported where something in it fails, or somebody asks for it to be kept.
    Watched,
    /// To a span of this process.
    Local(Id),
    /// To a span of another process.
    Remote(SpanContext),
    /// To what a request or a message brought, as far as its sender is trusted.
    Received(Box<Received>),
}

impl Parent {
    /// Tells whether a request or a message brought it.
    #[inline(always)]
    pub(crate) const fn is_received(&self) -> bool {
        matches!(self, Parent::Received(_))
    }
}

/// Where what is on offer stands: with whoever offers it, further down on the stack of the same thread.
type Offered = RefCell<Option<Pending>>;

thread_local! {
    static OFFERED: Cell<*const Offered> = const { Cell::new(ptr::null()) };
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
    pub(crate) fn pending(&self) -> Pending {
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
#[inline]
pub(crate) fn offer<R>(pending: Pending, make: impl FnOnce() -> R) -> R {
    offered(pending, make).0
}

/// The same; returns what nobody took, for the span is not recorded.
#[inline]
pub(crate) fn offered<R>(pending: Pending, make: impl FnOnce() -> R) -> (R, Option<Pending>) {
    struct Withdraw(*const Offered);
    impl Drop for Withdraw {
        fn drop(&mut self) {
            OFFERED.set(self.0);
        }
    }
    let offered: Offered = RefCell::new(Some(pending));
    // Dropped before `offered` is, also by a panic.
    let withdraw = Withdraw(OFFERED.replace(&offered));
    let made = make();
    drop(withdraw);
    (made, offered.into_inner())
}

/// Takes what is on offer, if it fits.
#[inline]
fn take_if(fits: impl FnOnce(&Pending) -> bool) -> Option<Pending> {
    // SAFETY: null, or set by a call of `offer` on this thread that has not returned: it puts the former value back
    // before what it points to is dropped.
    #[allow(unsafe_code)]
    let offered = unsafe { OFFERED.get().as_ref() }?;
    let mut offered = offered.try_borrow_mut().ok()?;
    let taken = if offered.as_ref().is_some_and(fits) { offered.take() } else { None };
    if taken.is_some() {
        OFFERED.set(ptr::null()); // what is opened further down need not look here
    }
    taken
}

/// Returns the context that is on offer to a span of any callsite, and leaves it there.
pub(crate) fn continued() -> Option<Propagated> {
    if !Passing::is_on() {
        return None;
    }
    // SAFETY: as in `take_if`.
    #[allow(unsafe_code)]
    let offered = unsafe { OFFERED.get().as_ref() }?;
    let offered = offered.try_borrow().ok()?;
    match offered.as_ref().filter(|pending| pending.callsite.is_none()).map(|pending| &pending.parent) {
        Some(Parent::Received(received)) => received.passed().map(Received::into_context),
        _ => None,
    }
}

/// Tells whether anything may be on offer.
#[inline(always)]
pub(crate) fn is_offered() -> bool {
    !OFFERED.get().is_null()
}

/// Takes the parent that is on offer for a span of any callsite: an annotation passes it on.
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
            assert!(is_offered() && take(OURS.metadata()).is_some());
            assert!(!is_offered() && take(OURS.metadata()).is_none());
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
