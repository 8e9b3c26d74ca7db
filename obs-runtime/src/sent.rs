//! Values that go through a channel with the context of who sent them.

use std::fmt;

use crate::task::{Carried, Here};

/// A value on its way through a channel, with the context of its sender: the current span, the current
/// [`Service`](crate::Service) and, in tests, the capture.
///
/// Any channel takes it, of the standard library, of tokio or of others. The receiver works where the sender was: spans that
/// it opens are children of the sender's span, as by [`spawn`](crate::spawn). That span ends when it ends and does not
/// wait; what is logged afterwards still carries its ids. Only [`into_inner`](Sent::into_inner) leaves the context behind.
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// # obs::testing::capture(|t| {
/// let (sender, receiver) = std::sync::mpsc::channel();
/// let worker = std::thread::spawn(move || {
///     for order in receiver {
///         let order: obs::Sent<u64> = order;
///         order.in_scope(|id| tracing::info_span!("build", id).in_scope(|| {}));
///     }
/// });
/// tracing::info_span!("place order").in_scope(|| sender.send(obs::Sent::new(7))).unwrap();
/// drop(sender);
/// worker.join().unwrap();
/// assert_eq!(t.tree(), "place order\n`- build id=7\n");
/// # });
/// ```
#[must_use = "what is sent is opened by `in_scope`, `scope` or `into_inner`"]
pub struct Sent<T> {
    value: T,
    here: Here,
}

impl<T> Sent<T> {
    /// Puts the value into the context that is current here.
    pub fn new(value: T) -> Self {
        Sent { value, here: Here::now() }
    }

    /// Gives the value to `work`, which runs in the sender's context.
    pub fn in_scope<R>(self, work: impl FnOnce(T) -> R) -> R {
        let Sent { value, here } = self;
        let _there = here.enter();
        work(value)
    }

    /// Gives the value to `work`, and returns the future that it makes: both run in the sender's context, the future
    /// whenever it is polled or dropped.
    pub fn scope<F: Future>(self, work: impl FnOnce(T) -> F) -> Carried<F> {
        let Sent { value, here } = self;
        let future = {
            let _there = here.enter();
            work(value)
        };
        Carried::of(here, future)
    }

    /// Returns another value in the same context.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Sent<U> {
        let Sent { value, here } = self;
        Sent { value: change(value), here }
    }

    /// Returns the value alone.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> AsRef<T> for Sent<T> {
    fn as_ref(&self) -> &T {
        &self.value
    }
}

impl<T> AsMut<T> for Sent<T> {
    fn as_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Sent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sent").field(&self.value).finish()
    }
}
