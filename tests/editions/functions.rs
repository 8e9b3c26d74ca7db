//! The same functions in packages of every edition that is not the workspace's own.
#![cfg(test)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

obs::metrics! {
    /// Calls in an old edition.
    static CALLS: Counter = "edition_calls_total" { odd: bool, outcome: obs::Outcome };
}

#[derive(obs::Label, Clone, Copy)]
enum Size {
    Small,
    Large,
}

obs::metrics! {
    /// Time of a call in an old edition.
    static TIMES: Histogram = "edition_call_duration_seconds" { size: Size };
}

#[obs::traced(fields(text, n = text.len(), shown = ?text))]
#[obs::counted(metric = CALLS, odd = text.len() % 2 == 1)]
#[obs::timed(metric = TIMES, size = if text.is_empty() { Size::Small } else { Size::Large })]
fn sync(text: &str) -> Result<u8, std::num::ParseIntError> {
    let n = text.parse::<u8>()?;
    Ok(n)
}

#[obs::observed(fields(text))]
async fn asynchronous(text: &str) -> Result<u8, std::num::ParseIntError> {
    let n = text.parse::<u8>()?;
    Ok(n)
}

#[obs::observed(fields(n))]
fn opaque(n: u8) -> impl Future<Output = u8> {
    async move { n }
}

#[obs::observed]
fn boxed<'a>(n: &'a u8) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>> {
    let future = async move { *n };
    Box::pin(future)
}

struct Shop {
    n: u8,
}

impl Shop {
    #[obs::observed(fields(self.n))]
    #[track_caller]
    fn checked(self: Arc<Self>) -> Option<u32> {
        Some(std::panic::Location::caller().line())
    }

    #[obs::traced]
    #[track_caller]
    fn line(&self) -> u32 {
        std::panic::Location::caller().line()
    }
}

#[test]
fn every_shape_works_in_this_edition() {
    assert_eq!(sync("1").unwrap(), 1);
    assert_eq!(block_on(asynchronous("2")).unwrap(), 2);
    assert!(block_on(asynchronous("")).is_err());
    assert_eq!(block_on(opaque(3)) + block_on(boxed(&4)), 7);
    assert_eq!(Shop { n: 1 }.line(), line!());
    assert_eq!(Arc::new(Shop { n: 1 }).checked(), Some(line!()));
}
