//! What is told of a span by hand, and what stands for it elsewhere.

use std::sync::Arc;

use tracing_core::span::Attributes;

use super::Engine;
use super::event::Place;
use super::open::{Local, Place as Opened, Rare, service};
use crate::callsite::{Callsite, Plan};
use crate::context::{Ambient, SpanContext};
use crate::engine::ambient::{self, Held};
use crate::engine::arena::{Context, Key};
use crate::engine::attached::Change;
use crate::engine::by_hand::Happening;
use crate::engine::stand_in::Where;
use crate::engine::thread::{self, Thread};
use crate::engine::tick;
use crate::engine::wire::{Entry, EventPayload, MOST, Scalar, cut, flags};

/// What the slots of stand-ins name.
static STAND_IN: Callsite = Callsite::new("context\n\n\n", Plan::TRACED, None);

impl Engine {
    /// Tells whether a span's record will be wanted.
    pub(super) fn is_recording(&self, key: Key) -> bool {
        self.recording(key).is_some()
    }

    /// Adds to a span's record, as much as fits.
    pub(super) fn amend(&self, key: Key, entry: &Entry<'_>) {
        let Some((key, slot)) = self.recording(key) else { return };
        let mut bytes = Vec::new();
        match entry {
            Entry::Attribute(name, scalar) => Entry::Attribute(name, self.cut(*scalar)).write(&mut bytes),
            entry => entry.write(&mut bytes),
        }
        let failed = match entry {
            Entry::Attribute("otel.status_description", _) => flags::WANTED,
            _ => 0,
        };
        self.append(key, slot, failed, |extra| extra.add_fields(&bytes));
    }

    /// Adds an event to a span, up to the limit.
    pub(super) fn happen(&self, key: Key, happening: &Happening<'_>) {
        let Some((key, slot)) = self.recording(key) else { return };
        let context = slot.state.read(key.generation(), || slot.context());
        let (Some(context), Some(metadata)) = (context, slot.metadata()) else { return };
        let mut bytes = Vec::new();
        Entry::Began(happening.unix_nanos).write(&mut bytes);
        Entry::Description(cut(happening.name, MOST / 4)).write(&mut bytes);
        let most = self.limits.event_attributes;
        let more = u32::try_from(happening.attributes.len().saturating_sub(most)).unwrap_or(u32::MAX);
        for attribute in happening.attributes.iter().take(most) {
            Entry::Attribute(&attribute.key, self.cut(ambient::scalar(&attribute.value))).write(&mut bytes);
        }
        Entry::DroppedFields(happening.dropped.saturating_add(more)).write(&mut bytes);
        let place = Place { key, slot, context };
        thread::with(|thread| {
            let payload = EventPayload { metadata, fields: [&bytes, &[]] };
            self.put_on_span(thread, &place, payload, tick::now());
        });
    }

    /// Cuts a text to what is kept of it, and counts that.
    fn cut<'a>(&self, scalar: Scalar<'a>) -> Scalar<'a> {
        let Scalar::Str(text) = scalar else { return scalar };
        let kept = cut(text, self.limits.value_length.min(MOST / 2));
        if kept.len() < text.len() {
            self.sink.truncated(1);
        }
        Scalar::Str(kept)
    }

    /// Opens what stands for something on the stack of entered spans; layers of others do not see it, but what is
    /// above it.
    pub(in crate::engine) fn stand_in(&self, whence: &Where<'_>, change: Option<Change<'_>>) -> Key {
        let metadata = STAND_IN.metadata();
        let values = metadata.fields().value_set(&[]);
        let attributes = Attributes::new(metadata, &values);
        thread::with(|thread| {
            let top = thread.stack.top(self.owner).map(|e| (e.key, e.slot));
            let local = match whence {
                Where::Around => top,
                Where::Slot(key) => key.and_then(|key| Some((key, self.slot(key)?))),
                Where::Nothing | Where::Remote(_) => None,
            };
            let context = match whence {
                Where::Remote(remote) => self.stand_in_remote(remote),
                _ => self.passed_on(local).0,
            };
            let mut context = self.along(thread, (whence, local.or(top)), context, change);
            context.flags |= flags::HIDDEN | flags::CARRIED;
            let shown = local.and_then(|local| self.shown_by(local));
            let key = self.open_hidden(thread, &attributes, context, shown);
            if let Some(slot) = self.slot(key) {
                slot.pass_shadow(local.and_then(|(key, slot)| {
                    if slot.flags() & flags::SHADOWED != 0 { Some(key) } else { slot.shadow_parent() }
                }));
            }
            key
        })
    }

    /// Takes along what goes along with the span that is stood for, or with the code around, after the change.
    fn along(
        &self,
        thread: &Thread,
        (whence, around): (&Where<'_>, Option<Local>),
        context: Context,
        change: Option<Change<'_>>,
    ) -> Context {
        let state = match whence {
            Where::Around | Where::Slot(_) if change.is_none() => return ambient::share(context),
            Where::Around | Where::Slot(_) => None,
            Where::Nothing => Some(None),
            Where::Remote(remote) => Some(remote.tracestate.clone()),
        };
        let held = around.and_then(|(key, slot)| ambient::held(key, slot));
        let mut ambient = held.map(|held| Ambient::clone(&held.ambient)).unwrap_or_default();
        if let Some(tracestate) = state {
            ambient.tracestate = tracestate;
        }
        if let Some(change) = change {
            change(&mut ambient);
        }
        let context = context.alone();
        if ambient.is_empty() {
            return context;
        }
        ambient::hold(thread, self.owner, Arc::new(Held::new(Arc::new(ambient))), context)
    }

    /// Finds the place of a span below what stands for one of another process.
    #[cold]
    pub(super) fn below_stand_in(&self, local: Option<Local>, rare: &mut Rare<'_>) -> Opened {
        let around = local.and_then(|(key, slot)| ambient::held_in(key, slot));
        match local.and_then(|(key, _)| self.context(key)) {
            Some(remote) => {
                let (place, tracestate) = self.below_remote(&remote, || None);
                self.among(place, around, tracestate, rare)
            }
            None => self.among(self.root(None), around, None, rare), // it ended meanwhile
        }
    }

    /// Returns the context of a span of another process; a child of what stands for it is known by the flags.
    fn stand_in_remote(&self, remote: &SpanContext) -> Context {
        Context {
            trace: remote.trace_id.get(),
            span: remote.span_id.get(),
            local_root: remote.span_id.get(),
            threshold: 0,
            ambient: 0,
            flags: u16::from(remote.flags & flags::TRAVELLING) | flags::REMOTE_PARENT,
            service: service(0),
            owner: self.owner,
        }
    }
}
