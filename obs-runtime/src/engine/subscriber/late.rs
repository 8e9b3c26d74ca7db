//! What a span learns after it began.

use tracing_core::span::Record as Values;

use super::{Engine, Local};
use crate::context::SpanContext;
use crate::engine::arena::{Extra, Key, Slot};
use crate::engine::thread;
use crate::engine::wire::{Encoder, Entry, MOST, cut, flags};
use crate::outcome::Verdict;

impl Engine {
    /// Records values of a span's fields.
    pub(in crate::engine) fn add(&self, key: Key, values: &Values<'_>) {
        let Some((key, slot)) = self.recording(key) else { return };
        thread::with(|thread| {
            // The values' `Debug` is the user's code.
            let mut fields = Encoder::new(&thread.buffer, self.limits.value_length, &self.sink);
            values.record(&mut fields);
            self.append(key, slot, fields.flags(), |extra| {
                extra.add_fields(fields.inline(&mut [0; _]));
                extra.add_fields(fields.spilled());
            });
        });
    }

    /// Links a span to one that it follows from.
    pub(in crate::engine) fn link(&self, key: Key, follows: Key) {
        let (Some((key, slot)), Some(context)) = (self.recording(key), self.context(follows)) else { return };
        self.append(key, slot, 0, |extra| self.write_link(extra, context));
    }

    /// Links a span to one that it learned of after it began.
    pub(super) fn link_to(&self, key: Key, to: &SpanContext) {
        let Some((key, slot)) = self.recording(key) else { return };
        self.append(key, slot, 0, |extra| self.write_link(extra, to.clone()));
    }

    /// Counts links that a span was not given.
    pub(super) fn drop_links(&self, key: Key, count: u32) {
        let Some((key, slot)) = self.recording(key) else { return };
        self.append(key, slot, 0, |extra| extra.dropped_links = extra.dropped_links.saturating_add(count));
    }

    /// Says how the call ended.
    #[inline]
    pub(super) fn judge(&self, key: Key, verdict: Verdict) {
        if let Some(slot) = self.slot(key) {
            self.judge_slot(key, slot, verdict);
        }
    }

    #[inline]
    pub(super) fn judge_slot(&self, key: Key, slot: &Slot, verdict: Verdict) {
        if !flags::is_recording(slot.flags()) {
            return;
        }
        slot.set_outcome(verdict.outcome as u8 + 1);
        if let Some(error_type) = verdict.error_type {
            self.append(key, slot, 0, |extra| Entry::ErrorType(error_type).write(&mut extra.bytes));
        }
    }

    /// Says in words why the span ended as it did.
    pub(super) fn describe(&self, key: Key, why: &str) {
        let Some((key, slot)) = self.recording(key) else { return };
        let kept = cut(why, self.limits.value_length.min(MOST / 4));
        if kept.len() < why.len() {
            self.sink.truncated(1);
        }
        self.append(key, slot, flags::WANTED, |extra| Entry::Description(kept).write(&mut extra.bytes));
    }

    /// Has its trace exported, also where nobody sampled it.
    pub(super) fn keep(&self, key: Key) {
        if let Some((_, slot)) = self.recording(key) {
            slot.add_flags(flags::WANTED);
        }
    }

    pub(super) fn recording(&self, key: Key) -> Option<Local> {
        let shown = self.shown((key, self.slot(key)?))?;
        flags::is_recording(shown.1.flags()).then_some(shown)
    }

    pub(super) fn append(&self, key: Key, slot: &Slot, flags: u16, work: impl FnOnce(&mut Extra)) {
        slot.with_extra(key.generation(), |extra| {
            slot.add_flags(flags::EXTRA | flags);
            work(extra);
        });
    }
}
