//! The body of a call that is polled.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Call, Polling};
use crate::engine::span::Entered;
use crate::outcome::Verdict;
use crate::report::Ended;

/// A call that is polled: one that has begun, or one that begins at the first poll.
pub trait Driven {
    /// What is held during a poll.
    type Poll<'a>
    where
        Self: 'a;

    /// Begins a poll, and the call if need be.
    fn poll(&mut self) -> Self::Poll<'_>;

    /// Enters the span of a call that has begun.
    fn enter(&self) -> Option<Entered<'_>>;

    /// Returns the call, for those who tell of its end.
    fn ended(&self) -> Ended<'_>;

    /// Ends the call.
    fn finish(&mut self, verdict: Verdict);
}

impl<const N: usize> Driven for Call<N> {
    type Poll<'a> = Polling<'a, N>;

    fn poll(&mut self) -> Polling<'_, N> {
        self.begin_poll()
    }

    fn enter(&self) -> Option<Entered<'_>> {
        Some(self.span.enter())
    }

    fn ended(&self) -> Ended<'_> {
        Call::ended(self)
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
        let poll = {
            let _poll = this.call.poll();
            match this.body.as_pin_mut() {
                Some(body) => body.poll(cx),
                None => Poll::Pending, // only reachable from inside its own drop
            }
        };
        if let Poll::Ready(value) = &poll {
            let verdict = (this.judge)(value, this.call.ended());
            this.call.finish(verdict);
        }
        poll
    }
}

impl<F, J, C: Driven + fmt::Debug> fmt::Debug for Drive<F, J, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive").field("call", &self.call).finish_non_exhaustive()
    }
}
