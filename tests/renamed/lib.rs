//! Code that calls `obs` otherwise, shadows its names and allows no lint, with every macro in it.
//!
//! What must hold is that it compiles, and that clippy finds nothing in it.

#![deny(warnings, missing_docs, unused_qualifications, unreachable_pub, clippy::all, clippy::pedantic)]
#![deny(
    elided_lifetimes_in_paths,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unused_results
)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions
)]
#![deny(clippy::shadow_reuse, clippy::shadow_same, clippy::shadow_unrelated, clippy::question_mark_used)]
#![deny(clippy::pattern_type_mismatch, clippy::unreachable, clippy::infinite_loop, clippy::let_unit_value)]
#![forbid(unsafe_code)]

pub mod blocks;
pub mod functions;
pub mod messages;
pub mod metrics;
pub mod shadowed;

#[cfg(test)]
mod tests {
    use telemetry::Outcome;
    use telemetry::testing::capture;

    use crate::blocks::{Orders, shop};
    use crate::functions::{nothing, place, sum, told};
    use crate::metrics::{ORDER_TIME, ORDERS, Region};

    #[test]
    fn what_is_called_otherwise_works_the_same() {
        capture(|t| {
            assert_eq!(sum(1, 2, None), 3);
            assert!(place(Region::Us).is_err() && told(0).is_err());
            nothing();
            let _ = Orders::new(1u8).clone();
            let _ = shop::open();
            assert_eq!(
                t.tree(),
                "sum ok a=1 second=2 third=None\n\
                 told error \"Missing\" error.type=Missing\n\
                 * error error=Missing level=ERROR\n\
                 nothing ok\nOrders::new ok\nOrders::clone ok\n"
            );
            assert_eq!(t.counter_with(&ORDERS, ORDERS { region: Region::Us }, Outcome::Error), 1);
            assert_eq!(t.calls("Orders::new", Outcome::Ok), 1);
            assert_eq!(t.calls("open", Outcome::Ok), 1);
        });
    }

    #[telemetry::test(crate = ::telemetry)]
    async fn a_test_may_be_called_otherwise(t: &telemetry::testing::Telemetry) {
        let region = Region::Us;
        telemetry::timer!(ORDER_TIME, region).discard();
        drop(telemetry::timer!(crate::metrics::ORDER_TIME, region = region,));
        std::future::ready(()).await;
        assert_eq!(t.histogram(&ORDER_TIME, ORDER_TIME { region }).count, 1);
    }

    #[telemetry::test(crate = ::telemetry)]
    fn a_plain_one_too() -> Result<(), std::num::ParseIntError> {
        "7".parse::<u8>().map(|n| assert_eq!(n, 7))
    }
}
