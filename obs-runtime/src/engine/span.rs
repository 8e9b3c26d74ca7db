//! The span of one annotated call, in less room than `tracing::Span` takes: it lives in every annotated future.

use tracing_core::field::{Value, ValueSet};
use tracing_core::span::{Attributes, Id};
use tracing_core::{Dispatch, Metadata, dispatcher};

use super::arena::{Key, find};
use super::global;
use super::pending::{self, Parent, Told};
use super::port;
use super::stack::Entered as Entry;
use super::subscriber::{End, Engine, Local};
use super::thread;
use super::wire::flags;
use crate::callsite::Callsite;
use crate::clock::Moment;
use crate::context::{Passing, Witness};
use crate::outcome::Verdict;

/// The handle of a span, or nothing where nobody wants one. Closes the span when dropped.
#[derive(Debug)]
pub struct CallSpan(Handle);

/// What a handle leads to.
#[derive(Debug)]
enum Handle {
    Nothing,
    /// A span of the process' own subscriber, which is called past the dispatch.
    Own(Local),
    /// A span of any other.
    Other(Id, Dispatch),
    /// None: what came in goes on as it came.
    Passing(Box<Passing>),
}

/// The span is current until this is dropped.
#[derive(Debug)]
pub struct Entered<'a>(&'a CallSpan);

impl CallSpan {
    /// Stands for no span.
    pub const fn none() -> Self {
        CallSpan(Handle::Nothing)
    }

    /// Takes over a handle of a span.
    pub(super) fn of(id: Id, dispatch: Dispatch) -> Self {
        CallSpan(Handle::Other(id, dispatch))
    }

    /// Takes the place of a span that nobody records, in that of none: what `parent` brought goes on as it came. Enters, if
    /// it is to be `entered`.
    #[cold]
    pub(crate) fn pass(&mut self, parent: &Parent, entered: bool) {
        let Some(passing) = Passing::of(parent) else { return };
        if entered {
            passing.enter();
        }
        self.0 = Handle::Passing(Box::new(passing));
    }

    /// Returns the span's id.
    pub(crate) fn id(&self) -> Option<Id> {
        match &self.0 {
            Handle::Nothing | Handle::Passing(_) => None,
            Handle::Own((key, _)) => Some(key.id()),
            Handle::Other(id, _) => Some(id.clone()),
        }
    }

    /// Tells whether it is the handle of a span.
    #[inline(always)]
    pub(crate) const fn is_some(&self) -> bool {
        !matches!(self.0, Handle::Nothing)
    }

    /// Returns where an observation in it is made, where the trace is sampled.
    pub(crate) fn witness(&self) -> Option<Witness> {
        match &self.0 {
            Handle::Nothing | Handle::Passing(_) => None,
            Handle::Own((key, slot)) => global::announced()?.witness(Entry { key: *key, slot }),
            Handle::Other(..) => port::witness_of(self),
        }
    }

    /// Says which span it follows from.
    pub(crate) fn follows_from(&self, cause: &Id) {
        self.with_subscriber(|id, dispatch| dispatch.record_follows_from(id, cause));
    }

    /// Opens what most spans of calls are, as [`open`](CallSpan::open); false where it is something else.
    #[inline(always)]
    pub(crate) fn open_child(
        &mut self,
        callsite: &'static Callsite,
        values: &[Option<&dyn Value>],
        entered: bool,
    ) -> bool {
        let Some(engine) = global::engine() else {
            return self.open_other(callsite, values, entered);
        };
        engine.open_child(callsite, values, entered, |span| self.hold(Handle::Own(span)))
    }

    /// Takes a handle in the place of none.
    #[inline(always)]
    fn hold(&mut self, handle: Handle) {
        std::mem::forget(std::mem::replace(&mut self.0, handle)); // there was nothing to drop
    }

    #[inline(never)]
    fn open_other(
        &mut self,
        callsite: &'static Callsite,
        values: &[Option<&dyn Value>],
        entered: bool,
    ) -> bool {
        dispatcher::get_default(|dispatch| {
            Engine::alone(dispatch).is_some_and(|engine| {
                engine.open_child(callsite, values, entered, |(key, _)| {
                    self.hold(Handle::Other(key.id(), dispatch.clone()));
                })
            })
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
                Parent::Root | Parent::Watched | Parent::Remote(_) | Parent::Received(_) => {
                    Attributes::new_root(metadata, values)
                }
            };
            if let Some(engine) = Engine::alone(dispatch) {
                let key = engine.open_call(&attributes, told, entered);
                self.0 = match find(key) {
                    Some(slot) if global::is_global(dispatch) => Handle::Own((key, slot)),
                    _ => Handle::Other(key.id(), dispatch.clone()),
                };
                return;
            }
            let id = pending::offer(told.pending(), || dispatch.new_span(&attributes));
            // Held before it is entered: a layer may panic there.
            self.0 = Handle::Other(id.clone(), dispatch.clone());
            if entered {
                dispatch.enter(&id);
            }
        });
    }

    /// Returns when the span began, if it is recorded.
    #[inline]
    pub(crate) fn began(&self) -> Option<Moment> {
        match &self.0 {
            Handle::Own((_, slot)) if flags::is_recording(slot.flags()) => {
                Some(Moment::from_raw(slot.start()))
            }
            _ => None,
        }
    }

    /// Says how the call ended, leaves its span if it was `entered`, and closes it. It ended now, unless `at` says when.
    #[inline(always)]
    pub(crate) fn end(&mut self, verdict: Verdict, entered: bool, at: Option<Moment>) {
        let end = End { verdict, at: at.map(Moment::tick) };
        match &self.0 {
            Handle::Nothing => {}
            Handle::Own(span) => {
                if let Some(engine) = global::announced() {
                    engine.close_call(*span, end, entered);
                }
                std::mem::forget(std::mem::replace(&mut self.0, Handle::Nothing)); // has nothing to drop
            }
            Handle::Other(..) | Handle::Passing(_) => self.end_other(end, entered),
        }
    }

    #[inline(never)]
    fn end_other(&mut self, end: End, entered: bool) {
        let span = CallSpan(std::mem::replace(&mut self.0, Handle::Nothing));
        if let Handle::Other(id, dispatch) = &span.0
            && let Some(engine) = Engine::alone(dispatch)
        {
            let key = Key::of(id);
            if let Some(slot) = find(key) {
                engine.close_call((key, slot), end, entered);
            }
            span.forget();
        } else {
            span.end_through_layers(end.verdict, entered);
        }
    }

    /// Drops all but the span, which has ended.
    fn forget(mut self) {
        self.0 = Handle::Nothing;
    }

    /// Closes the span when it returns, and when a layer panics as it is left.
    fn end_through_layers(self, verdict: Verdict, entered: bool) {
        port::set_verdict(&self, verdict);
        if entered {
            self.exit();
        }
    }

    /// Makes the span current on this thread.
    #[inline]
    pub(crate) fn enter(&self) -> Entered<'_> {
        match &self.0 {
            Handle::Nothing => {}
            Handle::Own((key, slot)) => thread::enter(*key, slot),
            Handle::Other(id, dispatch) => dispatch.enter(id),
            Handle::Passing(passing) => passing.enter(),
        }
        Entered(self)
    }

    /// Gives the handle back.
    #[inline(never)]
    fn close(&mut self) {
        match std::mem::replace(&mut self.0, Handle::Nothing) {
            Handle::Nothing | Handle::Passing(_) => {}
            Handle::Own((key, _)) => {
                if let Some(engine) = global::announced() {
                    engine.close(key);
                }
            }
            Handle::Other(id, dispatch) => {
                dispatch.try_close(id);
            }
        }
    }

    #[inline]
    fn exit(&self) {
        match &self.0 {
            Handle::Nothing => {}
            Handle::Own((key, _)) => thread::leave(*key),
            Handle::Other(id, dispatch) => dispatch.exit(id),
            Handle::Passing(passing) => passing.exit(),
        }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.exit();
    }
}

impl Drop for CallSpan {
    #[inline]
    fn drop(&mut self) {
        if self.is_some() {
            self.close();
        }
    }
}

/// A span whose subscriber can be asked.
pub(crate) trait SpanHandle {
    /// Calls `ask` with the span and its subscriber; `None` where there is no span.
    fn with_subscriber<T>(&self, ask: impl FnOnce(&Id, &Dispatch) -> T) -> Option<T>;
}

impl SpanHandle for CallSpan {
    fn with_subscriber<T>(&self, ask: impl FnOnce(&Id, &Dispatch) -> T) -> Option<T> {
        match &self.0 {
            Handle::Nothing | Handle::Passing(_) => None,
            Handle::Own((key, _)) => global::dispatch().map(|dispatch| ask(&key.id(), dispatch)),
            Handle::Other(id, dispatch) => Some(ask(id, dispatch)),
        }
    }
}

impl SpanHandle for tracing::Span {
    fn with_subscriber<T>(&self, ask: impl FnOnce(&Id, &Dispatch) -> T) -> Option<T> {
        tracing::Span::with_subscriber(self, |(id, dispatch)| ask(id, dispatch))
    }
}
