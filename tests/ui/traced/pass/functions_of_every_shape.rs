#![deny(warnings, clippy::pedantic, unsafe_op_in_unsafe_fn)]

use std::convert::Infallible;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use obs::traced;

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// Does nothing.
#[traced]
fn unit() {}

#[traced]
async fn nothing() {}

#[traced]
fn question(text: &str) -> Result<u8, Box<dyn Error>> {
    if text.is_empty() {
        return Ok(0);
    }
    Ok(text.parse::<u8>()?)
}

#[traced]
async fn async_question(text: &str) -> Result<u8, Box<dyn Error + Send + Sync>> {
    if text.is_empty() {
        return Ok(0);
    }
    nothing().await;
    let number = text.parse()?;
    Ok(number)
}

#[traced]
fn generic<T, const N: usize>(value: &T) -> [T; N]
where
    T: Clone + Debug,
{
    std::array::from_fn(|_| value.clone())
}

#[traced]
async fn async_generic<T: Clone, const N: usize>(value: &T) -> [T; N] {
    std::array::from_fn(|_| value.clone())
}

#[traced]
fn longest<'a>(a: &'a str, b: &'a str) -> &'a str {
    if a.len() > b.len() { a } else { b }
}

#[traced]
fn elided(list: &mut Vec<u8>) -> &mut u8 {
    list.push(1);
    &mut list[0]
}

#[traced]
async fn async_elided(list: &mut Vec<u8>) -> &mut u8 {
    list.push(1);
    &mut list[0]
}

#[traced]
fn opaque(count: u8, label: impl Display) -> impl Iterator<Item = String> {
    (0..count).map(move |n| format!("{label}{n}"))
}

#[traced]
async fn async_opaque(count: u8) -> Result<impl Iterator<Item = u8>, std::num::ParseIntError> {
    let more: u8 = "1".parse()?;
    Ok(0..count + more)
}

#[traced]
fn boxed(flag: bool) -> Box<dyn Display> {
    if flag {
        return Box::new(1);
    }
    Box::new("two")
}

#[traced]
async fn async_boxed(flag: bool) -> Box<dyn Display + Send> {
    if flag {
        return Box::new(1);
    }
    Box::new("two")
}

#[traced]
fn patterns((a, mut b): (u8, u8), [first, ..]: [u8; 3], _: u8) -> u8 {
    b += 1;
    a + b + first
}

#[traced]
fn mutable(mut list: Vec<u8>) -> Vec<u8> {
    list.push(2);
    list
}

#[traced]
unsafe fn raw(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

#[traced]
extern "C" fn foreign(number: i32) -> i32 {
    number + 1
}

#[traced]
fn inner_attribute() -> u8 {
    #![allow(unused_variables)]
    let unused = 1;
    2
}

#[traced]
fn never(text: &str) -> ! {
    panic!("{text}")
}

#[traced]
async fn async_never(text: &str) -> ! {
    panic!("{text}")
}

#[traced]
fn infallible(text: &str) -> Infallible {
    panic!("{text}")
}

#[traced]
async fn async_infallible(text: &str) -> Result<Infallible, String> {
    Err(text.to_owned())
}

#[traced]
#[rustfmt::skip]
async fn on_one_line() -> u8 { 1 }

#[traced]
#[rustfmt::skip]
async fn a_closure() -> impl Fn() -> u8 { || 1 }

#[traced]
async fn begins_with_a_sign(number: i8) -> i8 {
    -number
}

#[traced]
async fn begins_with_a_bracket(number: i8) -> [i8; 1] {
    [number]
}

#[traced]
fn r#type() -> u8 {
    3
}

struct Shop<T> {
    orders: Vec<T>,
}

impl<T: Clone + Send + Sync> Shop<T> {
    #[traced]
    fn new() -> Self {
        Shop { orders: Vec::new() }
    }

    #[traced]
    fn first(&self) -> Option<&T> {
        self.orders.first()
    }

    #[traced]
    fn slot(&mut self) -> &mut Vec<T> {
        &mut self.orders
    }

    #[traced]
    async fn place(&mut self, order: T) -> &T {
        self.orders.push(order);
        &self.orders[0]
    }

    #[traced]
    fn shared(self: Arc<Self>) -> usize {
        self.orders.len()
    }

    #[traced]
    fn into_orders(self) -> Vec<T> {
        self.orders
    }
}

trait Place {
    fn number(&self) -> u8;

    #[traced]
    fn by_default(&self) -> u8 {
        self.number() + 1
    }

    fn later(&self) -> impl Future<Output = u8> + Send;
}

impl Place for Shop<u8> {
    #[traced]
    fn number(&self) -> u8 {
        7
    }

    #[traced]
    async fn later(&self) -> u8 {
        8
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

fn main() {
    unit();
    block_on(nothing());
    assert_eq!(question("").unwrap(), 0);
    assert!(question("x").is_err());
    assert_eq!(block_on(is_send(async_question("5"))).unwrap(), 5);
    assert!(block_on(async_question("x")).is_err());
    assert_eq!(generic::<_, 2>(&1), [1, 1]);
    assert_eq!(block_on(async_generic::<_, 2>(&1)), [1, 1]);
    assert_eq!(longest("a", "bc"), "bc");
    assert_eq!(*elided(&mut Vec::new()), 1);
    assert_eq!(*block_on(async_elided(&mut Vec::new())), 1);
    assert_eq!(opaque(2, 'n').collect::<Vec<_>>(), ["n0", "n1"]);
    assert_eq!(block_on(async_opaque(2)).unwrap().count(), 3);
    assert_eq!(boxed(false).to_string(), "two");
    assert_eq!(boxed(true).to_string(), "1");
    assert_eq!(block_on(async_boxed(false)).to_string(), "two");
    assert_eq!(block_on(async_boxed(true)).to_string(), "1");
    assert_eq!(patterns((1, 2), [3, 4, 5], 6), 7);
    assert_eq!(mutable(vec![1]), [1, 2]);
    assert_eq!(unsafe { raw(&9) }, 9);
    assert_eq!(foreign(1), 2);
    assert_eq!(inner_attribute(), 2);
    assert_eq!(r#type(), 3);
    assert!(std::panic::catch_unwind(|| never("gone")).is_err());
    assert!(std::panic::catch_unwind(|| block_on(async_never("gone"))).is_err());
    assert!(std::panic::catch_unwind(|| infallible("gone")).is_err());
    assert!(block_on(async_infallible("gone")).is_err());
    assert_eq!(block_on(on_one_line()) + block_on(a_closure())(), 2);
    assert_eq!(block_on(begins_with_a_sign(1)), -1);
    assert_eq!(block_on(begins_with_a_bracket(1)), [1]);
    let mut shop = Shop::new();
    assert_eq!(*block_on(is_send(shop.place(4))), 4);
    shop.slot().push(5);
    assert_eq!(shop.first(), Some(&4));
    assert_eq!(shop.number() + shop.by_default(), 15);
    assert_eq!(block_on(is_send(shop.later())), 8);
    assert_eq!(Arc::new(Shop { orders: vec![1] }).shared(), 1);
    assert_eq!(shop.into_orders(), [4, 5]);
}
