//! The guard of one annotated call: finds out how it ends, and tells every signal the same.

mod deferred;
mod drive;
mod reply;
mod scope;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::thread;

use tracing_core::field::Value;

pub use deferred::{Begin, Deferred, DriveStream};
pub use drive::{Drive, Driven};
pub use reply::{Giving, Reply, giving, link_reply, stamp_reply};
pub use scope::{Place, Scope};

use crate::__private::{self, Values};
use crate::callsite::{Callsite, Signals};
use crate::clock::Moment;
use crate::context::{Envelope, SpanContext};
use crate::engine::exemplars::ExemplarFilter;
use crate::engine::parent::Relatives;
use crate::engine::pending::Parent;
use crate::engine::port;
use crate::engine::span::CallSpan;
use crate::hostile::guarded;
use crate::metrics::MetricCall;
use crate::outcome::{Finished, Outcome, Verdict};
use crate::report::Ended;
use crate::service::Service;

/// The guard of one annotated call: made at entry, told the verdict at the end.
///
/// Dropped without a verdict, it says `panicked` while the thread unwinds. One that is polled says `panicked` when a poll
/// unwinds, and `cancelled` when it is dropped: the panic that drops it is another's. Never panics.
pub struct Call<const N: usize> {
    callsite: &'static Callsite,
    span: CallSpan,
    started: Option<Moment>,
    metrics: [Option<MetricCall>; N],
    /// In force at entry; a guard that is dropped elsewhere still counts where it began.
    service: Service,
    /// Whether its drop tells nothing of a panic: the thread unwound at entry, or the call is polled.
    ignores_unwinding: bool,
    /// Whether the metrics of the function itself are told: decided at entry, for what went up must go down.
    counts: bool,
    finished: bool,
}

// Nothing is shared but atomics, and a call that a panic passes through has ended: a future that holds one is as safe to
// observe after a panic as its body is.
impl<const N: usize> UnwindSafe for Call<N> {}
impl<const N: usize> RefUnwindSafe for Call<N> {}

impl Call<0> {
    /// Begins a call that names nothing: a child of what is current, without fields.
    pub fn begin(callsite: &'static Callsite) -> Self {
        Call::begin_naming(callsite, &[])
    }

    /// Begins a call that names fields, each a variable: to take their values runs nothing.
    pub fn begin_naming(callsite: &'static Callsite, values: &[Option<&dyn Value>]) -> Self {
        Call::opened(callsite, [], |span| __private::span_naming(callsite, values, false, span))
    }
}

impl<const N: usize> Call<N> {
    /// A call whose span is not made yet. `metrics` are those it names itself; one whose labels could not be evaluated is
    /// `None`.
    ///
    /// All that can be known is written now: a call that is moved when it has begun would have to wait for it.
    #[inline(always)]
    fn new(callsite: &'static Callsite, metrics: [Option<MetricCall>; N], ignores_unwinding: bool) -> Self {
        Call {
            callsite,
            span: CallSpan::none(),
            service: Service::PROCESS,
            metrics,
            started: None,
            ignores_unwinding,
            counts: false,
            finished: false,
        }
    }

    /// Begins a call that will be polled, whose span `open` makes.
    #[inline(always)]
    fn opened(
        callsite: &'static Callsite,
        metrics: [Option<MetricCall>; N],
        open: impl FnOnce(&mut CallSpan),
    ) -> Self {
        let mut call = Call::new(callsite, metrics, true);
        call.open(open);
        call
    }

    /// Makes the span and begins to watch the call: its in-flight gauge goes up and its clock starts. A call that nobody
    /// watches, or whose span a layer refused by a panic, has ended before it begins.
    #[inline(always)]
    fn open(&mut self, open: impl FnOnce(&mut CallSpan)) {
        struct Unwinds<'a, const N: usize>(&'a mut Call<N>);
        impl<const N: usize> Drop for Unwinds<'_, N> {
            #[cold]
            fn drop(&mut self) {
                self.0.finished = true;
            }
        }

        let unwinds = Unwinds(self);
        open(&mut unwinds.0.span);
        std::mem::forget(unwinds);
        self.counts = self.callsite.counts();
        if self.is_measured() {
            self.measure_start();
        } else if !self.span.is_some() {
            self.finished = true;
        }
    }

    /// Tells whether it has metrics, its own or those it names.
    #[inline(always)]
    fn is_measured(&self) -> bool {
        N > 0 || self.counts
    }

    /// Tells whether anybody will see how it ends.
    #[inline(always)]
    fn is_watched(&self) -> bool {
        self.span.is_some() || self.is_measured()
    }

    #[inline(never)]
    fn measure_start(&mut self) {
        let signals = self.callsite.signals();
        self.service = service_of(&self.span);
        if self.counts && signals.has(Signals::IN_FLIGHT) {
            self.callsite.cells().start(self.service);
        }
        let timed =
            self.counts && signals.is_timed() || self.metrics.iter().flatten().any(MetricCall::is_timed);
        self.started = timed.then(|| self.span.began().unwrap_or_else(Moment::now));
    }

    /// Begins a call of this span.
    #[cfg(test)]
    pub(crate) fn start(
        callsite: &'static Callsite,
        span: CallSpan,
        metrics: [Option<MetricCall>; N],
    ) -> Self {
        callsite.is_enabled();
        let mut call = Call::new(callsite, metrics, thread::panicking());
        call.open(|place| *place = span);
        call
    }

    /// Begins a call. Its fields are evaluated if somebody wants the span.
    pub fn begin_with(
        callsite: &'static Callsite,
        parent: Parent,
        values: &mut dyn FnMut(Values<'_>),
        metrics: [Option<MetricCall>; N],
    ) -> Self {
        Call::opened(callsite, metrics, |span| __private::span(callsite, parent, values, false, span))
    }

    /// Begins a call that names its relatives. They are evaluated before the fields, if somebody wants the span.
    pub fn begin_among(
        callsite: &'static Callsite,
        relatives: &mut dyn FnMut() -> Relatives,
        values: &mut dyn FnMut(Values<'_>),
        metrics: [Option<MetricCall>; N],
    ) -> Self {
        Call::opened(callsite, metrics, |span| {
            __private::span_among(callsite, relatives, values, false, span)
        })
    }

    /// Runs the body of an asynchronous call, and ends it by what `judge` says of the value.
    ///
    /// The span is entered on every poll, in which the value is judged too, and while the body is dropped.
    pub fn drive<F: Future, J: Fn(&F::Output, Ended<'_>) -> Verdict>(
        self,
        body: F,
        judge: J,
    ) -> Drive<F, J, Self> {
        Drive::new(self, body, judge)
    }

    /// Counts the messages that the call was given together.
    #[must_use]
    pub fn of_messages(self, count: impl FnOnce() -> u64) -> Self {
        self.count_messages(count);
        self
    }

    fn count_messages(&self, count: impl FnOnce() -> u64) {
        if self.counts
            && let Some(count) = guarded(count)
        {
            self.callsite.cells().consumed(self.service, count);
        }
    }

    /// Writes this call's context into a message.
    pub fn stamp(&self, envelope: &mut (impl Envelope + ?Sized)) {
        let _caught = guarded(|| __private::stamp(envelope, self.context()));
    }

    /// Ends the call. Later calls do nothing.
    #[inline(always)]
    pub fn finish(&mut self, verdict: Verdict) {
        if !self.finished {
            self.end(verdict, false);
        }
    }

    /// Ends the call and its span, which is left if it was `entered`.
    #[inline(always)]
    fn end(&mut self, verdict: Verdict, entered: bool) {
        self.finished = true;
        let at =
            if self.is_measured() { self.measure_end(verdict.outcome, verdict.error_type) } else { None };
        self.span.end(verdict, entered, at);
    }

    /// Tells the metrics, and returns when that was, if they asked for the time.
    #[inline(never)]
    fn measure_end(&self, outcome: Outcome, error_type: Option<&'static str>) -> Option<Moment> {
        let times = self.started.map(|started| (started, Moment::now()));
        let context = || self.span.witness();
        let finished = Finished {
            outcome,
            error_type,
            seconds: times.map_or(0.0, |(started, ended)| started.seconds_to(ended)),
            exemplar: (self.span.is_some() || ExemplarFilter::AlwaysOn.is_in_force()).then_some(context),
            service: self.service,
        };
        let signals = self.callsite.signals();
        if self.counts {
            self.callsite.cells().finish(signals, &finished);
        }
        for metric in self.metrics.iter().flatten() {
            metric.finish(&finished);
        }
        times.map(|(_, ended)| ended)
    }

    /// Returns the call, for those who tell of its end.
    pub fn ended(&self) -> Ended<'_> {
        Ended::new(Some(&self.span), self.is_watched())
    }

    fn context(&self) -> Option<SpanContext> {
        port::context_of(&self.span)
    }

    /// Ends a call that was given no verdict.
    #[cold]
    fn finish_unjudged(&mut self) {
        let cancelled = Verdict { outcome: Outcome::Cancelled, error_type: None };
        self.finish(if self.unwinds() { Verdict::PANICKED } else { cancelled });
    }

    /// Runs a poll inside the span. The call has panicked if the poll does, and only then: what is dropped while the
    /// thread unwinds may be another's victim, and what a panic was caught in may be dropped much later.
    fn poll<R>(&mut self, work: impl FnOnce(Ended<'_>) -> R) -> R {
        struct Unwinds<'a, const N: usize>(&'a mut Call<N>);
        impl<const N: usize> Drop for Unwinds<'_, N> {
            #[cold]
            fn drop(&mut self) {
                self.0.finish(Verdict::PANICKED);
            }
        }

        let unwinds = Unwinds(self);
        let done = {
            let _entered = unwinds.0.span.enter();
            work(unwinds.0.ended())
        };
        std::mem::forget(unwinds);
        done
    }

    /// Tells whether the thread began to unwind since the call's entry.
    fn unwinds(&self) -> bool {
        thread::panicking() && !self.ignores_unwinding
    }
}

impl<const N: usize> Drop for Call<N> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.finished {
            self.finish_unjudged();
        }
    }
}

impl<const N: usize> fmt::Debug for Call<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("name", &self.callsite.site().name)
            .field("finished", &self.finished)
            .finish()
    }
}

/// Returns the service that a call counts under: the current one, or that of the span it is in.
#[inline(always)]
fn service_of(span: &CallSpan) -> Service {
    if Service::any_named() { service_among(span) } else { Service::PROCESS }
}

#[inline(never)]
fn service_among(span: &CallSpan) -> Service {
    let current = Service::current();
    if current != Service::PROCESS {
        return current;
    }
    port::service_of(span).or_else(port::current_service).unwrap_or(current)
}
