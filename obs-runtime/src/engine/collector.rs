//! STUB of the seam, until the collector is merged.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::limits::Limits;
use super::ring::{Consumer, Producer, Size, ring};
use super::wire::{self, Kind};
use crate::record::{Record, Sink, SpanEvent};

pub(crate) struct Collector {
    sink: Arc<dyn Sink>,
    limits: Limits,
    state: Mutex<(Vec<Consumer>, HashMap<u64, Vec<SpanEvent>>)>,
}

impl Collector {
    pub(crate) fn inline(sink: Arc<dyn Sink>, limits: Limits) -> Arc<Collector> {
        Arc::new(Collector { sink, limits, state: Mutex::default() })
    }

    pub(crate) fn producer(self: &Arc<Self>) -> Producer {
        let me = Arc::downgrade(self);
        let (producer, consumer) = ring(
            Size::default(),
            Arc::new(move || {
                let _ = &me;
            }),
        );
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0.push(consumer);
        producer
    }

    pub(crate) fn collect(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (rings, events) = &mut *state;
        for kind in [Kind::Event, Kind::Span] {
            for ring in rings.iter_mut() {
                if kind == Kind::Event {
                    ring.look_ahead(|record| {
                        if let (Some(head), Some(event)) =
                            (wire::peek(record), wire::decode_event(record, &self.limits))
                            && head.kind == Kind::Event
                        {
                            events.entry(head.span_id.get()).or_default().push(event);
                        }
                    });
                } else {
                    let mark = ring.mark();
                    ring.drain(mark, |record, _| {
                        if let Some(head) = wire::peek(record)
                            && head.kind == Kind::Span
                        {
                            let events = events.remove(&head.span_id.get()).unwrap_or_default();
                            if let Some(span) = wire::decode_span(record, events, &self.limits) {
                                self.sink.put(Record::Span(Arc::new(span)));
                            }
                        }
                        true
                    });
                }
            }
        }
        rings.retain(|r| !r.is_over());
    }
}
