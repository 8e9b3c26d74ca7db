#![deny(warnings, clippy::pedantic)]

use std::future::Future;
use std::pin::Pin;

use obs::{counted, observed, skip, timed, traced};

pub struct Orders<T>(T);

pub trait Ship {
    const WEIGHT: u8;
    type Receipt;
    fn ship(&self) -> Self::Receipt;
    fn all(self) -> impl Iterator<Item = u8>;
}

#[observed(slow = "10s", sample = 0.5)]
impl<T: Copy> Orders<T> {
    const LIMIT: u8 = { 3 };

    #[obs::skip]
    #[must_use]
    pub const fn limit() -> u8
    where
        T: Copy,
    {
        Self::LIMIT
    }

    #[must_use]
    pub fn first(&self) -> T {
        self.0
    }

    /// Waits.
    ///
    /// # Errors
    ///
    /// Never.
    pub async fn load(&self) -> Result<T, ()> {
        std::future::ready(Ok(self.0)).await
    }

    #[must_use]
    pub fn boxed(&self) -> Pin<Box<dyn Future<Output = u8>>> {
        Box::pin(async { 1 })
    }

    #[traced(fields(by))]
    fn add<const N: usize>(&mut self, by: u8, _: [u8; N]) -> u8 {
        by
    }

    /// # Safety
    ///
    /// None is needed.
    pub unsafe fn raw(&self) {}

    #[skip]
    #[must_use]
    pub fn plain(self) -> T {
        self.0
    }
}

#[timed(in_flight)]
#[counted]
#[traced(level = "debug", client)]
impl Ship for Orders<u8> {
    const WEIGHT: u8 = { 1 };
    #[allow(unused_braces)] // braces that are no body
    type Receipt = [u8; { 2 }];

    fn ship(&self) -> Self::Receipt {
        [self.0; 2]
    }

    fn all(self) -> impl Iterator<Item = u8> {
        std::iter::repeat_n(self.0, 3)
    }
}

#[observed(root)]
mod shop {
    #![allow(dead_code)]

    use super::{Orders, Ship as _};

    #[allow(unused_braces)]
    pub(crate) static NAME: &str = { "shop" };

    pub(crate) fn open(orders: &Orders<u8>) -> usize {
        inner::Shelf.put() + orders.ship().len()
    }

    pub(super) mod inner {
        pub(crate) struct Shelf;

        impl Shelf {
            pub(crate) fn put(&self) -> usize {
                usize::from(matches!(self, Shelf))
            }
        }

        #[obs::skip]
        mod left_out {
            const fn constant() -> u8 {
                1
            }
        }
    }

    macro_rules! function {
        ($vis:vis fn $name:ident() -> $ty:ty $body:block $($item:item)*) => {
            #[::obs::traced]
            pub(super) mod generated {
                $vis fn $name() -> $ty $body
                $($item)*
            }
        };
    }

    function! {
        pub(crate) fn made() -> u8 { 7 }
        pub(crate) fn also() -> u8 { 8 }
        struct Unused;
    }
}

fn main() {
    let mut orders = Orders(4u8);
    assert_eq!((orders.first(), orders.add(2, [0; 2])), (4, 2));
    drop((orders.load(), orders.boxed()));
    unsafe { orders.raw() };
    assert_eq!(shop::open(&orders) + shop::NAME.len(), 7);
    assert_eq!((shop::generated::made(), shop::generated::also()), (7, 8));
    assert_eq!(Orders::<u8>::limit() + Orders::<u8>::WEIGHT, 4);
    assert_eq!(Orders(1u8).all().count() + usize::from(orders.plain()), 7);
}
