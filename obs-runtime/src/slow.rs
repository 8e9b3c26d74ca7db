//! Calls that take longer than they should say so.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use futures_core::Stream;
use pin_project_lite::pin_project;
use tracing_core::field::Value;

use crate::report::EventSite;

/// How long a call may take, and the event that tells when it took longer.
#[derive(Clone, Copy)]
struct Limit {
    event: &'static EventSite,
    millis: u64,
}

/// The time of one call. Tells when it is dropped, unless the thread unwinds: who fails is not slow, and a subscriber that
/// panics then would end the process.
struct Watch {
    limit: Limit,
    started: Instant,
    polls: Option<Polls>,
}

/// How often an asynchronous call was polled, and how long it worked.
#[derive(Clone, Copy, Default)]
struct Polls {
    count: u64,
    busy: Duration,
}

impl Watch {
    fn start(limit: Limit, polls: Option<Polls>) -> Self {
        Watch { limit, started: Instant::now(), polls }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let elapsed = self.started.elapsed();
        if elapsed > Duration::from_millis(self.limit.millis) && !thread::panicking() {
            tell(self.limit.event, elapsed, self.polls);
        }
    }
}

#[cold]
fn tell(event: &'static EventSite, elapsed: Duration, polls: Option<Polls>) {
    if !event.is_enabled() {
        return;
    }
    let elapsed_seconds = elapsed.as_secs_f64();
    let Some(Polls { count, busy }) = polls else {
        return event.emit(&[Some(&"slow call"), Some(&elapsed_seconds), None, None, None]);
    };
    let (busy, idle) = (busy.as_secs_f64(), elapsed.saturating_sub(busy).as_secs_f64());
    let values: [&dyn Value; 5] = [&"slow call", &elapsed_seconds, &count, &busy, &idle];
    event.emit(&values.map(Some));
}

/// Watches the body of a synchronous call.
#[inline(always)]
pub fn slow<R>(event: &'static EventSite, millis: u64, body: impl FnOnce() -> R) -> impl FnOnce() -> R {
    move || {
        let _watch = Watch::start(Limit { event, millis }, None);
        body()
    }
}

/// Watches the block it stands in.
#[must_use = "it watches until it is dropped"]
pub fn slow_scope(event: &'static EventSite, millis: u64) -> impl Drop {
    Watch::start(Limit { event, millis }, None)
}

/// Watches the body of a call that is polled, from its first poll.
pub fn slow_future<F>(event: &'static EventSite, millis: u64, body: F) -> Slow<F> {
    Slow { limit: Limit { event, millis }, watch: None, body }
}

pin_project! {
    /// The body of an asynchronous call that may be slow. The watch is boxed, for futures are moved about.
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Slow<F> {
        limit: Limit,
        watch: Option<Box<Watch>>,
        #[pin]
        body: F,
    }
}

impl<F> Slow<F> {
    /// Polls the body by `poll`; what it gives is the last thing if `is_last` says so.
    fn poll_by<T>(
        self: Pin<&mut Self>,
        poll: impl FnOnce(Pin<&mut F>) -> Poll<T>,
        is_last: impl FnOnce(&T) -> bool,
    ) -> Poll<T> {
        let this = self.project();
        let limit = *this.limit;
        let watch = this.watch.get_or_insert_with(|| Box::new(Watch::start(limit, Some(Polls::default()))));
        let began = Instant::now();
        let poll = poll(this.body);
        if let Some(polls) = &mut watch.polls {
            polls.count += 1;
            polls.busy += began.elapsed();
        }
        if let Poll::Ready(value) = &poll
            && is_last(value)
        {
            *this.watch = None; // told here: what was polled to its end may be kept for long
        }
        poll
    }
}

impl<F: Future> Future for Slow<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.poll_by(|body| body.poll(cx), |_| true)
    }
}

impl<S: Stream> Stream for Slow<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.poll_by(|body| body.poll_next(cx), Option::is_none)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.body.size_hint()
    }
}

impl<F> fmt::Debug for Slow<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slow").field("millis", &self.limit.millis).finish_non_exhaustive()
    }
}
