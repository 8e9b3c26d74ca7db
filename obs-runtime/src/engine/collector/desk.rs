//! What happens to a record that was drained.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Codec;
use super::events::Events;
use super::joined;
use super::records::Records;
use super::tail::{Tail, TailRule, Taken};
use crate::engine::limits::Limits;
use crate::engine::wire::{self, Flags, Head, Kind};
use crate::record::{Decode, Loss, Sink, Spans};

/// Joins spans and their events, and hands over what is exported.
pub(super) struct Desk {
    sink: Arc<dyn Sink>,
    events: Events,
    /// For traces that are not sampled: by the rule if there is one, else those alone that are watched.
    tail: Tail,
    /// Exported, not handed over yet.
    ready: Spans,
    decode: Decode,
}

/// The bytes of spans that are handed over at once: enough to share what that costs, and to begin early.
const BATCH: usize = 32 << 10;

impl Desk {
    pub(super) fn new(sink: Arc<dyn Sink>, codec: Codec, limits: Limits, tail: Option<TailRule>) -> Self {
        let decode = joined::decoder(codec, limits);
        let (events, tail) = (Events::default(), Tail::new(tail.unwrap_or_default()));
        Desk { sink, events, tail, ready: Spans::default(), decode }
    }

    /// Takes a record. False for a span whose events have not all come, unless there is no more `hope` for them: then
    /// it counts them as dropped.
    pub(super) fn take(&mut self, record: &[u8], looked: bool, hope: bool) -> bool {
        let Some(head) = wire::peek(record) else { return true }; // bytes that no producer made
        if head.kind == Kind::Event {
            if !looked {
                self.event(&head, record);
            }
            return true;
        }
        if self.is_exported(&head, record) {
            if hope && head.events > 0 && self.events.count(head.span_id) < head.events {
                return false;
            }
            self.span(&head, record);
        }
        true
    }

    /// Takes a record if it is an event.
    pub(super) fn take_event(&mut self, record: &[u8]) {
        if let Some(head) = wire::peek(record).filter(|head| head.kind == Kind::Event) {
            self.event(&head, record);
        }
    }

    /// Ends a pass over all rings.
    pub(super) fn end_pass(&mut self) {
        let kept = self.tail.end_pass();
        let lost = self.tail.take_lost();
        kept.iter().for_each(|records| self.release(records));
        lost.into_iter().for_each(|(why, spans)| self.lost(why, spans));
        self.hand_over();
    }

    /// Ends everything: what the tail rule has not decided on is lost, unless it is to be kept already.
    pub(super) fn end(&mut self) {
        let kept = self.tail.end();
        kept.iter().for_each(|records| self.release(records));
        let lost = self.tail.take_lost();
        lost.into_iter().for_each(|(why, spans)| self.lost(why, spans));
        self.hand_over();
    }

    /// Tells whether another pass would decide on traces that have ended.
    pub(super) fn is_due(&self) -> bool {
        self.tail.is_due()
    }

    pub(super) fn lost(&self, why: Loss, spans: u64) {
        if spans > 0 {
            self.sink.lost(why, spans);
        }
    }

    /// Tells whether a record is exported now. If not, it is left to the tail rule.
    fn is_exported(&mut self, head: &Head<'_>, record: &[u8]) -> bool {
        if head.flags.has(Flags::SAMPLED) {
            return true;
        }
        match self.tail.take(head, record) {
            Taken::Exported => true,
            Taken::Waits(kept) => {
                kept.iter().for_each(|records| self.release(records));
                false
            }
        }
    }

    fn event(&mut self, head: &Head<'_>, record: &[u8]) {
        if self.is_exported(head, record) {
            self.events.add(head.span_id, record);
        }
    }

    /// Exports what waited: the events first, for those of one span came through several rings.
    fn release(&mut self, records: &Records) {
        records.iter().for_each(|record| self.take_event(record));
        for record in records.iter() {
            self.take(record, true, false);
        }
    }

    fn span(&mut self, head: &Head<'_>, record: &[u8]) {
        let events = if head.events == 0 { Records::default() } else { self.events.take(head.span_id) };
        if self.ready.len() == 0 {
            self.ready = Spans::new(&self.decode);
        }
        joined::write(&mut self.ready, head, record, &events);
        if self.ready.bytes() >= BATCH {
            self.hand_over();
        }
    }

    /// A panic costs the span it came with and no other; all of them, where the sink takes none.
    fn hand_over(&mut self) {
        let mut ready = std::mem::take(&mut self.ready);
        while ready.len() > 0 {
            let before = ready.len();
            let put = catch_unwind(AssertUnwindSafe(|| self.sink.put_spans(&mut ready)));
            match put {
                Ok(()) => return,
                Err(_) if ready.len() < before => self.lost(Loss::Panicked, 1),
                Err(_) => return self.lost(Loss::Panicked, before as u64),
            }
        }
    }
}
