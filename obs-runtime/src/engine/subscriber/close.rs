//! How a span ends.

use super::Engine;
use crate::context::{SpanId, TraceId};
use crate::engine::arena::{Context, Extra, Key, Release, Shard, Slot, find};
use crate::engine::thread::{self, Thread};
use crate::engine::tick::{self, Tick};
use crate::engine::wire::{Entry, Flags, Head, Kind, SpanPayload, flags};
use crate::outcome::{Outcome, Verdict};

impl Engine {
    /// Gives a handle back; the last one ends the span and frees its slot. True for the last.
    #[inline]
    pub(super) fn close(&self, key: Key) -> bool {
        thread::with(|thread| {
            let Some((shard, slot)) = thread.find(key) else { return false };
            if slot.owner() != self.owner || slot.state.release(key.generation()) != Release::Last {
                return false;
            }
            self.end_on(thread, key, slot);
            free_on(thread, key, shard, slot);
            true
        })
    }

    /// Ends an annotated call: says how, leaves its span if it was `entered`, and gives its handle back; past
    /// `tracing`'s dispatch.
    #[inline]
    pub(in crate::engine) fn close_call(&self, key: Key, verdict: Verdict, entered: bool) {
        thread::with(|thread| {
            if entered {
                thread.stack.pop(key);
            }
            let Some((shard, slot)) = thread.find(key) else { return };
            if slot.owner() != self.owner {
                return;
            }
            self.judge_slot(key, slot, verdict);
            if slot.state.release(key.generation()) == Release::Last {
                self.end_on(thread, key, slot);
                free_on(thread, key, shard, slot);
            }
        });
    }

    /// Hands over the record of a span whose last handle was given back; its slot stays until [`free`](Engine::free).
    pub(in crate::engine) fn end(&self, key: Key, slot: &Slot) {
        thread::with(|thread| self.end_on(thread, key, slot));
    }

    /// Gives the slot of a span that has ended to its next use.
    pub(in crate::engine) fn free(&self, key: Key) {
        let Some((shard, slot)) = find(key) else { return };
        thread::with(|thread| free_on(thread, key, shard, slot));
    }

    #[inline]
    fn end_on(&self, thread: &Thread, key: Key, slot: &Slot) {
        if flags::is_recording(slot.flags()) {
            self.hand_over(thread, key, slot, tick::now());
        }
    }

    #[inline]
    fn hand_over(&self, thread: &Thread, key: Key, slot: &Slot, end: Tick) {
        if slot.flags() & flags::EXTRA == 0 {
            self.write(thread, slot, end, &[]);
        } else {
            slot.with_extra(key.generation(), |extra| {
                if extra.dropped_links > 0 {
                    Entry::DroppedLinks(extra.dropped_links).write(&mut extra.bytes);
                }
                if extra.dropped_fields > 0 {
                    Entry::DroppedFields(extra.dropped_fields).write(&mut extra.bytes);
                }
                self.write(thread, slot, end, &extra.bytes);
            });
        }
    }

    #[inline]
    fn write(&self, thread: &Thread, slot: &Slot, end: Tick, extra: &[u8]) {
        let context = slot.context();
        let (events, dropped_events) = slot.events();
        let outcome = slot.outcome();
        let Some(head) = head(&context, events, Tick::from_raw(slot.start()), end) else { return };
        let head = Head { flags: seen(context.flags, outcome), ..head };
        let payload = SpanPayload {
            metadata: slot.metadata(),
            callsite: slot.callsite(),
            parent: slot.parent(),
            threshold: context.threshold,
            flags: context.flags,
            service: context.service,
            outcome,
            dropped_events,
        };
        let inline = slot.inline_len();
        let len = Head::LEN + SpanPayload::LEN + inline + extra.len();
        thread.push(self.owner, &self.collector, (Kind::Span, len), |out| {
            head.write(out);
            let Some((_, out)) = out.split_at_mut_checked(Head::LEN) else { return };
            let Some((own, more)) = payload.write(out).split_at_mut_checked(inline) else { return };
            slot.read_inline(own);
            if more.len() == extra.len() {
                more.copy_from_slice(extra);
            }
        });
    }

    /// Adds a link, up to the limit.
    pub(super) fn write_link(&self, extra: &mut Extra, context: crate::context::SpanContext) {
        if extra.links < self.limits.links {
            extra.links += 1;
            Entry::Link { context }.write(&mut extra.bytes);
        } else {
            extra.dropped_links = extra.dropped_links.saturating_add(1);
        }
    }
}

#[inline]
fn free_on(thread: &Thread, key: Key, shard: &'static Shard, slot: &Slot) {
    if slot.flags() & flags::EXTRA != 0 {
        slot.clear_extra();
    }
    thread.home.give_back(key, shard, slot);
}

/// Returns the head of a span's record, but for its flags.
fn head(context: &Context, events: u32, start: Tick, end: Tick) -> Option<Head<'static>> {
    Some(Head {
        kind: Kind::Span,
        flags: Flags::default(),
        trace_id: TraceId::new(context.trace)?,
        span_id: SpanId::new(context.span)?,
        local_root: SpanId::new(context.local_root)?,
        start,
        end,
        events,
        payload: &[],
    })
}

/// Returns what the collector must know.
#[inline]
fn seen(flags: u16, outcome: u8) -> Flags {
    const ERROR: u8 = Outcome::Error as u8 + 1;
    const PANICKED: u8 = Outcome::Panicked as u8 + 1;
    let mut seen = Flags::default();
    for (has, flag) in [
        (flags & flags::SAMPLED != 0, Flags::SAMPLED),
        (flags & flags::LOCAL_ROOT != 0, Flags::LOCAL_ROOT),
        (flags & flags::FAILED != 0 || outcome == ERROR, Flags::ERROR),
        (outcome == PANICKED, Flags::PANICKED),
    ] {
        if has {
            seen = seen.with(flag);
        }
    }
    seen
}
