//! How most spans of annotated calls begin.

use tracing_core::Metadata;
use tracing_core::field::Value;

use super::Engine;
use super::open::{Local, Rare, service};
use crate::callsite::Callsite;
use crate::context::SpanId;
use crate::engine::ambient;
use crate::engine::stack::Entered;
use crate::engine::thread::{self, Thread};
use crate::engine::tick;
use crate::engine::wire::{Encoder, flags};
use crate::quiet;

impl Engine {
    /// Opens what most spans of calls are, a child of the current span with nothing rare about it; false where it is
    /// something else. `values` are those of its fields, whose evaluation ran no code of the user's. The span is `given`
    /// away before it is complete: so early that who moves it need not wait for it.
    #[inline(always)]
    pub(in crate::engine) fn open_child(
        &self,
        callsite: &'static Callsite,
        values: &[Option<&dyn Value>],
        entered: bool,
        give: impl FnOnce(Local),
    ) -> bool {
        if quiet::is_hushed() {
            return false;
        }
        let Some(thread) = thread::own() else { return false };
        let Some(above) = thread.stack.top(self.owner) else { return false };
        let flags = above.slot.flags();
        if flags & flags::HIDDEN != 0 {
            return false;
        }
        let flags = flags & flags::INHERITED;
        let opened = if flags & flags::RECORDING == 0 {
            self.inherit(&thread, above, callsite.metadata(), flags).map(|((key, slot), _)| {
                give((key, slot));
                (key, slot)
            })
        } else {
            self.inherit_and_record(&thread, above, callsite, (flags, values), give)
        };
        if let Some((key, slot)) = opened
            && entered
        {
            thread.stack.push(Entered { key, slot });
        }
        opened.is_some()
    }

    /// Takes a slot for a child of the span `above`, and returns that one's id.
    #[inline(always)]
    fn inherit(
        &self,
        thread: &Thread,
        above: Entered,
        metadata: &'static Metadata<'static>,
        flags: u16,
    ) -> Option<(Local, u64)> {
        let (key, slot) = thread.home.take()?;
        let place = (service(above.slot.service()), flags);
        let span = SpanId::random().get();
        if let Some(parent) = slot.inherit((above.slot, above.key.generation()), span, place, metadata)
            && (flags & flags::AMBIENT == 0 || ambient::retain(slot.ambient()))
        {
            thread.home.started();
            return Some(((key, slot), parent));
        }
        thread.home.give_back(key, slot);
        None
    }

    #[inline(always)]
    fn inherit_and_record(
        &self,
        thread: &Thread,
        above: Entered,
        callsite: &'static Callsite,
        (flags, values): (u16, &[Option<&dyn Value>]),
        give: impl FnOnce(Local),
    ) -> Option<Local> {
        let metadata = callsite.metadata();
        if values.is_empty() {
            let (span, parent) = self.inherit(thread, above, metadata, flags)?;
            give(span);
            let (key, slot) = span;
            slot.fill_recording(key.generation(), parent, Some(callsite));
            slot.write_inline(&[]);
            if flags & flags::AMBIENT != 0 {
                self.name_conversation(span, Some(callsite));
            }
            slot.set_start(tick::now().raw());
            return Some(span);
        }
        // The values' `Debug` is the user's code, and may open spans on this thread.
        let mut fields = Encoder::new(&thread.buffer, self.limits.value_length, &self.sink);
        for (field, value) in callsite.fields().iter().zip(values) {
            if let Some(value) = value {
                value.record(field, &mut fields);
            }
        }
        let (span, parent) = self.inherit(thread, above, metadata, flags | fields.flags())?;
        give(span);
        let (key, slot) = span;
        slot.fill_recording(key.generation(), parent, Some(callsite));
        slot.set_start(tick::now().raw());
        slot.write_inline(fields.words());
        if !fields.spilled().is_empty() {
            self.fill_extra(key, slot, fields.spilled(), Rare::NOTHING);
        }
        if flags & flags::AMBIENT != 0 {
            self.name_conversation(span, Some(callsite));
        }
        Some(span)
    }
}
