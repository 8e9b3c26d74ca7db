//! A context that goes through this process as it came: nobody records a span of the request or the message.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing_core::dispatcher;
use tracing_core::span::Id;

use super::Received;
use super::ambient::{Along, Beside};
use crate::engine::pending::Parent;

/// What came with a request or a message that has no span of its own, because its span is filtered out, or the SDK is
/// disabled: "propagators are unaffected" (OpenTelemetry specification, "General SDK Configuration", `OTEL_SDK_DISABLED`).
/// Where the code inside sends something, it sends that.
#[derive(Debug)]
pub(crate) struct Passing {
    along: Along,
    /// What was there each time that it was entered.
    before: Mutex<Vec<Beside>>,
}

/// Whether `init()` was called, be it to observe nothing: in a program that never does, a library that uses `obs` costs a
/// load.
static IS_ON: AtomicBool = AtomicBool::new(false);

impl Passing {
    /// Begins to pass contexts on.
    pub(crate) fn start() {
        IS_ON.store(true, Ordering::Relaxed);
    }

    /// Tells whether contexts are passed on.
    #[inline]
    pub(crate) fn is_on() -> bool {
        IS_ON.load(Ordering::Relaxed)
    }

    /// Passes on what a request or a message brought, as far as its sender is believed; `None` where that is nothing.
    pub(crate) fn of(parent: &Parent) -> Option<Passing> {
        let Parent::Received(received) = parent else { return None };
        if !Passing::is_on() {
            return None;
        }
        let passed = received.passed()?;
        let along = Along { ambient: Arc::new(passed.passed_ambient()), passed: Some(Arc::new(passed)) };
        Some(Passing { along, before: Mutex::default() })
    }

    /// Has the code of this thread pass it on, until it is [left](Passing::exit).
    pub(crate) fn enter(&self) {
        self.before().push(Beside::enter(here(), self.along.clone()));
    }

    /// Puts back what was there.
    pub(crate) fn exit(&self) {
        let before = self.before().pop();
        drop(before);
    }

    fn before(&self) -> MutexGuard<'_, Vec<Beside>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns what is passed on by the current code.
pub(crate) fn passed() -> Option<Arc<Received>> {
    Beside::passed(here)
}

/// Returns the current span.
fn here() -> Option<Id> {
    dispatcher::get_default(|dispatch| dispatch.current_span().id().cloned())
}
