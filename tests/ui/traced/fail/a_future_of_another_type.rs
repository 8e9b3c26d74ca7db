use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use obs::{counted, observed, traced};

struct Own;

impl Future for Own {
    type Output = u8;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u8> {
        Poll::Ready(1)
    }
}

type Boxed = Pin<Box<dyn Future<Output = u8>>>;

#[traced]
fn named() -> Ready<u8> {
    ready(1)
}

#[counted]
fn own() -> Own {
    Own
}

#[observed]
fn another_name() -> Boxed {
    Box::pin(Own)
}

#[traced]
fn generic<F: Future>(future: F) -> F {
    future
}

fn main() {
    drop((named(), own(), another_name(), generic(Own)));
}
