//! How most spans of annotated calls begin.

use tracing_core::Metadata;
use tracing_core::field::Value;

use super::Engine;
use super::open::{Local, Rare, service};
use crate::callsite::Callsite;
use crate::context::SpanId;
use crate::engine::arena::{Key, Slot};
use crate::engine::stack::Entered;
use crate::engine::thread::{self, Thread};
use crate::engine::tick;
use crate::engine::wire::{Encoder, flags};
use crate::quiet;

impl Engine {
    /// Opens what most spans of calls are, a child of the current span with nothing rare about it; `None` where it is
    /// something else. `values` are those of its fields, whose evaluation ran no code of the user's.
    #[inline]
    pub(in crate::engine) fn open_child(
        &self,
        callsite: &'static Callsite,
        metadata: &'static Metadata<'static>,
        values: &[Option<&dyn Value>],
        entered: bool,
    ) -> Option<Key> {
        if quiet::is_hushed() {
            return None;
        }
        thread::with(|thread| {
            let above = thread.stack.top(self.owner)?;
            let flags = above.slot.flags();
            if flags & (flags::HIDDEN | flags::TRACE_STATE) != 0 {
                return None;
            }
            let flags = flags & flags::INHERITED;
            let (key, slot) = if flags & flags::RECORDING == 0 {
                let (key, slot, _) = self.inherit(thread, above, metadata, flags)?;
                (key, slot)
            } else if values.is_empty() {
                let (key, slot, parent) = self.inherit(thread, above, metadata, flags)?;
                slot.fill_recording(key.generation(), parent, Some(callsite));
                slot.write_inline(&[], 0);
                slot.set_start(tick::now().raw());
                (key, slot)
            } else {
                self.inherit_and_record(thread, above, (callsite, metadata), (flags, values))?
            };
            if entered {
                thread.stack.push(Entered { key, slot, owner: self.owner });
            }
            Some(key)
        })
    }

    /// Takes a slot for a child of the span `above`, and returns that one's id.
    #[inline(always)]
    fn inherit(
        &self,
        thread: &Thread,
        above: Entered,
        metadata: &'static Metadata<'static>,
        flags: u16,
    ) -> Option<(Key, &'static Slot, u64)> {
        let (key, slot) = thread.take()?;
        let place = (service(above.slot.service()), flags);
        let span = SpanId::random().get();
        if let Some(parent) = slot.inherit((above.slot, above.key.generation()), span, place, metadata) {
            return Some((key, slot, parent));
        }
        if let Some((shard, _)) = thread.find(key) {
            thread.home.give_back(key, shard, slot);
        }
        None
    }

    #[inline]
    fn inherit_and_record(
        &self,
        thread: &Thread,
        above: Entered,
        (callsite, metadata): (&'static Callsite, &'static Metadata<'static>),
        (flags, values): (u16, &[Option<&dyn Value>]),
    ) -> Option<Local> {
        thread.lend(|spilled| {
            // The values' `Debug` is the user's code, and may open spans on this thread.
            let mut fields = Encoder::new(spilled, self.limits.value_length, &self.sink);
            for (field, value) in metadata.fields().iter().zip(values) {
                if let Some(value) = value {
                    value.record(&field, &mut fields);
                }
            }
            let (key, slot, parent) = self.inherit(thread, above, metadata, flags | fields.flags())?;
            slot.fill_recording(key.generation(), parent, Some(callsite));
            slot.set_start(tick::now().raw());
            // Late, for the bytes were written in other pieces than they are read in, and would be waited for.
            let (bytes, length) = fields.buffer();
            slot.write_inline(bytes, length);
            if !fields.spilled().is_empty() {
                self.fill_extra(key, slot, fields.spilled(), Rare::NOTHING);
            }
            Some((key, slot))
        })
    }
}
