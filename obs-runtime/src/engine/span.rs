//! The span of one annotated call, in less room than `tracing::Span` takes: it lives in every annotated future.

use tracing_core::field::{Value, ValueSet};
use tracing_core::span::{Attributes, Id};
use tracing_core::{Dispatch, Metadata, dispatcher};

use super::arena::Key;
use super::pending::{self, Parent, Told};
use super::port;
use super::subscriber::Engine;
use crate::callsite::Callsite;
use crate::outcome::Verdict;

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

    /// Opens what most spans of calls are, as [`open`](CallSpan::open); false where it is something else.
    #[inline]
    pub(crate) fn open_child(
        &mut self,
        callsite: &'static Callsite,
        metadata: &'static Metadata<'static>,
        values: &[Option<&dyn Value>],
        entered: bool,
    ) -> bool {
        dispatcher::get_default(|dispatch| {
            let opened = Engine::alone(dispatch)
                .and_then(|engine| engine.open_child(callsite, metadata, values, entered));
            self.0 = opened.map(|key| (key.id(), dispatch.clone()));
            self.0.is_some()
        })
    }

    /// Opens the span of an annotated call at the current subscriber, in the place of none, and enters it if it is to be
    /// `entered`.
    ///
    /// In place: a handle that is moved would be read in other pieces than it was written in, and wait for them.
    #[inline]
    pub(crate) fn open(
        &mut self,
        told: &Told<'_>,
        metadata: &'static Metadata<'static>,
        values: &ValueSet<'_>,
        entered: bool,
    ) {
        dispatcher::get_default(|dispatch| {
            let attributes = match told.parent {
                Parent::Current => Attributes::new(metadata, values),
                Parent::Local(parent) => Attributes::child_of(parent.clone(), metadata, values),
                Parent::Root | Parent::Remote(_) => Attributes::new_root(metadata, values),
            };
            if let Some(engine) = Engine::alone(dispatch) {
                let id = engine.open_call(&attributes, told, entered).id();
                self.0 = Some((id, dispatch.clone()));
                return;
            }
            let id = pending::offer(told.pending(), || dispatch.new_span(&attributes));
            // Held before it is entered: a layer may panic there.
            let (id, dispatch) = self.0.insert((id, dispatch.clone()));
            if entered {
                dispatch.enter(id);
            }
        });
    }

    /// Says how the call ended, leaves its span if it was `entered`, and closes it.
    #[inline]
    pub(crate) fn end(&mut self, verdict: Verdict, entered: bool) {
        let Some((id, dispatch)) = &self.0 else { return };
        match Engine::alone(dispatch) {
            Some(engine) => {
                engine.close_call(Key::of(id), verdict, entered);
                self.0 = None; // drops the dispatch
            }
            None => CallSpan(self.0.take()).end_through_layers(verdict, entered),
        }
    }

    /// Closes the span when it returns, and when a layer panics as it is left.
    fn end_through_layers(self, verdict: Verdict, entered: bool) {
        port::set_verdict(&self, verdict);
        if entered {
            self.exit();
        }
    }

    /// Makes the span current on this thread.
    pub(crate) fn enter(&self) -> Entered<'_> {
        if let Some((id, dispatch)) = &self.0 {
            dispatch.enter(id);
        }
        Entered(self)
    }

    fn exit(&self) {
        if let Some((id, dispatch)) = &self.0 {
            dispatch.exit(id);
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.exit();
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
