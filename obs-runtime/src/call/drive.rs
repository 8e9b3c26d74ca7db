//! The body of a call that is polled.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::Call;
use crate::engine::span::Entered;
use crate::outcome::Verdict;
use crate::report::Ended;

/// A call that is polled: one that has begun, or one that begins at the first poll.
pub trait Driven {
    /// Runs a poll inside the span of the call, which begins if need be.
    fn poll<R>(&mut self, work: impl FnOnce(Ended<'_>) -> R) -> R;

    /// Enters the span of a call that has begun.
    fn enter(&self) -> Option<Entered<'_>>;

    /// Ends the call.
    fn finish(&mut self, verdict: Verdict);
}

impl<const N: usize> Driven for Call<N> {
    fn poll<R>(&mut self, work: impl FnOnce(Ended<'_>) -> R) -> R {
        Call::poll(self, work)
    }

    fn enter(&self) -> Option<Entered<'_>> {
        Some(self.span.enter())
    }

    fn finish(&mut self, verdict: Verdict) {
        Call::finish(self, verdict);
    }
}

pin_project! {
    /// A call and its body. Holds both, so that the future of an `async fn` grows by nothing else.
    #[must_use = "futures do nothing unless polled"]
    pub struct Drive<F, J, C: Driven> {
        call: C,
        judge: J,
        #[pin]
        body: Option<F>,
    }

    impl<F, J, C: Driven> PinnedDrop for Drive<F, J, C> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.call.enter();
            this.body.set(None);
        }
    }
}

impl<F, J, C: Driven> Drive<F, J, C> {
    pub(super) fn new(call: C, body: F, judge: J) -> Self {
        Drive { call, judge, body: Some(body) }
    }
}

impl<F: Future, J: Fn(&F::Output, Ended<'_>) -> Verdict, C: Driven> Future for Drive<F, J, C> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let (body, judge) = (this.body, this.judge);
        // Apart: the bytes between the two would be copied as well, in pieces that wait for each other.
        let (mut outcome, mut error_type) = (None, None);
        let poll = this.call.poll(|ended| {
            let poll = match body.as_pin_mut() {
                Some(body) => body.poll(cx),
                None => Poll::Pending, // only reachable from inside its own drop
            };
            if let Poll::Ready(value) = &poll {
                let verdict = judge(value, ended);
                (outcome, error_type) = (Some(verdict.outcome), verdict.error_type);
            }
            poll
        });
        if let Some(outcome) = outcome {
            this.call.finish(Verdict { outcome, error_type });
        }
        poll
    }
}

impl<F, J, C: Driven + fmt::Debug> fmt::Debug for Drive<F, J, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive").field("call", &self.call).finish_non_exhaustive()
    }
}
