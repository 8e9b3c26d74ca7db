//! Whole blocks.

use telemetry::{State, counted, health_check, health_checks, observed, skip, timed, traced};

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

/// Is asked how it is.
#[derive(Debug)]
pub struct Shelf {
    places: u8,
}

#[observed(crate = ::telemetry)]
#[health_checks(crate = ::telemetry)]
impl Shelf {
    /// Makes one.
    #[must_use]
    #[skip]
    pub const fn new(places: u8) -> Self {
        Shelf { places }
    }

    /// Is asked with a value.
    #[health_check(name = "renamed.places", tags(shelf))]
    async fn has_places(&self, taken: State<u8>, other: State<Self>) -> bool {
        std::future::ready(self.places > *taken && other.places > *taken).await
    }

    /// Fails.
    ///
    /// # Errors
    ///
    /// Where there are no places.
    #[telemetry::health_check(name = "renamed.any")]
    pub fn has_any(&self) -> Result<(), std::fmt::Error> {
        if self.places == 0 { Err(std::fmt::Error) } else { Ok(()) }
    }
}

/// Tells how it is.
pub trait Probe {
    /// Tells it.
    fn probe(taken: State<u8>) -> telemetry::Health;
}

#[health_checks(crate = ::telemetry)]
#[counted(crate = ::telemetry)]
impl Probe for Shelf {
    #[health_check(name = "renamed.probe")]
    fn probe(taken: State<u8>) -> telemetry::Health {
        telemetry::Health::degraded("a shelf").with("taken", u64::from(*taken))
    }
}
