//! The guard of one annotated call: finds out how it ends, and tells every signal the same.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;
use tracing::Span;
use tracing::span::Entered;

use crate::callsite::{Callsite, Signals};
use crate::context::{Envelope, Propagated, SpanContext};
use crate::engine::port;
use crate::metrics::MetricCall;
use crate::outcome::{Finished, Outcome, Verdict};
use crate::service::Service;

/// The guard of one annotated call: made at entry, told the verdict at the end.
///
/// Dropped without a verdict it says `panicked` while the thread unwinds and `cancelled` otherwise. Never panics.
pub struct Call<const N: usize> {
    callsite: &'static Callsite,
    span: Span,
    /// In force at entry; a guard that is dropped elsewhere still counts where it began.
    service: Service,
    metrics: [MetricCall; N],
    started: Option<Instant>,
    unwinding_at_entry: Cell<bool>,
    finished: Cell<bool>,
}

impl<const N: usize> Call<N> {
    /// Begins a call: its in-flight gauge goes up and its clock starts. `metrics` are those it names itself.
    pub fn start(callsite: &'static Callsite, span: Span, metrics: [MetricCall; N]) -> Self {
        let signals = callsite.site().signals;
        let service = Service::current();
        if signals.has_metrics() {
            callsite.cells().start(signals);
        }
        let timed = signals.has(Signals::DURATION) || metrics.iter().any(MetricCall::is_timed);
        Call {
            callsite,
            span,
            service,
            metrics,
            started: timed.then(Instant::now),
            unwinding_at_entry: Cell::new(thread::panicking()),
            finished: Cell::new(false),
        }
    }

    /// Runs the body of a synchronous call inside the span.
    #[inline(always)]
    pub fn run<R>(&mut self, body: impl FnOnce() -> R) -> R {
        let _entered = self.span.enter();
        body()
    }

    /// Runs the body of an asynchronous call; the span is entered on every poll and while the body is dropped.
    pub fn drive<F: Future>(&mut self, body: F) -> Drive<'_, F, Self> {
        Drive { call: self, body: Some(body) }
    }

    /// Writes this call's context into a message.
    pub fn stamp(&self, envelope: &mut impl Envelope) {
        let context = self.context().or_else(crate::context::current);
        if let Some(context) = context {
            envelope.stamp(&Propagated::from_context(&context));
        }
    }

    /// Ends the call. Later calls do nothing.
    pub fn finish(&self, verdict: Verdict) {
        if self.finished.replace(true) {
            return;
        }
        let elapsed = self.started.map_or(Duration::ZERO, |s| s.elapsed());
        let context = self.context();
        let finished = Finished {
            outcome: verdict.outcome,
            elapsed,
            exemplar: context.as_ref().filter(|c| c.is_sampled()),
        };
        let signals = self.callsite.site().signals;
        self.service.in_scope(|| {
            if signals.has_metrics() {
                self.callsite.cells().finish(signals, &finished);
            }
            for metric in &self.metrics {
                metric.finish(&finished);
            }
        });
        port::set_verdict(&self.span, verdict);
    }

    /// Tells whether anybody will see the verdict.
    pub fn is_watched(&self) -> bool {
        !self.span.is_none() || N > 0 || self.callsite.site().signals.has_metrics()
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    fn context(&self) -> Option<SpanContext> {
        port::context_of(&self.span)
    }

    /// Ends the call as panicked, if the thread began to unwind since its entry.
    fn finish_if_unwinding(&self) -> bool {
        let unwinding = thread::panicking() && !self.unwinding_at_entry.get();
        if unwinding {
            self.finish(Verdict { outcome: Outcome::Panicked, error_type: Some("panic") });
        }
        unwinding
    }
}

impl<const N: usize> Drop for Call<N> {
    fn drop(&mut self) {
        if !self.finished.get() && !self.finish_if_unwinding() {
            self.finish(Verdict { outcome: Outcome::Cancelled, error_type: None });
        }
    }
}

impl<const N: usize> fmt::Debug for Call<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("name", &self.callsite.site().name)
            .field("finished", &self.finished.get())
            .finish()
    }
}

/// A call that can see its body unwind; keeps [`Drive`] free of the number of metrics.
pub trait Driven {
    /// Enters the span.
    fn enter(&self) -> Entered<'_>;
    /// Begins a poll: the future may be polled on another thread, or inside a drop that runs while unwinding.
    fn begin_poll(&self);
    /// Ends a poll: sees a panic when it happens, for the future may be dropped much later, after it was caught.
    fn end_poll(&self);
}

impl<const N: usize> Driven for Call<N> {
    fn enter(&self) -> Entered<'_> {
        self.span.enter()
    }

    fn begin_poll(&self) {
        self.unwinding_at_entry.set(thread::panicking());
    }

    fn end_poll(&self) {
        if !self.finished.get() {
            self.finish_if_unwinding();
        }
    }
}

pin_project! {
    /// The body of an asynchronous call.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Drive<'a, F, C: Driven> {
        call: &'a mut C,
        #[pin]
        body: Option<F>,
    }

    impl<F, C: Driven> PinnedDrop for Drive<'_, F, C> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.call.enter();
            this.body.set(None);
        }
    }
}

impl<F: Future, C: Driven> Future for Drive<'_, F, C> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        struct Watch<'a, C: Driven>(&'a C);
        impl<C: Driven> Drop for Watch<'_, C> {
            fn drop(&mut self) {
                self.0.end_poll();
            }
        }

        let this = self.project();
        let call = &**this.call;
        call.begin_poll();
        let _watch = Watch(call);
        let _entered = call.enter();
        match this.body.as_pin_mut() {
            Some(body) => body.poll(cx),
            None => Poll::Pending, // only reachable from inside its own drop
        }
    }
}
