//! An answer to come.

use std::any::type_name;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Response};
use pin_project_lite::pin_project;

use super::body::ResponseBody;
use super::call::{Call, Head};
use crate::context::CORRELATION_HEADER;

/// What answers are found by.
const CORRELATION: HeaderName = HeaderName::from_static(CORRELATION_HEADER);

pin_project! {
    /// The response to come; made by [`Server`](super::Server) and [`Client`](super::Client).
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        // `None` where nobody watches, and when the answer is there.
        call: Option<Call>,
        // The correlation id that the answer gets.
        id: Option<HeaderValue>,
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.call.as_ref().map(Call::enter);
            this.future.set(None);
        }
    }
}

impl<F> ResponseFuture<F> {
    /// Lets a future answer for a call.
    pub(super) fn of(call: Call, id: Option<HeaderValue>, future: F) -> Self {
        ResponseFuture { call: Some(call), id, future: Some(future) }
    }

    /// Lets a future answer unseen.
    pub(super) fn unseen(future: F) -> Self {
        ResponseFuture { call: None, id: None, future: Some(future) }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(call) = this.call.as_ref() else {
            let result = ready!(advance(this.future, cx));
            return Poll::Ready(result.map(|response| response.map(ResponseBody::unseen)));
        };
        let result = ready!(call.inside(|| advance(this.future, cx)));
        let call = this.call.take();
        Poll::Ready(match result {
            Ok(mut response) => {
                identify(response.headers_mut(), this.id.take());
                let here = call.as_ref().and_then(Call::carried);
                let open = call.filter(|call| !call.answered(Head::of(&response)));
                Ok(response.map(|body| match open {
                    Some(call) => ResponseBody::of(Some(call), body),
                    None => ResponseBody::after(here, body),
                }))
            }
            Err(error) => {
                call.inspect(|call| call.failed(type_name::<E>()));
                Err(error)
            }
        })
    }
}

/// Polls a future, and drops it when it is done; then, and from inside its own drop, nothing more comes of it.
fn advance<F: Future>(mut future: Pin<&mut Option<F>>, cx: &mut Context<'_>) -> Poll<F::Output> {
    let Some(running) = future.as_mut().as_pin_mut() else { return Poll::Pending };
    let output = ready!(running.poll(cx));
    future.set(None);
    Poll::Ready(output)
}

/// Says by which id the answer is found, unless it does so itself.
fn identify(headers: &mut HeaderMap, id: Option<HeaderValue>) {
    if let Some(id) = id {
        headers.entry(CORRELATION).or_insert(id);
    }
}
