//! The body of an answer: where calls of gRPC end, and where those that ended with the head go on.

use std::any::type_name;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::call::Call;
use crate::task::Here;

pin_project! {
    /// The body of an answer that passed a layer, unchanged. It holds the span of a call of gRPC, whose status comes behind
    /// the body: dropped before, the call is `cancelled`. What a server makes as it is sent, as a stream's parts, is made in
    /// the context of the request.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        // `None` where the call ended with the head.
        call: Option<Call>,
        // Where the body is made, once the call has ended.
        here: Option<Here>,
        #[pin]
        inner: Option<B>,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.call.as_ref().map(Call::enter);
            let _there = this.here.as_ref().map(Here::enter);
            this.inner.set(None);
        }
    }
}

impl<B> ResponseBody<B> {
    pub(super) fn of(call: Option<Call>, inner: B) -> Self {
        ResponseBody { call, here: None, inner: Some(inner) }
    }

    /// Takes the body of a call that ended with the head.
    pub(super) fn after(here: Option<Here>, inner: B) -> Self {
        ResponseBody { call: None, here, inner: Some(inner) }
    }

    pub(super) fn unseen(inner: B) -> Self {
        ResponseBody::of(None, inner)
    }
}

impl<B: Default> Default for ResponseBody<B> {
    fn default() -> Self {
        ResponseBody::unseen(B::default())
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(mut inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let Some(call) = this.call.as_ref() else {
            let _there = this.here.as_ref().map(Here::enter);
            return inner.poll_frame(cx);
        };
        let polled = call.service().in_scope(|| call.inside(|| inner.as_mut().poll_frame(cx)));
        let is_over = match &polled {
            Poll::Pending => false,
            Poll::Ready(Some(Ok(frame))) => {
                let is_over = frame.is_trailers() || inner.is_end_stream();
                if is_over {
                    call.trailed(frame.trailers_ref());
                }
                is_over
            }
            Poll::Ready(Some(Err(_))) => {
                call.failed(type_name::<B::Error>());
                true
            }
            Poll::Ready(None) => {
                call.trailed(None);
                true
            }
        };
        if is_over {
            *this.call = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}
