//! Spans that are none to us: they have no record, and pass on what is above them.

use std::sync::Arc;

use tracing_core::span::Attributes;

use super::Engine;
use super::open::{Local, Place};
use crate::engine::ambient::{self, Held};
use crate::engine::arena::{Context, Key};
use crate::engine::thread::{self, Thread};
use crate::engine::wire::flags;

impl Engine {
    /// Opens what stands for the current span in a scope, and takes `held` along. What is told in it is told to that span, for
    /// as long as that is open.
    pub(in crate::engine) fn open_holding(
        &self,
        attributes: &Attributes<'_>,
        more_flags: u16,
        held: &Arc<Held>,
    ) -> Key {
        thread::with(|thread| {
            let local = self.local(thread, attributes);
            let context = self.passed_on(local).0;
            let mut context = ambient::hold(thread, self.owner, Arc::clone(held), context.alone());
            context.flags |= more_flags;
            self.open_hidden(thread, attributes, context, local.and_then(|local| self.shown_by(local)))
        })
    }

    /// Opens a span without a record; `shown` is the one that has its part.
    pub(super) fn open_hidden(
        &self,
        thread: &Thread,
        attributes: &Attributes<'_>,
        context: Context,
        shown: Option<Key>,
    ) -> Key {
        let Some((key, slot)) = thread.take() else { return self.no_room(thread, &context) };
        slot.fill(&context, attributes.metadata());
        slot.show(shown);
        key
    }

    /// Returns the place of a span that is none to us: it passes on the context above, or none.
    pub(super) fn passed_on(&self, local: Option<Local>) -> Place {
        match self.below(local) {
            Some((context, parent)) => {
                let remote = if self.is_remote(local) { flags::REMOTE_PARENT } else { 0 };
                (Context { span: parent, flags: context.flags | remote, ..context }, 0)
            }
            None => (self.outside(local).unwrap_or(Context { owner: self.owner, ..Context::default() }), 0),
        }
    }

    /// Tells whether it stands for a span of another process.
    pub(super) fn is_remote(&self, local: Option<Local>) -> bool {
        const REMOTE: u16 = flags::HIDDEN | flags::REMOTE_PARENT;
        let flags = local.and_then(|(key, slot)| slot.state.read(key.generation(), || slot.flags()));
        cfg!(feature = "opentelemetry") && flags.is_some_and(|flags| flags & REMOTE == REMOTE)
    }

    /// Returns the context of code that is in no trace, and has something going along.
    fn outside(&self, local: Option<Local>) -> Option<Context> {
        let (key, slot) = local?;
        let context = slot.state.read(key.generation(), || slot.context())?;
        let flags = context.flags & flags::INHERITED;
        (context.trace == 0 && flags & flags::AMBIENT != 0).then_some(Context { flags, ..context })
    }

    /// Returns the span that is told what a span is told: itself, but for one that stands for another, which must be open
    /// still. `None` where nobody is.
    pub(super) fn shown(&self, (key, slot): Local) -> Option<Local> {
        if slot.flags() & flags::HIDDEN == 0 {
            return Some((key, slot));
        }
        let shown = self.shown_by((key, slot))?;
        Some((shown, self.slot(shown)?))
    }

    /// Returns its key.
    pub(super) fn shown_by(&self, (key, slot): Local) -> Option<Key> {
        if slot.flags() & flags::HIDDEN == 0 {
            return Some(key);
        }
        slot.state.read(key.generation(), || slot.shown())?
    }
}
