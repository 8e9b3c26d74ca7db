//! The guard of one annotated call: finds out how it ends, and tells every signal the same.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
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
/// Dropped without a verdict it says `cancelled`, or `panicked` where the body of a synchronous call unwinds; a future may
/// be dropped while something else unwinds, so that only its own polls tell of a panic. Never panics.
pub struct Call<const N: usize> {
    callsite: &'static Callsite,
    span: Span,
    /// In force at entry; a guard that is dropped elsewhere still counts where it began.
    service: Service,
    metrics: [MetricCall; N],
    started: Option<Instant>,
    /// Whether the body is a future.
    driven: bool,
    // Atomics for their `Sync` alone: an annotated future is `Sync` where the plain one is.
    unwinding_at_entry: AtomicBool,
    finished: AtomicBool,
}

impl<const N: usize> Call<N> {
    /// Begins a call: its in-flight gauge goes up and its clock starts. `metrics` are those it names itself.
    ///
    /// A call that nobody watches is finished before it begins: it costs a look at the callsite.
    #[inline(always)]
    pub fn start(callsite: &'static Callsite, span: Span, metrics: [MetricCall; N]) -> Self {
        if N == 0 && span.is_none() && !callsite.site().signals.has_metrics() {
            // A new one: a copy would wait for what was just written.
            std::mem::forget(span);
            return Call {
                callsite,
                span: Span::none(),
                service: Service::PROCESS,
                metrics,
                started: None,
                driven: false,
                unwinding_at_entry: AtomicBool::new(false),
                finished: AtomicBool::new(true),
            };
        }
        Self::begin(callsite, span, metrics)
    }

    #[inline(never)]
    fn begin(callsite: &'static Callsite, span: Span, metrics: [MetricCall; N]) -> Self {
        let signals = callsite.site().signals;
        let service = service_of(&span);
        if signals.has_metrics() {
            service.in_scope(|| callsite.cells().start(signals));
        }
        let timed = signals.has(Signals::DURATION) || metrics.iter().any(MetricCall::is_timed);
        Call {
            callsite,
            span,
            service,
            metrics,
            started: timed.then(Instant::now),
            driven: false,
            unwinding_at_entry: AtomicBool::new(thread::panicking()),
            finished: AtomicBool::new(false),
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
        self.driven = true;
        Drive { call: self, body: Some(body) }
    }

    /// Writes this call's context into a message.
    pub fn stamp(&self, envelope: &mut (impl Envelope + ?Sized)) {
        let context = self.context().or_else(crate::context::current);
        if let Some(context) = context {
            envelope.stamp(&Propagated::from_context(&context));
        }
    }

    /// Ends the call. Later calls do nothing.
    #[inline(always)]
    pub fn finish(&self, verdict: Verdict) {
        if !self.finished.load(Relaxed) {
            self.finished.store(true, Relaxed);
            self.tell(verdict);
        }
    }

    #[inline(never)]
    fn tell(&self, verdict: Verdict) {
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

    /// Ends a call that was given no verdict.
    #[cold]
    fn finish_unjudged(&self) {
        if self.driven || !self.finish_if_unwinding() {
            self.finish(Verdict { outcome: Outcome::Cancelled, error_type: None });
        }
    }

    /// Ends the call as panicked, if the thread began to unwind since its entry.
    fn finish_if_unwinding(&self) -> bool {
        let unwinding = thread::panicking() && !self.unwinding_at_entry.load(Relaxed);
        if unwinding {
            self.finish(Verdict { outcome: Outcome::Panicked, error_type: Some("panic") });
        }
        unwinding
    }
}

impl<const N: usize> Drop for Call<N> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.finished.load(Relaxed) {
            self.finish_unjudged();
        }
    }
}

impl<const N: usize> fmt::Debug for Call<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("name", &self.callsite.site().name)
            .field("finished", &self.finished.load(Relaxed))
            .finish()
    }
}

/// Returns the service that a call counts under: the current one, or that of the span it is in.
fn service_of(span: &Span) -> Service {
    let current = Service::current();
    if current != Service::PROCESS || !Service::any_named() {
        return current;
    }
    port::service_of(span).or_else(port::current_service).unwrap_or(current)
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

    #[inline]
    fn begin_poll(&self) {
        if !self.finished.load(Relaxed) {
            self.unwinding_at_entry.store(thread::panicking(), Relaxed);
        }
    }

    #[inline]
    fn end_poll(&self) {
        if !self.finished.load(Relaxed) {
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

// The call is told of a panic by the poll that saw it, and is in order afterwards: the body alone decides.
impl<const N: usize> UnwindSafe for Call<N> {}
impl<const N: usize> RefUnwindSafe for Call<N> {}
impl<F: UnwindSafe, C: Driven> UnwindSafe for Drive<'_, F, C> {}
impl<F: RefUnwindSafe, C: Driven> RefUnwindSafe for Drive<'_, F, C> {}

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
