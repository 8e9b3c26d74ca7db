//! A function that returns a future or a stream: its call begins when that is polled first.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::{Call, Drive, Driven};
use crate::__private::{self, Values};
use crate::callsite::Callsite;
use crate::engine::owned::OwnedValues;
use crate::engine::parent::Relatives;
use crate::engine::pending::Parent;
use crate::engine::span::Entered;
use crate::hostile::guarded;
use crate::metrics::MetricCall;
use crate::outcome::{Outcome, Verdict};
use crate::report::Ended;
use crate::service::Service;

/// A call that has not begun. What its arguments tell is kept, for they move into the future.
pub struct Begin<const N: usize> {
    callsite: &'static Callsite,
    /// `None` for a child of whatever is current at the first poll, without fields.
    kept: Option<Box<Kept>>,
    metrics: [Option<MetricCall>; N],
}

// As a call that has begun.
impl<const N: usize> UnwindSafe for Begin<N> {}
impl<const N: usize> RefUnwindSafe for Begin<N> {}

struct Kept {
    relatives: Relatives,
    values: Option<OwnedValues>,
}

impl<const N: usize> Begin<N> {
    /// Evaluates fields and labels. The parent, unless a message brings it, is found at the first poll.
    pub fn new(
        callsite: &'static Callsite,
        parent: Parent,
        values: &mut dyn FnMut(Values<'_>),
        metrics: [Option<MetricCall>; N],
    ) -> Self {
        let values = __private::keep(callsite, values);
        let plain = values.is_none() && matches!(parent, Parent::Current);
        let kept = (!plain).then(|| Box::new(Kept { relatives: Relatives::under(parent), values }));
        Begin { callsite, kept, metrics }
    }

    /// Evaluates relatives, fields and labels.
    pub fn among(
        callsite: &'static Callsite,
        relatives: &mut dyn FnMut() -> Relatives,
        values: &mut dyn FnMut(Values<'_>),
        metrics: [Option<MetricCall>; N],
    ) -> Self {
        let kept = (callsite.is_enabled() || callsite.passes_on()).then(|| {
            let relatives = guarded(relatives).unwrap_or_default();
            Box::new(Kept { relatives, values: __private::keep(callsite, values) })
        });
        Begin { callsite, kept, metrics }
    }

    /// Counts the messages that the call was given together: they were delivered, whether it begins or not.
    #[must_use]
    pub fn of_messages(self, count: impl FnOnce() -> u64) -> Self {
        if self.callsite.counts()
            && let Some(count) = guarded(count)
        {
            self.callsite.cells().consumed(Service::current(), count);
        }
        self
    }

    /// Makes the future that is the call; `judge` says how it ended.
    pub fn future<F: Future, J: Fn(&F::Output, Ended<'_>) -> Verdict>(
        self,
        body: F,
        judge: J,
    ) -> Drive<F, J, Deferred<N>> {
        Drive::new(Deferred::Waiting(self), body, judge)
    }

    /// Makes the stream that is the call; `judge` says what an item tells.
    pub fn stream<S: Stream, J: Fn(&S::Item, Ended<'_>) -> Verdict>(
        self,
        body: S,
        judge: J,
    ) -> DriveStream<S, J, Deferred<N>> {
        DriveStream { call: Deferred::Waiting(self), judge, last: Verdict::OK, body: Some(body) }
    }

    fn start(self) -> Call<N> {
        let (relatives, values) =
            self.kept.map_or_else(Default::default, |kept| (kept.relatives, kept.values));
        let open = |span: &mut _| __private::span_of_kept(self.callsite, relatives, values.as_ref(), span);
        Call::opened(self.callsite, self.metrics, open)
    }
}

/// A call that begins at its first poll.
#[derive(Debug)]
pub enum Deferred<const N: usize> {
    /// It has not begun.
    Waiting(Begin<N>),
    /// It has begun and not ended.
    Running(Call<N>),
    /// It has ended, and its span with it: what was polled to its end may be kept for long.
    Over,
}

impl<const N: usize> Deferred<N> {
    fn running(&self) -> Option<&Call<N>> {
        match self {
            Deferred::Running(call) => Some(call),
            Deferred::Waiting(_) | Deferred::Over => None,
        }
    }
}

impl<const N: usize> Driven for Deferred<N> {
    fn poll<R>(&mut self, work: impl FnOnce(Ended<'_>) -> R) -> R {
        if let Deferred::Waiting(_) = self
            && let Deferred::Waiting(begin) = std::mem::replace(self, Deferred::Over)
        {
            *self = Deferred::Running(begin.start());
        }
        match self {
            Deferred::Running(call) => call.poll(work),
            Deferred::Waiting(_) | Deferred::Over => work(Ended::new(None, false)),
        }
    }

    fn enter(&self) -> Option<Entered<'_>> {
        self.running().map(|call| call.span.enter())
    }

    fn finish(&mut self, verdict: Verdict) {
        if let Deferred::Running(call) = self {
            call.finish(verdict);
        }
        *self = Deferred::Over;
    }
}

pin_project! {
    /// A call that is a stream, from its first poll to its end.
    ///
    /// Its outcome is what its last item tells: a stream that ends after an `Err`, or is dropped on one, is an error.
    /// Dropped elsewhere before its end it is cancelled.
    #[must_use = "streams do nothing unless polled"]
    pub struct DriveStream<S, J, C: Driven> {
        call: C,
        judge: J,
        last: Verdict,
        #[pin]
        body: Option<S>,
    }

    impl<S, J, C: Driven> PinnedDrop for DriveStream<S, J, C> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            {
                let _entered = this.call.enter();
                this.body.set(None);
            }
            // A panic is seen by the poll in which it happens, and ends the call before.
            if this.last.outcome == Outcome::Error {
                this.call.finish(*this.last);
            }
        }
    }
}

impl<S: Stream, J: Fn(&S::Item, Ended<'_>) -> Verdict, C: Driven> Stream for DriveStream<S, J, C> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let (body, judge, last) = (this.body, this.judge, this.last);
        let poll = this.call.poll(|ended| {
            let poll = match body.as_pin_mut() {
                Some(body) => body.poll_next(cx),
                None => Poll::Pending, // only reachable from inside its own drop
            };
            if let Poll::Ready(Some(item)) = &poll {
                *last = judge(item, ended);
            }
            poll
        });
        if let Poll::Ready(None) = &poll {
            this.call.finish(*last);
        }
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.body.as_ref().map_or((0, Some(0)), S::size_hint)
    }
}

impl<const N: usize> fmt::Debug for Begin<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begin").field("name", &self.callsite.site().name).finish_non_exhaustive()
    }
}

impl<S, J, C: Driven + fmt::Debug> fmt::Debug for DriveStream<S, J, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DriveStream").field("call", &self.call).finish_non_exhaustive()
    }
}
