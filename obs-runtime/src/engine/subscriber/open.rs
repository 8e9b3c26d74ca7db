//! How a span begins.

use std::sync::Arc;

use tracing_core::span::Attributes;

use super::Engine;
use crate::callsite::Callsite;
use crate::context::{Ambient, Beside, Received, SpanContext, SpanId, TraceId};
use crate::engine::ambient::{self, Held};
use crate::engine::arena::{Context, Key, Slot};
use crate::engine::pending::{self, Parent, Pending, Told};
use crate::engine::sampler::{Decision, Threshold, tracestate_of};
use crate::engine::stack::Entered;
use crate::engine::thread::{self, Thread};
use crate::engine::tick;
use crate::engine::wire::{Encoder, Entry, Scalar, flags};
use crate::quiet;
use crate::record::{Attribute, Link, Loss};
use crate::service::Service;

/// What few new spans have.
pub(super) struct Rare<'a> {
    callsite: Option<&'static Callsite>,
    links: &'a [Link],
    received: Option<&'a Received>,
    /// What goes along from here on, instead of what goes along with the span above.
    brought: Option<Arc<Held>>,
}

impl Rare<'_> {
    /// What most have of it.
    pub(super) const NOTHING: Rare<'static> =
        Rare { callsite: None, links: &[], received: None, brought: None };

    /// Tells whether its record has anything of it.
    fn is_recorded(&self) -> bool {
        !self.links.is_empty() || self.received.is_some()
    }
}

/// A new span's context, and its parent's id or 0.
pub(super) type Place = (Context, u64);

impl Engine {
    /// Opens a span with one handle.
    #[inline]
    pub(in crate::engine) fn open(&self, attributes: &Attributes<'_>, more_flags: u16) -> Key {
        if quiet::is_hushed() {
            return Key::NOWHERE;
        }
        let hidden = more_flags & flags::HIDDEN != 0;
        let pending = if hidden { None } else { pending::take(attributes.metadata()) };
        let told = pending.as_ref().map_or(Told::NOTHING, Pending::told);
        thread::with(|thread| self.open_on(thread, attributes, &told, more_flags))
    }

    /// Opens the span of an annotated call and enters it, if it is to be `entered`; past `tracing`'s dispatch.
    pub(in crate::engine) fn open_call(
        &self,
        attributes: &Attributes<'_>,
        told: &Told<'_>,
        entered: bool,
    ) -> Key {
        if quiet::is_hushed() {
            return Key::NOWHERE;
        }
        thread::with(|thread| {
            let key = self.open_on(thread, attributes, told, 0);
            if entered && let Some(slot) = thread.find(key) {
                thread.stack.push(Entered { key, slot });
            }
            key
        })
    }

    #[inline(never)]
    fn open_on(&self, thread: &Thread, attributes: &Attributes<'_>, told: &Told<'_>, more_flags: u16) -> Key {
        let local = self.local(thread, attributes);
        let mut rare = Rare { callsite: told.callsite, links: told.links, ..Rare::NOTHING };
        let came;
        let (context, parent) = if more_flags & flags::HIDDEN != 0 {
            self.passed_on(local)
        } else {
            came = self.passed(attributes, told, local);
            let told = came.as_ref().map_or(*told, |parent| Told { parent, ..*told });
            self.as_told(thread, &told, local, &mut rare)
        };
        let mut context = match rare.brought.take() {
            Some(held) => ambient::hold(thread, self.owner, held, context),
            None => ambient::share(context),
        };
        context.flags |= more_flags;
        let key = if flags::is_recording(context.flags) {
            self.open_recording(thread, attributes, (context, parent), rare)
        } else {
            self.open_hidden(thread, attributes, context, None)
        };
        if context.flags & flags::HIDDEN == 0 && key != Key::NOWHERE {
            thread.home.started();
        }
        key
    }

    #[inline]
    fn open_recording(
        &self,
        thread: &Thread,
        attributes: &Attributes<'_>,
        (mut context, parent): Place,
        rare: Rare<'_>,
    ) -> Key {
        // The values' `Debug` is the user's code, and may open spans on this thread.
        let mut fields = Encoder::new(&thread.buffer, self.limits.value_length, &self.sink);
        attributes.record(&mut fields);
        let Some((key, slot)) = thread.take() else { return self.no_room(thread, &context) };
        context.flags |= fields.flags();
        slot.fill(&context, attributes.metadata());
        let callsite = rare.callsite;
        slot.fill_recording(key.generation(), parent, callsite);
        slot.write_inline(fields.words());
        if !fields.spilled().is_empty() || rare.is_recorded() {
            self.fill_extra(key, slot, fields.spilled(), rare);
        }
        if context.flags & flags::AMBIENT != 0 {
            self.name_conversation((key, slot), callsite);
        }
        slot.set_start(tick::now().raw());
        key
    }

    /// Finds the place of a span about which more was said than `tracing` can say.
    #[inline]
    fn as_told<'a>(
        &self,
        thread: &Thread,
        told: &Told<'a>,
        local: Option<Local>,
        rare: &mut Rare<'a>,
    ) -> Place {
        if let Parent::Current | Parent::Local(_) = told.parent
            && let Some(place) = self.below(local)
        {
            #[cfg(feature = "opentelemetry")]
            if self.is_remote(local) {
                return self.below_stand_in(local, rare);
            }
            return place;
        }
        let above = local.or_else(|| thread.stack.top(self.owner).map(|e| (e.key, e.slot)));
        self.first_in_trace(told, above, rare)
    }

    /// Finds the place of a span that has no parent here. What goes along with the code that opens it goes along with it,
    /// unless somebody brought something else.
    #[inline(never)]
    fn first_in_trace<'a>(&self, told: &Told<'a>, above: Option<Local>, rare: &mut Rare<'a>) -> Place {
        let share = told.callsite.and_then(|c| c.site().sample);
        let around = above.and_then(|(key, slot)| ambient::held_in(key, slot));
        match told.parent {
            Parent::Received(received) => {
                let (place, tracestate) = match received.parent() {
                    Some(remote) => {
                        let undecided = received.is_undecided();
                        self.below_remote(remote, || {
                            undecided.then(|| self.sampler.root(remote.trace_id, share))
                        })
                    }
                    None => (self.root(received.share().or(share)), None),
                };
                let fields = around.as_ref().map_or(&[][..], |(held, _)| &held.ambient.fields);
                let trace = TraceId::new(place.0.trace).unwrap_or_else(TraceId::random);
                rare.brought =
                    Some(Arc::new(Held::new(Arc::new(received.ambient(trace, tracestate, fields)))));
                rare.received = Some(received);
                place
            }
            Parent::Remote(remote) => {
                let (place, tracestate) = self.below_remote(remote, || None);
                self.among(place, around, tracestate, rare)
            }
            Parent::Watched => {
                self.among(self.begun(TraceId::random(), &self.sampler.watched()), around, None, rare)
            }
            Parent::Root | Parent::Current | Parent::Local(_) => {
                self.among(self.root(share), around, None, rare)
            }
        }
    }

    /// Takes along what goes along with the code around, but for the trace's own state.
    pub(super) fn among(
        &self,
        (context, parent): Place,
        around: Option<(Arc<Held>, u64)>,
        tracestate: Option<Arc<str>>,
        rare: &mut Rare<'_>,
    ) -> Place {
        let around = around.filter(|(held, _)| !held.ambient.is_empty());
        match (around, tracestate) {
            (None, None) => {}
            (Some((held, holder)), None) if held.ambient.tracestate.is_none() => {
                let context = Context { ambient: holder, flags: context.flags | held.flags(), ..context };
                return (context, parent);
            }
            (around, tracestate) => {
                let around = around.map(|(held, _)| Ambient::clone(&held.ambient)).unwrap_or_default();
                rare.brought = Some(Arc::new(Held::new(Arc::new(Ambient { tracestate, ..around }))));
            }
        }
        (context, parent)
    }

    /// Returns the span of ours that `tracing` names as the parent.
    #[inline]
    pub(super) fn local(&self, thread: &Thread, attributes: &Attributes<'_>) -> Option<Local> {
        if attributes.is_contextual() {
            return thread.stack.top(self.owner).map(|e| (e.key, e.slot));
        }
        let key = Key::of(attributes.parent()?);
        Some((key, self.slot(key)?))
    }

    /// Returns the nearest span above a new one that layers of others see.
    pub(in crate::engine) fn shadow_above(&self, attributes: &Attributes<'_>) -> Option<Key> {
        let (key, slot) = thread::with(|thread| self.local(thread, attributes))?;
        if slot.flags() & flags::SHADOWED != 0 { Some(key) } else { slot.shadow_parent() }
    }

    /// Returns what came in and is passed on by the code that opens a span, which is the first in its trace here: nobody
    /// recorded a span of the request or the message.
    #[inline]
    fn passed(&self, attributes: &Attributes<'_>, told: &Told<'_>, local: Option<Local>) -> Option<Parent> {
        if !attributes.is_contextual() || !matches!(told.parent, Parent::Current) {
            return None;
        }
        let passed = Beside::passed(|| local.map(|(key, _)| key.id()))?;
        self.below(local).is_none().then(|| Parent::Received(Box::new(Received::clone(&passed))))
    }

    /// Continues the trace of a span of ours; `None` if there is none, or it ended meanwhile.
    #[inline]
    pub(super) fn below(&self, local: Option<Local>) -> Option<Place> {
        let (key, slot) = local?;
        let above = slot.state.read(key.generation(), || slot.context())?;
        if above.trace == 0 {
            return None; // hidden, and so is everything above it
        }
        let flags = above.flags & flags::INHERITED;
        let context =
            Context { span: SpanId::random().get(), flags, service: service(above.service), ..above };
        Some((context, above.span))
    }

    /// Continues a trace, and returns its state beside the place. The decision is the sender's, unless there is another.
    pub(super) fn below_remote(
        &self,
        remote: &SpanContext,
        other: impl FnOnce() -> Option<Decision>,
    ) -> (Place, Option<Arc<str>>) {
        let decision = other().unwrap_or_else(|| self.sampler.child_of_remote(remote));
        let travels = u16::from(remote.flags & SpanContext::RANDOM);
        let flags = travels | decided(&decision) | flags::REMOTE_PARENT;
        let place = (self.first(remote.trace_id, flags, None), remote.span_id.get());
        (place, decision.tracestate(remote.tracestate.as_ref()))
    }

    /// Begins a trace, of which `share` says how likely it is sampled, if that is not the sampler's to say.
    pub(super) fn root(&self, share: Option<f64>) -> Place {
        let trace_id = TraceId::random();
        self.begun(trace_id, &self.sampler.root(trace_id, share))
    }

    fn begun(&self, trace_id: TraceId, decision: &Decision) -> Place {
        let flags = u16::from(SpanContext::RANDOM) | decided(decision);
        (self.first(trace_id, flags, decision.threshold()), 0)
    }

    /// Makes the context of the first span of a trace in this process.
    fn first(&self, trace_id: TraceId, flags: u16, threshold: Option<Threshold>) -> Context {
        let span = SpanId::random().get();
        Context {
            trace: trace_id.get(),
            span,
            local_root: span,
            threshold: Threshold::pack(threshold),
            ambient: 0,
            flags: flags | flags::LOCAL_ROOT,
            service: service(0),
            owner: self.owner,
        }
    }

    /// Counts a span that found no slot.
    #[cold]
    pub(super) fn no_room(&self, thread: &Thread, context: &Context) -> Key {
        if context.flags & flags::AMBIENT != 0 {
            ambient::release(thread, context.ambient);
        }
        if context.flags & flags::SAMPLED != 0 {
            self.sink.lost(Loss::RingFull, 1);
        }
        Key::NOWHERE
    }

    /// Puts the correlation id on the span of a message, unless it is that of the trace (OpenTelemetry's conventions for messaging).
    #[inline]
    pub(super) fn name_conversation(&self, (key, slot): Local, callsite: Option<&'static Callsite>) {
        if callsite.is_some_and(Callsite::is_of_message)
            && let Some(held) = ambient::held(key, slot)
            && let Some(id) = held.ambient.conversation(slot.context().trace)
        {
            slot.add_flags(flags::EXTRA);
            let id = Entry::Attribute(Received::CONVERSATION, Scalar::Str(id));
            slot.with_extra(key.generation(), |extra| id.write(&mut extra.bytes));
        }
    }

    #[cold]
    pub(super) fn fill_extra(&self, key: Key, slot: &Slot, spilled: &[u8], rare: Rare<'_>) {
        slot.add_flags(flags::EXTRA);
        slot.with_extra(key.generation(), |extra| {
            extra.bytes.extend_from_slice(spilled);
            for Link { context } in rare.links {
                self.write_link(extra, context.clone());
            }
            let Some(received) = rare.received else { return };
            if let Some(context) = received.link() {
                self.write_link(extra, context.clone());
            }
            for Attribute { key, value } in received.attributes() {
                Entry::Attribute(&key, ambient::scalar(&value)).write(&mut extra.bytes);
            }
        });
    }
}

/// An open span of ours.
pub(in crate::engine) type Local = (Key, &'static Slot);

/// Returns the service of a new span: the current one, or that of the span above where none was entered.
#[inline(always)]
pub(super) fn service(above: u16) -> u16 {
    if Service::any_named() { current_service(above) } else { above }
}

#[inline(never)]
fn current_service(above: u16) -> u16 {
    let current = Service::current();
    if current == Service::PROCESS { above } else { u16::try_from(current.index()).unwrap_or(0) }
}

fn decided(decision: &Decision) -> u16 {
    let sampled = if decision.sampled { flags::SAMPLED } else { 0 };
    let recorded = if decision.sampled || decision.record { flags::RECORDING } else { 0 };
    sampled | recorded
}

/// Returns a context as others see it.
pub(super) fn visible(context: &Context, tracestate: Option<Arc<str>>) -> Option<SpanContext> {
    Some(SpanContext {
        trace_id: TraceId::new(context.trace)?,
        span_id: SpanId::new(context.span)?,
        flags: context.flags as u8 & flags::TRAVELLING,
        tracestate: tracestate.or_else(|| Threshold::unpack(context.threshold).map(tracestate_of)),
    })
}
