//! How a span ends.

use super::{Engine, Local};
use crate::engine::ambient;
use crate::engine::arena::{Extra, Key, Release, Slot, find};
use crate::engine::thread::{self, Thread};
use crate::engine::tick::{self, Tick};
use crate::engine::wire::{Entry, Kind, SPAN, flags, write_span};
use crate::outcome::Verdict;

/// How a call ended, and when, if somebody looked.
#[derive(Clone, Copy)]
pub(in crate::engine) struct End {
    pub(in crate::engine) verdict: Verdict,
    pub(in crate::engine) at: Option<Tick>,
}

impl Engine {
    /// Gives a handle back; the last one ends the span and frees its slot. True for the last.
    #[inline]
    pub(in crate::engine) fn close(&self, key: Key) -> bool {
        thread::with(|thread| {
            let Some(slot) = thread.find(key) else { return false };
            if slot.owner() != self.owner || slot.state.release(key.generation()) != Release::Last {
                return false;
            }
            self.end_on(thread, (key, slot), None);
            free_on(thread, key, slot);
            true
        })
    }

    /// Ends an annotated call: says how, leaves its span if it was `entered`, and gives its handle back; past
    /// `tracing`'s dispatch. It ended now, unless the caller looked at the clock.
    #[inline(always)]
    pub(in crate::engine) fn close_call(&self, span: Local, end: End, entered: bool) {
        match thread::own() {
            Some(thread) => self.close_call_on(&thread, span, end, entered),
            None => self.close_call_without(span, end),
        }
    }

    /// Does so on a thread whose locals are gone, and with them its stack.
    #[cold]
    fn close_call_without(&self, span: Local, end: End) {
        thread::with(|thread| self.close_call_on(thread, span, end, false));
    }

    #[inline(always)]
    fn close_call_on(&self, thread: &Thread, (key, slot): Local, end: End, entered: bool) {
        if entered {
            thread.stack.pop(key);
        }
        if !slot.state.release_only(key.generation()) {
            return self.release_call(thread, (key, slot), end);
        }
        self.judge_slot(key, slot, end.verdict);
        self.end_on(thread, (key, slot), end.at);
        free_on(thread, key, slot);
    }

    /// Gives back one of several handles, or one too many.
    #[cold]
    fn release_call(&self, thread: &Thread, (key, slot): Local, end: End) {
        self.judge(key, end.verdict);
        if slot.state.release(key.generation()) == Release::Last {
            self.end_on(thread, (key, slot), None); // others held it until now
            free_on(thread, key, slot);
        }
    }

    /// Hands over the record of a span whose last handle was given back; its slot stays until [`free`](Engine::free).
    pub(in crate::engine) fn end(&self, key: Key, slot: &'static Slot) {
        thread::with(|thread| self.end_on(thread, (key, slot), None));
    }

    /// Gives the slot of a span that has ended to its next use.
    pub(in crate::engine) fn free(&self, key: Key) {
        let Some(slot) = find(key) else { return };
        thread::with(|thread| free_on(thread, key, slot));
    }

    #[inline(always)]
    fn end_on(&self, thread: &Thread, (key, slot): Local, at: Option<Tick>) {
        let flags = slot.flags();
        if flags::is_recording(flags) {
            let end = at.unwrap_or_else(tick::now);
            if flags & (flags::EXTRA | flags::SHOWN) == 0 {
                self.write(thread, slot, end);
            } else {
                self.hand_over_more(thread, (key, slot), end);
            }
        }
    }

    /// Hands over a record with what few have.
    #[inline(never)]
    fn hand_over_more(&self, thread: &Thread, (key, slot): Local, end: Tick) {
        let flags = slot.flags();
        let held = if flags & flags::SHOWN == 0 { None } else { ambient::held(key, slot) };
        let shown = held.as_ref().map_or(&[][..], |held| &held.shown);
        if flags & flags::EXTRA == 0 {
            return self.write_more(thread, slot, end, [&[], shown]);
        }
        slot.with_extra(key.generation(), |extra| {
            if extra.dropped_links > 0 {
                Entry::DroppedLinks(extra.dropped_links).write(&mut extra.bytes);
            }
            if extra.dropped_fields > 0 {
                Entry::DroppedFields(extra.dropped_fields).write(&mut extra.bytes);
            }
            self.write_more(thread, slot, end, [&extra.bytes, shown]);
        });
    }

    #[inline(never)]
    fn write(&self, thread: &Thread, slot: &Slot, end: Tick) {
        let len = SPAN + slot.inline_len();
        thread.push(self.owner, &self.collector, (Kind::Span, len), |out| write_span(slot, end, out));
    }

    /// Writes entries after the slot's own.
    fn write_more(&self, thread: &Thread, slot: &Slot, end: Tick, more: [&[u8]; 2]) {
        let own = SPAN + slot.inline_len();
        let len = own + more[0].len() + more[1].len();
        thread.push(self.owner, &self.collector, (Kind::Span, len), |out| {
            let Some((own, mut rest)) = out.split_at_mut_checked(own) else { return };
            write_span(slot, end, own);
            for part in more {
                let Some((room, after)) = rest.split_at_mut_checked(part.len()) else { return };
                room.copy_from_slice(part);
                rest = after;
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

#[inline(always)]
fn free_on(thread: &Thread, key: Key, slot: &'static Slot) {
    let flags = slot.flags();
    if flags & (flags::EXTRA | flags::AMBIENT) != 0 {
        tidy(thread, slot);
    }
    if flags & flags::HIDDEN == 0 {
        thread.home.ended();
    }
    thread.home.give_back(key, slot);
}

/// Lets go of what few spans have.
#[inline(never)]
fn tidy(thread: &Thread, slot: &Slot) {
    let flags = slot.flags();
    if flags & flags::EXTRA != 0 {
        slot.clear_extra();
    }
    if flags & flags::AMBIENT != 0 {
        ambient::release(thread, slot.ambient());
    }
}
