//! The spans of this process that contexts of the API may hold, by their ids: a context shows nothing else of its
//! span.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use opentelemetry::trace::SpanContext;

use super::translate;
use crate::engine::stand_in::StandIn;

/// Enough for as many threads as start spans at once.
const SHARDS: usize = 16;

type Shard = Mutex<HashMap<u64, Vec<Known>>>;

static OPENED: LazyLock<[Shard; SHARDS]> = LazyLock::new(Default::default);

/// A span, and which of those that share its id this is: a span of `tracing` may be in several contexts.
struct Known {
    trace: u128,
    stand_in: Arc<StandIn>,
}

/// A span can be found until this is dropped.
#[derive(Debug)]
pub(super) struct Opened {
    trace: u128,
    span: u64,
    stand_in: Arc<StandIn>,
}

impl Opened {
    /// Lets a span be found by its context.
    pub(super) fn new(context: &SpanContext, stand_in: StandIn) -> Self {
        let (trace, span) = (translate::trace_id(context), translate::span_id(context));
        let stand_in = Arc::new(stand_in);
        let known = Known { trace, stand_in: Arc::clone(&stand_in) };
        with(span, |spans| spans.entry(span).or_default().push(known));
        Opened { trace, span, stand_in }
    }
}

impl Opened {
    /// Returns what stands for the span.
    pub(super) fn stand_in(&self) -> &StandIn {
        &self.stand_in
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let removed = with(self.span, |spans| {
            let known = spans.get_mut(&self.span)?;
            let at = known
                .iter()
                .position(|k| k.trace == self.trace && Arc::ptr_eq(&k.stand_in, &self.stand_in))?;
            let removed = known.swap_remove(at);
            if known.is_empty() {
                spans.remove(&self.span);
            }
            Some(removed)
        });
        drop(removed); // with nothing locked
    }
}

/// Returns what stands for the span of a context; `None` for those of others.
pub(super) fn find(context: &SpanContext) -> Option<Arc<StandIn>> {
    let (trace, span) = (translate::trace_id(context), translate::span_id(context));
    with(span, |spans| {
        let known = spans.get(&span)?.iter().find(|known| known.trace == trace)?;
        Some(Arc::clone(&known.stand_in))
    })
}

fn with<T>(span: u64, work: impl FnOnce(&mut HashMap<u64, Vec<Known>>) -> T) -> T {
    let [first, ..] = &*OPENED;
    let shard = OPENED.get((span % SHARDS as u64) as usize).unwrap_or(first);
    work(&mut shard.lock().unwrap_or_else(PoisonError::into_inner))
}
