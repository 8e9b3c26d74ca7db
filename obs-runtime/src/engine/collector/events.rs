//! Events whose span has not closed.

use super::aged::Aged;
use super::records::Records;
use crate::context::SpanId;

/// The bytes that events of open spans may have together. Beyond it the oldest go, and their span counts them as
/// dropped. Also what remains of spans that were lost goes this way.
const MOST_BYTES: usize = 4 << 20;

/// What one span costs beside its records.
const OVERHEAD: usize = 128;

/// The events of spans that are exported, until they close.
#[derive(Debug, Default)]
pub(super) struct Events {
    waiting: Aged<Records>,
    bytes: usize,
}

impl Events {
    pub(super) fn add(&mut self, span: SpanId, record: &[u8]) {
        let mut cost = Records::cost(record);
        let waiting = self.waiting.entry(span.get(), || {
            cost += OVERHEAD;
            Records::default()
        });
        waiting.push(record);
        self.bytes += cost;
        while self.bytes > MOST_BYTES {
            let Some(oldest) = self.waiting.oldest().and_then(SpanId::new) else { return };
            drop(self.take(oldest));
        }
    }

    /// Tells how many events of a span there are.
    pub(super) fn count(&self, span: SpanId) -> u32 {
        self.waiting.get(span.get()).map_or(0, Records::count)
    }

    pub(super) fn take(&mut self, span: SpanId) -> Records {
        let Some(taken) = self.waiting.remove(span.get()) else { return Records::default() };
        self.bytes -= taken.bytes() + OVERHEAD;
        taken
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_when_there_are_too_many_bytes() {
        let span = |id| SpanId::new(id).unwrap();
        let mut events = Events::default();
        for id in 1..=5 {
            events.add(span(id), &vec![0; MOST_BYTES / 4]);
        }
        assert_eq!((1..=5).map(|id| events.count(span(id))).sum::<u32>(), 3);
        assert_eq!((events.count(span(1)), events.count(span(5))), (0, 1));
        (1..=5).for_each(|id| drop(events.take(span(id))));
        assert_eq!((events.bytes, events.waiting.len()), (0, 0));
    }
}
