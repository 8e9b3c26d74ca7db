#![deny(warnings, unused, clippy::all, clippy::pedantic, missing_debug_implementations, unused_results)]
#![allow(clippy::unused_async)]

use std::future::Future;
use std::pin::Pin;

use obs::{observed, traced};

#[observed]
async fn unit() {}

#[observed]
fn returns_in_the_middle(flag: bool) -> u8 {
    'outer: loop {
        let found = 'inner: {
            if flag {
                break 'outer;
            }
            break 'inner 4;
        };
        return found;
    }
    5
}

#[observed]
async fn breaks(limit: u8) -> u8 {
    let mut n = 0;
    let found = 'outer: loop {
        for i in 0..limit {
            n += i;
            if n > 3 {
                break 'outer n;
            }
            std::future::ready(()).await;
        }
        if limit < 2 {
            return 0;
        }
    };
    found + 1
}

#[traced]
fn moves(mut list: Vec<u8>) -> impl Future<Output = Vec<u8>> {
    list.push(1);
    async move {
        list.push(2);
        list
    }
}

#[traced]
fn boxed(list: &mut Vec<u8>) -> Pin<Box<dyn Future<Output = ()> + '_>> {
    Box::pin(async move { list.push(3) })
}

/// As `#[async_trait]` leaves it, on one line.
struct Shop;

#[observed]
impl Shop {
    #[rustfmt::skip]
    fn load<'life0, 'async_trait>(&'life0 self) -> Pin<Box<dyn Future<Output = u8> + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    { Box::pin(async move { 1 }) }
}

#[traced]
#[inline(always)]
#[allow(clippy::inline_always)]
fn inline(n: u8) -> u8 {
    n
}

fn main() {
    let (mut list, waker) = (vec![0], std::task::Waker::noop());
    let mut cx = std::task::Context::from_waker(waker);
    assert!(std::pin::pin!(unit()).poll(&mut cx).is_ready());
    assert!(std::pin::pin!(moves(vec![])).poll(&mut cx).is_ready());
    assert!(boxed(&mut list).as_mut().poll(&mut cx).is_ready());
    assert!(std::pin::pin!(breaks(3)).poll(&mut cx).is_ready());
    assert_eq!(returns_in_the_middle(true) + returns_in_the_middle(false), 9);
    assert!(Shop.load().as_mut().poll(&mut cx).is_ready());
    assert_eq!(list.len(), usize::from(inline(2)));
}
