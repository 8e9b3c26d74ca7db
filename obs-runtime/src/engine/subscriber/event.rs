//! What happens to an event: at once into the log, and onto its span over the ring.

use std::sync::Arc;

use tracing_core::{Event, Level, Metadata};

use super::{Engine, open};
use crate::context::{SpanContext, SpanId, TraceId};
use crate::engine::ambient;
use crate::engine::arena::{Context, Key, Slot};
use crate::engine::layer::severity;
use crate::engine::thread::{self, Thread};
use crate::engine::tick::{self, Tick};
use crate::engine::wire::{self, Encoder, EventPayload, Fields, Flags, Head, Kind, flags};
use crate::quiet;
use crate::record::{LogRecord, Record, Text};
use crate::service::Service;

/// The span that an event happened in.
pub(super) struct Place {
    pub(super) key: Key,
    pub(super) slot: &'static Slot,
    pub(super) context: Context,
}

impl Engine {
    pub(in crate::engine) fn tell(&self, event: &Event<'_>) {
        if quiet::is_hushed() {
            return;
        }
        thread::with(|thread| {
            let place = self.place(thread, event);
            // The values' `Debug` is the user's code.
            let mut encoder = Encoder::new(&thread.buffer, self.limits.value_length, &self.sink);
            event.record(&mut encoder);
            let mut room = [0; _];
            let fields = [encoder.inline(&mut room), encoder.spilled()];
            let now = tick::now();
            let payload = EventPayload { metadata: event.metadata(), fields };
            match place.as_ref() {
                Some(place) if flags::is_recording(place.context.flags) => {
                    self.put_on_span(thread, place, payload, now);
                }
                Some(place) if place.context.flags & flags::HIDDEN != 0 => {
                    self.put_on_shown(thread, place, payload, now);
                }
                _ => {}
            }
            if self.limits.cut_texts() {
                return self.log_whole(thread, event, place.as_ref(), now);
            }
            self.log(event.metadata(), fields, place.as_ref(), now);
        });
    }

    /// Logs what the limits of spans would cut.
    #[cold]
    #[inline(never)]
    fn log_whole(&self, thread: &Thread, event: &Event<'_>, place: Option<&Place>, now: Tick) {
        let mut encoder = Encoder::new(&thread.buffer, usize::MAX, &self.sink);
        event.record(&mut encoder);
        let mut room = [0; _];
        let fields = [encoder.inline(&mut room), encoder.spilled()];
        self.log(event.metadata(), fields, place, now);
    }

    fn place(&self, thread: &Thread, event: &Event<'_>) -> Option<Place> {
        let (key, slot) = if event.is_contextual() {
            thread.stack.top_where(self.owner, is_ours).map(|e| (e.key, e.slot))?
        } else {
            let key = Key::of(event.parent()?);
            (key, self.slot(key)?)
        };
        let context = slot.state.read(key.generation(), || slot.context())?;
        if !is_ours(slot) {
            return None;
        }
        Some(Place { key, slot, context })
    }

    /// Puts it on the span that has the part of one without a record.
    #[inline(never)]
    fn put_on_shown(&self, thread: &Thread, place: &Place, payload: EventPayload<'_>, now: Tick) {
        let Some((key, slot)) = self.shown((place.key, place.slot)) else { return };
        let Some(context) = slot.state.read(key.generation(), || slot.context()) else { return };
        if flags::is_recording(context.flags) {
            self.put_on_span(thread, &Place { key, slot, context }, payload, now);
        }
    }

    #[inline(always)]
    pub(super) fn put_on_span(&self, thread: &Thread, place: &Place, payload: EventPayload<'_>, now: Tick) {
        let Place { key, slot, context } = place;
        let most = u32::try_from(self.limits.events).unwrap_or(u32::MAX);
        let Some(head) = head(context, payload.metadata, now) else { return };
        if !slot.count_event(key.generation(), most) {
            return;
        }
        let len = Head::LEN + payload.len();
        let pushed = thread.push(self.owner, &self.collector, (Kind::Event, len), |out| {
            head.write(out);
            if let Some((_, out)) = out.split_at_mut_checked(Head::LEN) {
                payload.write(out);
            }
        });
        if !pushed {
            slot.drop_event(key.generation());
        }
    }

    fn log(
        &self,
        metadata: &'static Metadata<'static>,
        fields: [&[u8]; 2],
        place: Option<&Place>,
        now: Tick,
    ) {
        let service = match place {
            Some(place) if Service::current() == Service::PROCESS => Service::of_index(place.context.service),
            _ => Service::current(),
        };
        let Fields { message, mut attributes, dropped, .. } = Fields::decode(metadata, fields, usize::MAX);
        let held = place.and_then(|place| ambient::held(place.key, place.slot));
        let ambient = held.as_ref().map(|held| &held.ambient);
        ambient.iter().for_each(|ambient| ambient.add_to(&mut attributes));
        let (beyond, shortened) = self.log_limits.apply(&mut attributes);
        if shortened > 0 {
            self.sink.truncated(shortened);
        }
        self.sink.put(Record::Log(Arc::new(LogRecord {
            time_unix_nanos: tick::unix_nanos(now),
            severity: severity(*metadata.level()),
            target: Text::Borrowed(metadata.target()),
            body: message,
            attributes,
            dropped_attributes: dropped.saturating_add(beyond),
            context: place.and_then(|p| self.visible(p)),
            correlation_id: ambient.and_then(|ambient| ambient.correlation_id.clone()),
            span: place.filter(|p| p.context.trace != 0).and_then(|p| self.name(p)),
            resource: service.resource(),
        })));
    }

    /// Returns the name of the span, or of the one that it has the part of.
    fn name(&self, place: &Place) -> Option<Text> {
        let is_hidden = place.context.flags & flags::HIDDEN != 0;
        let shown = if is_hidden { self.shown((place.key, place.slot)) } else { None };
        shown.map_or_else(|| place.name(), |(key, slot)| Place { key, slot, context: place.context }.name())
    }

    fn visible(&self, place: &Place) -> Option<SpanContext> {
        if place.context.flags & flags::TRACE_STATE == 0 {
            return open::visible(&place.context, None);
        }
        self.context(place.key)
    }
}

impl Place {
    /// Returns the name of the span, as it will be exported.
    fn name(&self) -> Option<Text> {
        let metadata = self.slot.metadata()?;
        let renamed = if self.slot.flags() & flags::NAMED == 0 { None } else { self.renamed(metadata) };
        Some(renamed.map_or(Text::Borrowed(metadata.name()), Text::Owned))
    }

    fn renamed(&self, metadata: &'static Metadata<'static>) -> Option<String> {
        let mut inline = vec![0; self.slot.inline_len()];
        self.slot.read_inline(&mut inline);
        let name = |bytes: &[u8]| wire::last_text(metadata, "otel.name", bytes);
        let late = self.slot.with_extra(self.key.generation(), |extra| name(&extra.bytes)).flatten();
        late.or_else(|| name(&inline))
    }
}

/// What stands for a span of ours elsewhere tells which trace it is.
fn is_ours(slot: &Slot) -> bool {
    slot.flags() & (flags::HIDDEN | flags::CARRIED) != flags::HIDDEN
}

fn head(context: &Context, metadata: &Metadata<'_>, now: Tick) -> Option<Head<'static>> {
    let sampled = if context.flags & flags::SAMPLED == 0 { Flags::default() } else { Flags::SAMPLED };
    let error = if *metadata.level() == Level::ERROR { Flags::WANTED } else { Flags::default() };
    Some(Head {
        kind: Kind::Event,
        flags: sampled.with(error),
        trace_id: TraceId::new(context.trace)?,
        span_id: SpanId::new(context.span)?,
        local_root: SpanId::new(context.local_root)?,
        start: now,
        end: now,
        events: 0,
        payload: &[],
    })
}
