//! The span of one annotated call, in less room than `tracing::Span` takes: it lives in every annotated future.

use tracing_core::field::ValueSet;
use tracing_core::span::{Attributes, Id};
use tracing_core::{Dispatch, Metadata, dispatcher};

use super::pending::Parent;

/// The handle of a span, or nothing where nobody wants one. Closes the span when dropped.
#[derive(Debug)]
pub struct CallSpan(Option<(Id, Dispatch)>);

/// The span is current until this is dropped.
#[derive(Debug)]
pub struct Entered<'a>(&'a CallSpan);

impl CallSpan {
    /// Stands for no span.
    pub const fn none() -> Self {
        CallSpan(None)
    }

    /// Tells whether it is the handle of a span.
    pub(crate) const fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// Says which span it follows from.
    pub(crate) fn follows_from(&self, cause: &Id) {
        if let Some((id, dispatch)) = &self.0 {
            dispatch.record_follows_from(id, cause);
        }
    }

    /// Makes a span at the current subscriber.
    pub(crate) fn new(metadata: &'static Metadata<'static>, values: &ValueSet<'_>, parent: &Parent) -> Self {
        dispatcher::get_default(|dispatch| {
            let attributes = match parent {
                Parent::Current => Attributes::new(metadata, values),
                Parent::Local(parent) => Attributes::child_of(parent.clone(), metadata, values),
                Parent::Root | Parent::Remote(_) => Attributes::new_root(metadata, values),
            };
            CallSpan(Some((dispatch.new_span(&attributes), dispatch.clone())))
        })
    }

    /// Makes the span current on this thread.
    pub(crate) fn enter(&self) -> Entered<'_> {
        if let Some((id, dispatch)) = &self.0 {
            dispatch.enter(id);
        }
        Entered(self)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some((id, dispatch)) = &self.0.0 {
            dispatch.exit(id);
        }
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        if let Some((id, dispatch)) = self.0.take() {
            dispatch.try_close(id);
        }
    }
}

/// A span whose subscriber can be asked.
pub(crate) trait Handle {
    /// Calls `ask` with the span and its subscriber; `None` where there is no span.
    fn with_subscriber<T>(&self, ask: impl FnOnce(&Id, &Dispatch) -> T) -> Option<T>;
}

impl Handle for CallSpan {
    fn with_subscriber<T>(&self, ask: impl FnOnce(&Id, &Dispatch) -> T) -> Option<T> {
        self.0.as_ref().map(|(id, dispatch)| ask(id, dispatch))
    }
}

impl Handle for tracing::Span {
    fn with_subscriber<T>(&self, ask: impl FnOnce(&Id, &Dispatch) -> T) -> Option<T> {
        tracing::Span::with_subscriber(self, |(id, dispatch)| ask(id, dispatch))
    }
}
