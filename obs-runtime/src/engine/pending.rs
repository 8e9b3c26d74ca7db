//! What an annotation knows of the span it is about to make, handed to the subscriber on the same thread.
//!
//! A parent from another process and the sampling decision must be there when the span is made: afterwards its ids are
//! already out.

use std::cell::RefCell;

use tracing_core::Metadata;

use crate::callsite::Callsite;
use crate::context::SpanContext;

/// Where a span is attached.
#[derive(Clone, Debug, Default)]
pub enum Parent {
    /// To the span that is current.
    #[default]
    Current,
    /// To nothing: it starts a trace.
    Root,
    /// To a span of another process.
    Remote(SpanContext),
}

thread_local! {
    static PENDING: RefCell<Option<Pending>> = const { RefCell::new(None) };
}

/// What is handed over.
pub(crate) struct Pending {
    pub(crate) callsite: Option<&'static Callsite>,
    pub(crate) parent: Parent,
}

/// Runs `make`, which creates a span of `metadata`, with `pending` on offer; what nobody took is withdrawn.
pub(crate) fn offer<R>(pending: Pending, make: impl FnOnce() -> R) -> R {
    struct Withdraw(Option<Pending>);
    impl Drop for Withdraw {
        fn drop(&mut self) {
            let former = self.0.take();
            let _gone = PENDING.try_with(|p| p.replace(former));
        }
    }
    let former = PENDING.try_with(|p| p.replace(Some(pending))).ok().flatten();
    let _withdraw = Withdraw(former);
    make()
}

/// Takes the parent that is on offer for a span of any callsite: an annotation passes it on.
pub(crate) fn take_parent() -> Option<Parent> {
    let any = |p: &Pending| p.callsite.is_none();
    let taken = PENDING.try_with(|p| if p.borrow().as_ref().is_some_and(any) { p.take() } else { None });
    taken.ok().flatten().map(|p| p.parent)
}

/// Takes what is on offer for a span of `metadata`. A span that is opened on the way finds nothing.
pub(crate) fn take(metadata: &Metadata<'_>) -> Option<Pending> {
    let fits = |p: &Pending| p.callsite.is_none_or(|c| c.metadata().callsite() == metadata.callsite());
    PENDING.try_with(|p| if p.borrow().as_ref().is_some_and(fits) { p.take() } else { None }).ok().flatten()
}
