//! Durations that are measured by hand.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::thread;

use super::descriptor::Descriptor;
use super::histogram::{Histogram, HistogramSeries};
use super::label::{ErrorTyped, Judged, Plain, Seconds, Unlabelled};
use crate::clock::Moment;
use crate::engine::port;
use crate::outcome::Outcome;
use crate::verdict::ErrorType;

impl<L> Histogram<L> {
    /// Runs `work` and adds how long it took, in seconds, also where it panics.
    #[inline]
    pub fn time<R>(&'static self, work: impl FnOnce() -> R) -> R
    where
        L: Unlabelled + Seconds,
    {
        self.with(L::ONLY).time(work)
    }

    /// Waits for `work` and adds how long it took from the first poll to the value, in seconds; also where it panics or
    /// is dropped in between.
    pub async fn time_async<R>(&'static self, work: impl Future<Output = R>) -> R
    where
        L: Unlabelled + Seconds,
    {
        self.with(L::ONLY).time_async(work).await
    }
}

impl<L> HistogramSeries<L> {
    /// Starts a timer, as [`timer!`](crate::timer) does.
    #[inline]
    pub fn timer(self) -> Timer<L>
    where
        L: Seconds,
    {
        let started = if cfg!(feature = "off") { None } else { Some(Moment::now()) };
        Timer {
            descriptor: self.descriptor,
            slot: self.slot,
            started,
            ignores_unwinding: thread::panicking(),
            labels: PhantomData,
        }
    }

    /// Runs `work` and adds how long it took, in seconds, also where it panics.
    #[inline]
    pub fn time<R>(self, work: impl FnOnce() -> R) -> R
    where
        L: Plain + Seconds,
    {
        let _timer = self.timer();
        work()
    }

    /// Waits for `work` and adds how long it took from the first poll to the value, in seconds; also where it panics or
    /// is dropped in between.
    pub async fn time_async<R>(self, work: impl Future<Output = R>) -> R
    where
        L: Plain + Seconds,
    {
        let _timer = self.timer();
        work.await
    }

    /// Runs `work` and adds how long it took, in seconds, to the outcome that the result tells: `ok` or `error`, and
    /// `panicked` where it panics.
    #[inline]
    pub fn time_result<T, E>(self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        L: Judged + Seconds,
    {
        let timer = self.timer();
        let result = work();
        timer.outcome(outcome_of(&result));
        result
    }

    /// Waits for `work` and adds how long it took, in seconds, to the outcome that the result tells: `ok` or `error`,
    /// `panicked` where it panics and `cancelled` where it is dropped in between.
    pub async fn time_result_async<T, E>(self, work: impl Future<Output = Result<T, E>>) -> Result<T, E>
    where
        L: Judged + Seconds,
    {
        let timer = self.timer();
        let result = work.await;
        timer.outcome(outcome_of(&result));
        result
    }
}

/// A duration that is being measured; started by [`timer!`](crate::timer).
///
/// When it is dropped it adds the seconds since its start to its series, once. On a metric with an `outcome` label, say
/// how it ended by [`ok`](Timer::ok), [`error`](Timer::error) or [`outcome`](Timer::outcome): a timer that is dropped
/// without a word is `panicked` while the thread unwinds and `cancelled` otherwise, as an annotated call is. Ending it
/// never waits, and allocates for the first value of a thread and series. Inside a sampled span it leaves an exemplar.
#[must_use = "a timer that is not kept ends at once; write `let _timer = ..`"]
pub struct Timer<L> {
    descriptor: &'static Descriptor,
    slot: usize,
    /// `None` where nothing is measured.
    started: Option<Moment>,
    /// It began while the thread was unwinding.
    ignores_unwinding: bool,
    labels: PhantomData<fn(L)>,
}

impl<L> Timer<L> {
    /// Ends it: all went well.
    #[inline]
    pub fn ok(self)
    where
        L: Judged,
    {
        self.outcome(Outcome::Ok);
    }

    /// Ends it like this.
    #[inline]
    pub fn outcome(self, outcome: Outcome)
    where
        L: Judged,
    {
        ManuallyDrop::new(self).finish(outcome, None);
    }

    /// Ends it by an error, whose name becomes the `error_type` label; see
    /// [`HistogramSeries::error_type`](super::HistogramSeries::error_type).
    pub fn error(self, error: &(impl ErrorType + ?Sized))
    where
        L: ErrorTyped,
    {
        let name = error.error_type(); // the user's code, during which the timer is whole
        ManuallyDrop::new(self).finish(Outcome::Error, Some(name));
    }

    /// Ends it and adds nothing.
    pub fn discard(self) {
        let _nothing_to_drop = ManuallyDrop::new(self);
    }

    fn finish(&self, outcome: Outcome, error_type: Option<&str>) {
        let Some(started) = self.started else { return };
        let seconds = started.seconds_to(Moment::now());
        let slot = self.slot + self.descriptor.endings.number(outcome, error_type);
        self.descriptor.observe(slot, seconds, port::witness);
    }
}

impl<L> Drop for Timer<L> {
    fn drop(&mut self) {
        let unwinds = thread::panicking() && !self.ignores_unwinding;
        let outcome = match (self.descriptor.endings.has_outcome(), unwinds) {
            (_, true) => Outcome::Panicked,
            (true, false) => Outcome::Cancelled,
            (false, false) => Outcome::Ok,
        };
        self.finish(outcome, None);
    }
}

impl<L> fmt::Debug for Timer<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("metric", &self.descriptor.name()).finish_non_exhaustive()
    }
}

fn outcome_of<T, E>(result: &Result<T, E>) -> Outcome {
    if result.is_ok() { Outcome::Ok } else { Outcome::Error }
}

/// Starts a timer on a histogram in seconds, which gets the duration when the timer is dropped.
///
/// `timer!(ORDER_TIME)`, `timer!(ORDER_TIME, region = order.region, express)`: the metric, and its labels as in its
/// struct, `express` being short for `express = express`. What is not a histogram whose name ends in `_seconds`, and a
/// label that is missing, unknown or of another type, do not compile.
#[doc(hidden)] // documented in `obs`, where the examples can run
#[macro_export]
macro_rules! timer {
    // The words of a path: a `path` cannot name a struct that is made.
    ($($metric:ident)::+ $(, $label:ident $(= $value:expr)?)* $(,)?) => {
        $($metric)::+.with($($metric)::+ { $($label $(: $value)?),* }).timer()
    };
}
