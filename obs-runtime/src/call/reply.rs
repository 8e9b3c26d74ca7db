//! Messages that answer others.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::__private;
use crate::context::Envelope;
use crate::engine::port;
use crate::hostile::guarded;
use crate::report::Ended;

/// What a function under `reply` returns.
#[diagnostic::on_unimplemented(
    message = "the function returns `{Self}`, which is no message that answers",
    note = "return an `obs::Envelope`, an `Option` of one, or a `Result` whose value is one; or remove `reply`"
)]
pub trait Reply {
    /// Returns the message; `None` where there is no answer.
    fn message(&self) -> Option<&dyn Envelope>;
    /// Returns the message, to be written to.
    fn message_mut(&mut self) -> Option<&mut dyn Envelope>;
}

#[diagnostic::do_not_recommend]
impl<M: Envelope> Reply for M {
    fn message(&self) -> Option<&dyn Envelope> {
        Some(self)
    }

    fn message_mut(&mut self) -> Option<&mut dyn Envelope> {
        Some(self)
    }
}

impl<R: Reply> Reply for Option<R> {
    fn message(&self) -> Option<&dyn Envelope> {
        self.as_ref()?.message()
    }

    fn message_mut(&mut self) -> Option<&mut dyn Envelope> {
        self.as_mut()?.message_mut()
    }
}

impl<R: Reply, E> Reply for Result<R, E> {
    fn message(&self) -> Option<&dyn Envelope> {
        self.as_ref().ok()?.message()
    }

    fn message_mut(&mut self) -> Option<&mut dyn Envelope> {
        self.as_mut().ok()?.message_mut()
    }
}

/// Writes what is current, the context of the call, into its answer.
pub fn stamp_reply(reply: &mut impl Reply) {
    let _caught = guarded(|| {
        if let Some(mut message) = reply.message_mut() {
            __private::stamp(&mut message, None);
        }
    });
}

/// Links the call to the span that answered it, if that is another one.
pub fn link_reply(reply: &impl Reply, ended: Ended<'_>) {
    let Some(span) = ended.span() else { return };
    let context = guarded(|| reply.message()?.context().span_context()).flatten();
    let own = port::context_of(span).map(|own| own.span_id);
    if let Some(context) = context.filter(|context| Some(context.span_id) != own) {
        port::link(span, &context);
    }
}

/// Gives what a future returns to a function, before anybody else sees it.
pub fn giving<F: Future>(future: F, to: fn(&mut F::Output)) -> Giving<F> {
    Giving { future, to }
}

pin_project! {
    /// A future whose value is given to a function first. To a pointer: of a value that is no answer `rustc` would say so
    /// a second time where the future is used.
    #[must_use = "futures do nothing unless polled"]
    pub struct Giving<F: Future> {
        #[pin]
        future: F,
        to: fn(&mut F::Output),
    }
}

impl<F: Future> Future for Giving<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut poll = this.future.poll(cx);
        if let Poll::Ready(value) = &mut poll {
            (this.to)(value);
        }
        poll
    }
}

impl<F: Future> fmt::Debug for Giving<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Giving").finish_non_exhaustive()
    }
}
