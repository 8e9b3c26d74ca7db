//! The guard of one annotated call: finds out how it ends, and tells every signal the same.

mod deferred;
mod drive;
mod scope;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

pub use deferred::{Begin, Deferred, DriveStream};
pub use drive::{Drive, Driven};
pub use scope::Scope;

use crate::callsite::{Callsite, Signals};
use crate::clock::Moment;
use crate::context::{Envelope, Propagated, SpanContext};
use crate::engine::port;
use crate::engine::span::{CallSpan, Entered};
use crate::metrics::MetricCall;
use crate::outcome::{Finished, Outcome, Verdict};
use crate::report::Ended;
use crate::service::Service;

/// The guard of one annotated call: made at entry, told the verdict at the end.
///
/// Dropped without a verdict it says `cancelled`, or `panicked` where the body of a synchronous call unwinds; a future may
/// be dropped while something else unwinds, so that only its own polls tell of a panic. Never panics.
pub struct Call<const N: usize> {
    callsite: &'static Callsite,
    span: CallSpan,
    started: Option<Moment>,
    metrics: [Option<MetricCall>; N],
    /// In force at entry; a guard that is dropped elsewhere still counts where it began.
    service: Service,
    // Atomics for their `Sync` alone: an annotated future is `Sync` where the plain one is.
    /// Whether the body is a future that was polled.
    driven: AtomicBool,
    unwinding_at_entry: AtomicBool,
    finished: AtomicBool,
}

impl<const N: usize> Call<N> {
    /// Begins a call: its in-flight gauge goes up and its clock starts. `metrics` are those it names itself; one
    /// whose labels could not be evaluated is `None`.
    ///
    /// A call that nobody watches is finished before it begins: it costs a look at the callsite.
    #[inline(always)]
    pub fn start(callsite: &'static Callsite, span: CallSpan, metrics: [Option<MetricCall>; N]) -> Self {
        if N == 0 && !span.is_some() && !callsite.site().signals.has_metrics() {
            // A new one: a copy would wait for what was just written.
            std::mem::forget(span);
            return Call {
                callsite,
                span: CallSpan::none(),
                service: Service::PROCESS,
                metrics,
                started: None,
                driven: AtomicBool::new(false),
                unwinding_at_entry: AtomicBool::new(false),
                finished: AtomicBool::new(true),
            };
        }
        Self::begin(callsite, span, metrics)
    }

    #[inline(never)]
    fn begin(callsite: &'static Callsite, span: CallSpan, metrics: [Option<MetricCall>; N]) -> Self {
        let signals = callsite.site().signals;
        let service = service_of(&span);
        if signals.has_metrics() {
            service.in_scope(|| callsite.cells().start(signals));
        }
        let timed = signals.has(Signals::DURATION) || metrics.iter().flatten().any(MetricCall::is_timed);
        Call {
            callsite,
            span,
            service,
            metrics,
            started: timed.then(Moment::now),
            driven: AtomicBool::new(false),
            unwinding_at_entry: AtomicBool::new(thread::panicking()),
            finished: AtomicBool::new(false),
        }
    }

    /// Runs the body of a synchronous call inside the span.
    #[inline(always)]
    pub fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        let _entered = self.span.enter();
        body()
    }

    /// Runs the body of an asynchronous call, and ends it by what `judge` says of the value.
    ///
    /// The span is entered on every poll and while the body is dropped.
    pub fn drive<F: Future, J: Fn(&F::Output, Ended<'_>) -> Verdict>(
        self,
        body: F,
        judge: J,
    ) -> Drive<F, J, Self> {
        Drive::new(self, body, judge)
    }

    /// Enters the call where its body stands: for a body that must not be moved into a closure, and whose value is no
    /// verdict. The call ends when the scope does.
    pub fn enter(&self) -> Scope<'_, N> {
        Scope::new(self)
    }

    /// Enters the call where its body stands, and leaves its end to [`finish`](Call::finish).
    pub fn enter_only(&self) -> Entered<'_> {
        self.span.enter()
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
        let elapsed = self.started.map_or(Duration::ZERO, Moment::elapsed);
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
            for metric in self.metrics.iter().flatten() {
                metric.finish(&finished);
            }
        });
        port::set_verdict(&self.span, verdict);
    }

    /// Returns the call, for those who tell of its end.
    pub fn ended(&self) -> Ended<'_> {
        let seen = self.span.is_some() || N > 0 || self.callsite.site().signals.has_metrics();
        Ended::new(Some(&self.span), seen)
    }

    fn context(&self) -> Option<SpanContext> {
        port::context_of(&self.span)
    }

    /// Ends a call that was given no verdict.
    #[cold]
    fn finish_unjudged(&self) {
        if self.driven.load(Relaxed) || !self.finish_if_unwinding() {
            self.finish(Verdict { outcome: Outcome::Cancelled, error_type: None });
        }
    }

    /// Begins a poll: the future may be polled on another thread, or inside a drop that runs while unwinding.
    fn begin_poll(&self) -> Polling<'_, N> {
        if !self.finished.load(Relaxed) {
            self.driven.store(true, Relaxed);
            self.unwinding_at_entry.store(thread::panicking(), Relaxed);
        }
        Polling { _entered: self.span.enter(), call: self }
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

/// Returns the service that a call counts under: the current one, or that of the span it is in.
fn service_of(span: &CallSpan) -> Service {
    let current = Service::current();
    if current != Service::PROCESS || !Service::any_named() {
        return current;
    }
    port::service_of(span).or_else(port::current_service).unwrap_or(current)
}

// A call is in order after whatever panicked: the body alone decides.
impl<const N: usize> UnwindSafe for Call<N> {}
impl<const N: usize> RefUnwindSafe for Call<N> {}

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

/// One poll of a call: inside its span. Sees a panic when it happens, for the future may be dropped much later, after the
/// panic was caught.
#[derive(Debug)]
pub struct Polling<'a, const N: usize> {
    _entered: Entered<'a>,
    call: &'a Call<N>,
}

impl<const N: usize> Drop for Polling<'_, N> {
    fn drop(&mut self) {
        if !self.call.finished.load(Relaxed) {
            self.call.finish_if_unwinding();
        }
    }
}
