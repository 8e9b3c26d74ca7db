//! `emit` with its default clock, randomness and context and an emitter that counts in the calling thread: nothing is
//! handed over. Unsampled is what `emit_traceparent`'s sampler makes of it.

use std::time::Duration;

use crate::spans::subject::{SetUp, Subject, annotated, arrive, calls};

mod functions {
    super::annotated!((a, b, c), [#[emit::span("call", a, b, c)]], [#[emit::span("call")]]);
}

/// Nothing else emits here: an event is a span.
fn count(_: emit::Event<'_, &dyn emit::props::ErasedProps>) {
    arrive(1);
}

struct Emit(Box<dyn Fn() + Sync>);

impl Subject for Emit {
    calls!(functions);

    fn flush(&self) {
        (self.0)();
    }
}

pub fn start(set_up: &SetUp) -> Box<dyn Subject> {
    let emitter = emit::emitter::from_fn(count);
    let most = Duration::from_secs(30);
    if set_up.sampled {
        let running = emit::setup().emit_to(emitter).init();
        return Box::new(Emit(Box::new(move || assert!(running.blocking_flush(most), "it flushes in time"))));
    }
    let running = emit_traceparent::setup_with_sampler(|_| false).emit_to(emitter).init();
    Box::new(Emit(Box::new(move || assert!(running.blocking_flush(most), "it flushes in time"))))
}
