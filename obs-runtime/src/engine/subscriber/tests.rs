//! The semantics that `tracing` promises, one test for each word of them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

mod calls;
mod ids;
mod instances;
mod limits;
mod reentrant;
mod relations;
mod same;
mod threads;

use std::fmt;
use std::sync::Arc;

use tracing_core::Dispatch;
use tracing_core::dispatcher::with_default;

use super::Wanted;
use crate::engine::limits::Limits;
use crate::engine::sampler::SamplerSettings;
use crate::record::SpanRecord;
use crate::testing::Recorded;

/// A subscriber, and what it recorded.
fn engine() -> (Recorded, Dispatch) {
    engine_with(Limits::default())
}

fn engine_with(limits: Limits) -> (Recorded, Dispatch) {
    let (recorded, engine) = Recorded::new(limits, SamplerSettings::default(), Wanted::all());
    (recorded, Dispatch::new(engine))
}

/// Runs code under a subscriber of its own.
fn recorded(run: impl FnOnce()) -> Recorded {
    let (recorded, dispatch) = engine();
    with_default(&dispatch, run);
    recorded
}

impl Recorded {
    #[track_caller]
    fn span(&self, name: &str) -> Arc<SpanRecord> {
        let mut spans = self.spans().into_iter().filter(|s| s.name == name);
        let (first, second) = (spans.next(), spans.next());
        assert!(first.is_some() && second.is_none(), "one `{name}` in\n{}", self.tree());
        first.unwrap()
    }
}

/// A value whose `Debug` runs code.
struct Runs<F>(F);

impl<F: Fn()> fmt::Debug for Runs<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)();
        f.write_str("ran")
    }
}
