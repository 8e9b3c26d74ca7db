//! Whole blocks.

use telemetry::{counted, observed, skip, timed, traced};

/// Orders.
#[derive(Debug)]
pub struct Orders<T>(T);

#[observed(crate = ::telemetry, level = "debug")]
impl<T> Orders<T> {
    /// Makes them.
    pub fn new(value: T) -> Self {
        Orders(value)
    }

    /// Is left out.
    #[skip]
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// Finds the crate as the block does.
    #[traced(fields(count))]
    #[telemetry::counted]
    pub async fn put(&mut self, value: T, count: u8) -> T {
        let _ = count;
        std::future::ready(std::mem::replace(&mut self.0, value)).await
    }
}

#[traced(crate = ::telemetry)]
#[timed(in_flight)]
impl<T: Clone> Clone for Orders<T> {
    fn clone(&self) -> Self {
        Orders(self.0.clone())
    }
}

/// A module.
#[counted(crate = ::telemetry)]
pub mod shop {
    /// Opens it.
    #[must_use]
    pub fn open() -> inner::Shelf {
        inner::Shelf
    }

    /// Inside.
    #[super::traced(level = "warn")]
    pub mod inner {
        /// A shelf.
        #[derive(Debug, Default)]
        pub struct Shelf;

        impl Shelf {
            /// Puts something on it.
            pub fn put(&mut self) {
                *self = Shelf;
            }
        }
    }
}
