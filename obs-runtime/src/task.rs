//! Work that goes on elsewhere, in the context of where it was started.
//!
//! Context is the current span, the current [`Service`] and, in tests, the [capture](crate::testing::capture) that the
//! code is inside. It goes along with what is spawned here; who spawns otherwise gets nothing, for `tokio::spawn` and
//! `std::thread::spawn` know none of it: wrap what they are given in [`carry`] or [`carry_future`].

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

use pin_project_lite::pin_project;
use tokio::task::JoinHandle;
use tracing_core::span::Id;

use crate::context::{self, Along, Ambient, Beside};
use crate::engine::port;
use crate::engine::span::{CallSpan, Entered};
use crate::service::{Enter, Service};
use crate::testing::{Current, Inside};

/// Spawns a future as [`tokio::spawn`] does, in the context of the caller: spans that it opens are children of the
/// caller's span, in its trace and under its [`Service`](crate::Service).
///
/// The caller's span ends when it ends, and does not wait for the task. What is logged in the task outside of its own
/// spans carries the caller's ids. In a test the task is inside the caller's [`capture`](crate::testing::capture). Under
/// a `tracing_subscriber` registry of your own the caller's span stays open until the task is done, as by
/// `tracing`'s `in_current_span`.
///
/// What is spawned by `tokio::spawn` has nothing of that. A `JoinSet`, a `LocalSet` or another runtime is given
/// [`carry_future`]`(future)`.
///
/// # Panics
///
/// Outside of a tokio runtime, as `tokio::spawn` does.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    tokio::spawn(carry_future(future))
}

/// Runs a closure where it may block, as [`tokio::task::spawn_blocking`] does, in the context of the caller: see
/// [`spawn`].
///
/// # Panics
///
/// Outside of a tokio runtime.
#[track_caller]
pub fn spawn_blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    tokio::task::spawn_blocking(carry(work))
}

/// Starts a thread as [`std::thread::spawn`] does, in the context of the caller: see [`spawn`]. A
/// [`std::thread::Builder`], a scope or a pool is given [`carry`]`(work)`.
///
/// # Panics
///
/// Where the system starts no thread, as `std::thread::spawn` does.
pub fn spawn_thread<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> thread::JoinHandle<R> {
    thread::spawn(carry(work))
}

/// Returns the closure, to be run elsewhere in the context that is current here: see [`spawn`].
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// # obs::testing::capture(|t| {
/// let span = tracing::info_span!("request");
/// span.in_scope(|| {
///     std::thread::scope(|scope| {
///         scope.spawn(obs::carry(|| tracing::info_span!("part").in_scope(|| {})));
///     });
/// });
/// drop(span);
/// assert_eq!(t.tree(), "request\n`- part\n");
/// # });
/// ```
pub fn carry<R>(work: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let here = Here::now();
    move || {
        let entered = here.enter();
        let result = work();
        drop(entered);
        drop(here);
        result
    }
}

/// Returns the future, to be polled elsewhere in the context that is current here: see [`spawn`].
pub fn carry_future<F: Future>(future: F) -> Carried<F> {
    Carried::of(Here::now(), future)
}

/// The context of some code.
#[derive(Debug)]
pub(crate) struct Here {
    span: CallSpan,
    /// What goes along, where no span of ours can take it.
    beside: Option<(Option<Id>, Along)>,
    service: Service,
    capture: Option<Current>,
}

/// This thread is in the context. What was entered last is left first.
pub(crate) struct There<'a> {
    _beside: Option<Beside>,
    _span: Entered<'a>,
    _service: Enter,
    _capture: Option<Inside>,
}

impl Here {
    pub(crate) fn now() -> Here {
        if cfg!(feature = "off") {
            return Here::of(CallSpan::none(), None);
        }
        let (span, is_ours) = CallSpan::carried();
        let passed = context::passed();
        let ambient = if is_ours && passed.is_none() { None } else { port::ambient() };
        Here::of(span, ambient.map(|ambient| Along { ambient, passed }))
    }

    /// The same, with something else going along.
    pub(crate) fn along(ambient: Arc<Ambient>) -> Here {
        if cfg!(feature = "off") {
            return Here::of(CallSpan::none(), None);
        }
        let passed = context::passed();
        let along = Along::of(Arc::clone(&ambient), passed.as_deref());
        match CallSpan::carried_with(ambient) {
            Some(span) => Here::of(span, passed.map(|_| along)),
            None => Here::of(CallSpan::carried().0, Some(along)),
        }
    }

    fn of(span: CallSpan, beside: Option<Along>) -> Here {
        let beside = beside.map(|along| (span.id(), along));
        Here { span, beside, service: Service::current(), capture: Current::get() }
    }

    pub(crate) fn enter(&self) -> There<'_> {
        let capture = self.capture.as_ref().map(Current::enter);
        let service = Enter::new(self.service);
        let span = self.span.enter();
        let beside = self.beside.clone().map(|(span, along)| Beside::enter(span, along));
        There { _beside: beside, _span: span, _service: service, _capture: capture }
    }
}

pin_project! {
    /// A future that is polled, and dropped, in the context of where it was made; made by [`carry_future`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Carried<F> {
        // Given back when the future is done, which may be kept.
        here: Option<Here>,
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Carried<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _there = this.here.as_ref().map(Here::enter);
            this.future.set(None);
        }
    }
}

impl<F> Carried<F> {
    /// Makes one of a future that goes on `here`.
    pub(crate) fn of(here: Here, future: F) -> Self {
        Carried { here: Some(here), future: Some(future) }
    }
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let there = this.here.as_ref().map(Here::enter);
        let poll = match this.future.as_mut().as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending, // only reachable from inside its own drop
        };
        if poll.is_ready() {
            this.future.set(None);
            drop(there);
            *this.here = None;
        }
        poll
    }
}

impl<F> fmt::Debug for Carried<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").field("here", &self.here).finish_non_exhaustive()
    }
}
