#![deny(warnings, clippy::pedantic)]

use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use obs::{counted, observed, timed, traced};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
type Work<'a> = BoxFuture<'a, u8>;

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[traced]
fn opaque(text: &str) -> impl Future<Output = Result<u8, Box<dyn Error + Send + Sync>>> + Send {
    async move {
        if text.is_empty() {
            return Ok(0);
        }
        Ok(text.parse::<u8>()?)
    }
}

#[observed(fields(text, n = text.len()))]
fn boxed<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = Result<u8, Box<dyn Error>>> + Send + 'a>> {
    Box::pin(async move { Ok(text.parse()?) })
}

#[counted]
fn bound_to_a_variable(count: u8) -> BoxFuture<'static, Box<dyn Display + Send>> {
    let future = async move {
        if count == 0 {
            return Box::new("none") as Box<dyn Display + Send>;
        }
        Box::new(count)
    };
    if count > 9 {
        return Box::pin(async { Box::new("many") as _ });
    }
    Box::pin(future)
}

#[timed]
fn local(count: Rc<u8>) -> LocalBoxFuture<'static, u8> {
    Box::pin(async move { *count })
}

#[traced(future = boxed)]
fn under_another_name(count: u8) -> Work<'static> {
    Box::pin(async move { count })
}

#[traced]
fn not_send(count: Rc<u8>) -> impl Future<Output = u8> {
    async move { *count }
}

#[traced]
fn generic<T: Clone + Send, const N: usize>(value: &T) -> impl Future<Output = [T; N]> + Send + use<T, N> {
    let value = value.clone();
    async move { std::array::from_fn(|_| value.clone()) }
}

#[traced]
fn given_back<F: Future<Output = u8>>(future: F) -> impl Future<Output = F::Output> {
    future
}

#[traced]
fn opaque_inside(count: u8) -> impl Future<Output = impl Iterator<Item = u8>> {
    async move { 0..count }
}

#[traced]
fn borrowed(list: &mut Vec<u8>) -> impl Future<Output = &mut u8> {
    async move {
        list.push(1);
        &mut list[0]
    }
}

#[traced]
fn unpin() -> impl Future<Output = u8> + Unpin {
    std::future::ready(1)
}

struct Shop(u8);

trait Load {
    fn load(&self) -> impl Future<Output = u8> + Send;
    fn load_boxed(&self) -> BoxFuture<'_, u8>;
}

impl Load for Shop {
    #[traced]
    fn load(&self) -> impl Future<Output = u8> + Send {
        async { self.0 }
    }

    #[traced]
    fn load_boxed(&self) -> BoxFuture<'_, u8> {
        Box::pin(async { self.0 })
    }
}

impl Shop {
    #[traced(fields(n = self.0))]
    fn shared(self: Arc<Self>) -> BoxFuture<'static, u8> {
        Box::pin(async move { self.0 })
    }

    #[traced]
    fn changed(&mut self) -> impl Future<Output = &mut Self> {
        self.0 += 1;
        async { self }
    }
}

fn main() {
    assert_eq!(block_on(is_send(opaque("5"))).unwrap(), 5);
    assert_eq!(block_on(is_send(opaque(""))).unwrap(), 0);
    assert!(block_on(is_send(boxed("x"))).is_err());
    for (count, expected) in [(0, "none"), (3, "3"), (10, "many")] {
        assert_eq!(block_on(is_send(bound_to_a_variable(count))).to_string(), expected);
    }
    assert_eq!(block_on(local(Rc::new(1))), 1);
    assert_eq!(block_on(under_another_name(2)), 2);
    assert_eq!(block_on(not_send(Rc::new(3))), 3);
    assert_eq!(block_on(is_send(generic::<_, 2>(&4))), [4, 4]);
    assert_eq!(block_on(given_back(async { 5 })), 5);
    assert_eq!(block_on(opaque_inside(2)).count(), 2);
    assert_eq!(*block_on(borrowed(&mut Vec::new())), 1);
    assert_eq!(Pin::new(&mut unpin()).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(1));
    let mut shop = Shop(6);
    assert_eq!(block_on(is_send(shop.load())) + block_on(shop.load_boxed()), 12);
    assert_eq!(block_on(shop.changed()).0, 7);
    assert_eq!(block_on(is_send(Arc::new(shop).shared())), 7);
}
