//! The capture that the current code is inside, and how it goes elsewhere.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tracing::subscriber::DefaultGuard;
use tracing_core::{Dispatch, dispatcher};

use crate::engine::capture;
use crate::metrics::Captured;

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// Where the spans, events and updates of those inside go.
#[derive(Clone)]
pub(crate) struct Current {
    dispatch: Dispatch,
    metrics: Captured,
}

/// This thread is inside; leaves when dropped.
pub(crate) struct Inside {
    former: Option<Current>,
    _metrics: capture::Inside,
    _dispatch: DefaultGuard,
}

impl Current {
    pub(super) fn new(dispatch: Dispatch, metrics: Captured) -> Self {
        Current { dispatch, metrics }
    }

    /// Returns the innermost capture that this code is inside; `None` in all programs but tests.
    pub(crate) fn get() -> Option<Current> {
        CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
    }

    /// Enters on this thread.
    pub(crate) fn enter(&self) -> Inside {
        Inside {
            former: replace(Some(self.clone())),
            _metrics: self.metrics.enter(),
            _dispatch: dispatcher::set_default(&self.dispatch),
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        drop(replace(self.former.take()));
    }
}

/// Drops nothing while it is borrowed: what is dropped may be the last of a pipeline.
fn replace(new: Option<Current>) -> Option<Current> {
    CURRENT.try_with(|current| current.replace(new)).ok().flatten()
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current").finish_non_exhaustive()
    }
}

impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that is inside: at every poll, and when it is dropped.
    pub(super) struct Polled<F> {
        current: Current,
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Polled<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _inside = this.current.enter();
            this.future.set(None);
        }
    }
}

impl<F> Polled<F> {
    pub(super) fn new(current: Current, future: F) -> Self {
        Polled { current, future: Some(future) }
    }
}

impl<F: Future> Future for Polled<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _inside = this.current.enter();
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending, // only reachable from inside its own drop
        }
    }
}
