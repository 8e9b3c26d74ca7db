//! How a span begins.

use std::sync::Arc;

use tracing_core::span::Attributes;

use super::Engine;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::engine::arena::{Context, Key, Slot};
use crate::engine::pending::{self, Parent, Pending};
use crate::engine::sampler::{Decision, Threshold, tracestate_of};
use crate::engine::thread::{self, Thread};
use crate::engine::tick;
use crate::engine::wire::{Encoder, Entry, flags};
use crate::record::{Link, Loss};
use crate::service::Service;

/// What a new span takes from above.
struct Above {
    context: Context,
    parent: u64,
    tracestate: Option<Arc<str>>,
}

impl Engine {
    /// Opens a span with one handle.
    #[inline]
    pub(in crate::engine) fn open(&self, attributes: &Attributes<'_>, more_flags: u16) -> Key {
        thread::with(|thread| self.open_on(thread, attributes, more_flags))
    }

    fn open_on(&self, thread: &Thread, attributes: &Attributes<'_>, more_flags: u16) -> Key {
        let hidden = more_flags & flags::HIDDEN != 0;
        let pending = if hidden { None } else { pending::take(attributes.metadata()) };
        let (callsite, parent, links) = match pending {
            Some(Pending { callsite, parent, links }) => (callsite, parent, links),
            None => (None, Parent::Current, Vec::new()),
        };
        let share = callsite.and_then(|c| c.site().sample);
        let above = if hidden {
            self.passed_on(thread, attributes)
        } else {
            self.above(thread, attributes, &parent, share)
        };
        let Above { mut context, parent, tracestate } = above;
        context.flags |= more_flags;
        if !flags::is_recording(context.flags) {
            let Some((key, slot)) = thread.home.take() else { return self.no_room(&context) };
            slot.fill(key.generation(), &context, parent, attributes.metadata());
            if tracestate.is_some() {
                slot.with_extra(key.generation(), |extra| extra.tracestate = tracestate);
                slot.add_flags(flags::EXTRA);
            }
            return key;
        }
        thread.lend(|spilled| {
            // The values' `Debug` is the user's code, and may open spans on this thread.
            let mut fields = Encoder::new(spilled, self.limits.value_length);
            attributes.record(&mut fields);
            let Some((key, slot)) = thread.home.take() else { return self.no_room(&context) };
            if fields.named() {
                context.flags |= flags::NAMED;
            }
            if fields.failed() {
                context.flags |= flags::FAILED;
            }
            slot.fill(key.generation(), &context, parent, attributes.metadata());
            slot.set_callsite(callsite);
            slot.write_inline(fields.inline());
            if !fields.spilled().is_empty() || !links.is_empty() || tracestate.is_some() {
                self.fill_extra(key, slot, fields.spilled(), links, tracestate);
            }
            slot.set_start(tick::now().raw());
            key
        })
    }

    /// Finds out what is above a new span, and whether it will be recorded.
    #[inline]
    fn above(
        &self,
        thread: &Thread,
        attributes: &Attributes<'_>,
        parent: &Parent,
        share: Option<f64>,
    ) -> Above {
        let local = self.local(thread, attributes);
        match (parent, local) {
            (Parent::Remote(remote), _) => self.below_remote(remote),
            (Parent::Current | Parent::Local(_), Some((key, slot))) => {
                self.below(key, slot).unwrap_or_else(|| self.root(share))
            }
            (Parent::Root, _) | (_, None) => self.root(share),
        }
    }

    /// Returns the span of ours that `tracing` names as the parent.
    #[inline]
    fn local(&self, thread: &Thread, attributes: &Attributes<'_>) -> Option<(Key, &'static Slot)> {
        if attributes.is_contextual() {
            return thread.stack.top(self.owner).map(|e| (e.key, e.slot));
        }
        let key = Key::of(attributes.parent()?);
        Some((key, self.slot(key)?))
    }

    /// Returns what a span passes on that is none to us: the context above, or none.
    fn passed_on(&self, thread: &Thread, attributes: &Attributes<'_>) -> Above {
        let below = self.local(thread, attributes).and_then(|(key, slot)| self.below(key, slot));
        below.map_or_else(
            || Above {
                context: Context { owner: self.owner, ..Context::default() },
                parent: 0,
                tracestate: None,
            },
            |Above { context, parent, tracestate }| Above {
                context: Context { span: parent, ..context },
                parent: 0,
                tracestate,
            },
        )
    }

    /// Returns the nearest span above a new one that layers of others see.
    pub(in crate::engine) fn shadow_above(&self, attributes: &Attributes<'_>) -> Option<Key> {
        let (key, slot) = thread::with(|thread| self.local(thread, attributes))?;
        if slot.flags() & flags::SHADOWED != 0 { Some(key) } else { slot.shadow_parent() }
    }

    /// Continues the trace of a span of ours; `None` if it ended meanwhile.
    #[inline]
    fn below(&self, key: Key, slot: &Slot) -> Option<Above> {
        let above = slot.state.read(key.generation(), || slot.context())?;
        if above.trace == 0 {
            return None; // hidden, and so is everything above it
        }
        let tracestate = if above.flags & flags::TRACE_STATE != 0 {
            slot.with_extra(key.generation(), |extra| extra.tracestate.clone()).flatten()
        } else {
            None
        };
        let context = Context {
            span: SpanId::random().get(),
            flags: above.flags & flags::INHERITED,
            service: service(above.service),
            ..above
        };
        Some(Above { context, parent: above.span, tracestate })
    }

    fn below_remote(&self, remote: &SpanContext) -> Above {
        let decision = self.sampler.child_of_remote(remote);
        let tracestate = decision.tracestate(remote.tracestate.as_ref());
        let state = if tracestate.is_some() { flags::TRACE_STATE } else { 0 };
        let travels = u16::from(remote.flags & SpanContext::RANDOM);
        let flags = travels | decided(&decision) | flags::REMOTE_PARENT | state;
        let context = self.first(remote.trace_id, flags, None);
        Above { context, parent: remote.span_id.get(), tracestate }
    }

    fn root(&self, share: Option<f64>) -> Above {
        let trace_id = TraceId::random();
        let decision = self.sampler.root(trace_id, share);
        let flags = u16::from(SpanContext::RANDOM) | decided(&decision);
        Above { context: self.first(trace_id, flags, decision.threshold()), parent: 0, tracestate: None }
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
    fn fill_extra(
        &self,
        key: Key,
        slot: &Slot,
        spilled: &[u8],
        links: Vec<Link>,
        tracestate: Option<Arc<str>>,
    ) {
        slot.add_flags(flags::EXTRA);
        slot.with_extra(key.generation(), |extra| {
            extra.bytes.extend_from_slice(spilled);
            if let Some(state) = &tracestate {
                Entry::TraceState(state).write(&mut extra.bytes);
            }
            for Link { context } in links {
                self.write_link(extra, context);
            }
            extra.tracestate = tracestate;
        });
    }
}

/// Returns the service of a new span: the current one, or that of the span above where none was entered.
#[inline]
fn service(above: u16) -> u16 {
    if !Service::any_named() {
        return above;
    }
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
