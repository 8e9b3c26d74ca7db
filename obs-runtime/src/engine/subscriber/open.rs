//! How a span begins.

use std::sync::Arc;

use tracing_core::span::Attributes;

use super::Engine;
use crate::callsite::Callsite;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::engine::arena::{Context, Key, Slot};
use crate::engine::pending::{self, Parent, Pending, Told};
use crate::engine::sampler::{Decision, Threshold, tracestate_of};
use crate::engine::stack::Entered;
use crate::engine::thread::{self, Thread};
use crate::engine::tick;
use crate::engine::wire::{Encoder, Entry, flags};
use crate::quiet;
use crate::record::{Link, Loss};
use crate::service::Service;

/// What few new spans have.
pub(super) struct Rare<'a> {
    callsite: Option<&'static Callsite>,
    links: &'a [Link],
    tracestate: Option<Arc<str>>,
}

impl Rare<'_> {
    /// What most have of it.
    pub(super) const NOTHING: Rare<'static> = Rare { callsite: None, links: &[], tracestate: None };
}

/// A new span's context, and its parent's id or 0.
type Place = (Context, u64);

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
        let mut rare = Rare { callsite: told.callsite, links: told.links, tracestate: None };
        let (mut context, parent) = if more_flags & flags::HIDDEN != 0 {
            self.passed_on(local)
        } else {
            self.as_told(told, local, &mut rare)
        };
        if context.flags & (flags::TRACE_STATE | flags::REMOTE_PARENT) == flags::TRACE_STATE {
            rare.tracestate = inherited(local);
        }
        context.flags |= more_flags;
        if flags::is_recording(context.flags) {
            return self.open_recording(thread, attributes, (context, parent), rare);
        }
        let Some((key, slot)) = thread.take() else { return self.no_room(&context) };
        slot.fill(&context, attributes.metadata());
        if rare.tracestate.is_some() {
            self.fill_extra(key, slot, &[], Rare { links: &[], ..rare });
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
        let Some((key, slot)) = thread.take() else { return self.no_room(&context) };
        context.flags |= fields.flags();
        slot.fill(&context, attributes.metadata());
        slot.fill_recording(key.generation(), parent, rare.callsite);
        slot.write_inline(fields.words());
        if !fields.spilled().is_empty() || !rare.links.is_empty() || rare.tracestate.is_some() {
            self.fill_extra(key, slot, fields.spilled(), rare);
        }
        slot.set_start(tick::now().raw());
        key
    }

    /// Finds the place of a span about which more was said than `tracing` can say.
    #[inline]
    fn as_told(&self, told: &Told<'_>, local: Option<Local>, rare: &mut Rare<'_>) -> Place {
        let Told { callsite, parent, .. } = *told;
        match parent {
            Parent::Remote(remote) => self.below_remote(remote, rare),
            Parent::Root => self.root(callsite),
            Parent::Current | Parent::Local(_) => self.below(local).unwrap_or_else(|| self.root(callsite)),
        }
    }

    /// Returns the span of ours that `tracing` names as the parent.
    #[inline]
    fn local(&self, thread: &Thread, attributes: &Attributes<'_>) -> Option<Local> {
        if attributes.is_contextual() {
            return thread.stack.top(self.owner).map(|e| (e.key, e.slot));
        }
        let key = Key::of(attributes.parent()?);
        Some((key, self.slot(key)?))
    }

    /// Returns the place of a span that is none to us: it passes on the context above, or none.
    fn passed_on(&self, local: Option<Local>) -> Place {
        match self.below(local) {
            Some((context, parent)) => (Context { span: parent, ..context }, 0),
            None => (Context { owner: self.owner, ..Context::default() }, 0),
        }
    }

    /// Returns the nearest span above a new one that layers of others see.
    pub(in crate::engine) fn shadow_above(&self, attributes: &Attributes<'_>) -> Option<Key> {
        let (key, slot) = thread::with(|thread| self.local(thread, attributes))?;
        if slot.flags() & flags::SHADOWED != 0 { Some(key) } else { slot.shadow_parent() }
    }

    /// Continues the trace of a span of ours; `None` if there is none, or it ended meanwhile.
    #[inline]
    fn below(&self, local: Option<Local>) -> Option<Place> {
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

    fn below_remote(&self, remote: &SpanContext, rare: &mut Rare<'_>) -> Place {
        let decision = self.sampler.child_of_remote(remote);
        rare.tracestate = decision.tracestate(remote.tracestate.as_ref());
        let state = if rare.tracestate.is_some() { flags::TRACE_STATE } else { 0 };
        let travels = u16::from(remote.flags & SpanContext::RANDOM);
        let flags = travels | decided(&decision) | flags::REMOTE_PARENT | state;
        (self.first(remote.trace_id, flags, None), remote.span_id.get())
    }

    fn root(&self, callsite: Option<&'static Callsite>) -> Place {
        let share = callsite.and_then(|c| c.site().sample);
        let trace_id = TraceId::random();
        let decision = self.sampler.root(trace_id, share);
        let flags = u16::from(SpanContext::RANDOM) | decided(&decision);
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
            flags: flags | flags::LOCAL_ROOT,
            service: service(0),
            owner: self.owner,
        }
    }

    /// Counts a span that found no slot.
    #[cold]
    fn no_room(&self, context: &Context) -> Key {
        if context.flags & flags::SAMPLED != 0 {
            self.sink.lost(Loss::RingFull, 1);
        }
        Key::NOWHERE
    }

    #[cold]
    pub(super) fn fill_extra(&self, key: Key, slot: &Slot, spilled: &[u8], rare: Rare<'_>) {
        slot.add_flags(flags::EXTRA);
        slot.with_extra(key.generation(), |extra| {
            extra.bytes.extend_from_slice(spilled);
            if let Some(state) = &rare.tracestate {
                Entry::TraceState(state).write(&mut extra.bytes);
            }
            for Link { context } in rare.links {
                self.write_link(extra, context.clone());
            }
            extra.tracestate = rare.tracestate;
        });
    }
}

/// An open span of ours.
pub(in crate::engine) type Local = (Key, &'static Slot);

/// Returns the `tracestate` of the trace that a span continues.
#[cold]
fn inherited(local: Option<Local>) -> Option<Arc<str>> {
    let (key, slot) = local?;
    slot.with_extra(key.generation(), |extra| extra.tracestate.clone()).flatten()
}

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
