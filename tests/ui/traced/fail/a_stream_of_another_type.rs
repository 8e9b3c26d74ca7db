use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{Stream, TryStream};
use obs::{counted, observed, traced};

struct Own;

impl Stream for Own {
    type Item = Result<u8, String>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}

#[traced]
fn own() -> Own {
    Own
}

#[counted]
fn bound() -> impl TryStream<Ok = u8, Error = String> {
    Own
}

#[observed]
fn unpinned() -> Box<dyn Stream<Item = Result<u8, String>> + Unpin> {
    Box::new(Own)
}

#[traced]
#[track_caller]
fn tracked() -> Own {
    Own
}

fn main() {
    drop((own(), bound(), unpinned(), tracked()));
}
